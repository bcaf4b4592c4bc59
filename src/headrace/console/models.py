"""The console's own tables: views that people keep of its lists, how each of them likes to see it, and files that they looked at before applying them."""

from __future__ import annotations

from django.db import models

from headrace.engine.columns import data, flag, moment, one_of, text, whole
from headrace.supply.assortment.previewing import OUTCOMES


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


class FirstView(models.Model):
    """The view with which a list opens for somebody."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    owner = text("Name of the user")
    listing = text("Which list")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, db_comment="View", related_name="+")

    class Meta:
        db_table = "console_first_view"
        db_table_comment = "Views with which lists open, by person"
        constraints = [models.UniqueConstraint(fields=["owner", "listing"], name="one_first_view")]


class Preference(models.Model):
    """How one person likes the console."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    username = text("Name of the user", unique=True)
    time_zone = text("Zone in which moments are shown, as in Europe/Berlin")
    language = text("Language of the pages, as in de; empty: as the browser asks")
    theme = text("light, dark, or empty: as the device asks")
    density = text("compact, or empty: comfortable", db_default="")
    first_room = text("Room that opens after signing in, as in exceptions; empty: Today", db_default="")

    class Meta:
        db_table_comment = "How each person likes the console: zone, language, light or dark, density, first room"


class FormSent(models.Model):
    """A form that was sent: its token is taken once, so that a double click or a page sent again does a deed once."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    token = text("Token of the form, made with the page", unique=True)
    actor = text("Who sent it")
    sent_at = moment("When it came")

    class Meta:
        db_table = "console_form_sent"
        db_table_comment = "Forms of deeds that were sent, for a day, so that none is done twice"
        indexes = [models.Index(fields=["sent_at"], name="form_sent_at")]


class Upload(models.Model):
    """A file of the catalog's rows that somebody brought, with what it would do as they saw it."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    owner = text("Name of the user who brought it")
    table = text("Which table of the catalog its rows are of: items, listings, prices, kits, nodes or zones", db_column="of_table")
    file_name = text("Name of the file")
    digest = text("SHA-256 of what it would do, row by row: applied only while that is still so")
    created = whole("Rows that are new")
    updated = whole("Rows that change something")
    unchanged = whole("Rows that say what is there already")
    refused = whole("Rows that make no sense")
    kept_at = moment("When it was brought, or last compared")
    applied_at = moment("When it was applied", null=True)
    phase = text("Of a long file: comparing, looked, applying or applied; empty for one that is compared and applied at once", db_default="")
    rows = whole("Rows of a long file", db_default=0)
    reached = whole("Of a long file: the row up to which the present phase has come", db_default=0)
    stopped = flag("The phase was stopped, by a person or by a fault, and can go on")
    fault = text("Why it stopped by itself", null=True)

    class Meta:
        db_table_comment = "Files of catalog rows, kept between their preview and their application"
        indexes = [models.Index(fields=["owner", "id"], name="upload_by_owner")]


class UploadRow(models.Model):
    """One row of such a file, as it was given, and what would become of it."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, db_comment="File", db_index=False, related_name="+")
    row_no = whole("Position in the file, from 1, without the header")
    given = data("The row as it was given")
    key = text("Which row of the table it means")
    what = text("created, updated, unchanged or refused; waiting: not compared yet")
    changes = data("Column, value before, value after")
    column = text("Refused: the column at fault", db_column="fault_column")
    value = text("Refused: the value that stands there", db_column="fault_value")
    remedy = text("Refused: what is wrong with it, and what would be right")

    class Meta:
        db_table = "console_upload_row"
        db_table_comment = "Rows of kept files"
        constraints = [models.UniqueConstraint(fields=["upload", "row_no"], name="upload_row_once"), one_of("what", (*OUTCOMES, "waiting"), "upload_row")]
        indexes = [models.Index(fields=["upload", "what", "row_no"], name="upload_row_by_outcome")]
