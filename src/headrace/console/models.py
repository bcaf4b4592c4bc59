"""The console's own tables: views that people keep of its lists, and how each of them likes to see it."""

from __future__ import annotations

from django.db import models

from headrace.engine.columns import moment, text


class SavedView(models.Model):
    """A list as somebody likes to see it: its filters and columns, under a name."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    owner = text("Name of the user who keeps it")
    listing = text("Which list: orders, exceptions, ...")
    name = text("What the owner calls it")
    query = text("Filters and columns, as the address has them")
    is_shared = models.BooleanField(default=False, db_comment="Whether everybody may use it")
    kept_at = moment("When it was kept")

    class Meta:
        db_table_comment = "Views of the console's lists that people keep"
        constraints = [models.UniqueConstraint(fields=["owner", "listing", "name"], name="one_view_of_a_name")]
        indexes = [models.Index(fields=["listing", "is_shared"], name="view_by_list")]


class Preference(models.Model):
    """How one person likes the console."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    username = text("Name of the user", unique=True)
    time_zone = text("Zone in which moments are shown, as in Europe/Berlin")
    language = text("Language of the pages, as in de; empty: as the browser asks")
    theme = text("light, dark, or empty: as the device asks")

    class Meta:
        db_table_comment = "How each person likes the console: zone, language, light or dark"
