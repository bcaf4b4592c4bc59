"""How migrations run the .sql files that keep guards, functions and triggers."""

from __future__ import annotations

from importlib import resources

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def run_sql_file(package: str, file: str) -> migrations.RunPython:
    """A migration step that runs a file of a room as one script. The file is written to be run again (create or replace)."""

    def forwards(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        text = resources.files(f"headrace.{package}").joinpath(file).read_text("utf-8")
        with editor.connection.cursor() as cursor:
            cursor.cursor.execute(text.encode())  # the raw cursor: a script has no parameters, and % in it is just a sign

    return migrations.RunPython(forwards, migrations.RunPython.noop)
