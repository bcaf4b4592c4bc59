"""How migrations run the .sql files that keep guards, functions and triggers, and how an upgrade brings their new versions.

A migration runs once, but a file grows. After every `migrate` the files whose text has changed since they last ran here run again.
"""

from __future__ import annotations

import hashlib
from importlib import resources

from django.db import connection, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.executor import MigrationExecutor

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
_files: dict[tuple[str, str], None] = {}  # (room, file) of every file that a migration runs, in the order of their declaration


def run_sql_file(package: str, file: str) -> migrations.RunPython:
    """A migration step that runs a file of a room as one script. The file is written to be run again (create or replace)."""
    _files[package, file] = None

    def forwards(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        _run(text_of(package, file))

    return migrations.RunPython(forwards, migrations.RunPython.noop)


def text_of(package: str, file: str) -> str:
    return resources.files(f"headrace.{package}").joinpath(file).read_text("utf-8")


def refresh_sql_files() -> list[str]:
    """Run the files that are newer here than in the database, each with its record in one transaction; gives their names.

    Nothing is done while migrations are missing: a file may speak of what the last one makes.
    """
    stale = _stale_files()
    if not stale or not _has_every_migration():
        return []
    for (package, file), (text, digest) in stale.items():
        with transaction.atomic():
            _run(text)
            sql.note_script(file=f"{package}/{file}", digest=digest)
    return [f"{package}/{file}" for package, file in stale]


def _stale_files() -> dict[tuple[str, str], tuple[str, bytes]]:
    """Files to their text and digest, where the database has run another text or none."""
    if not sql.has_scripts().scalar:  # a database older than this record
        return {}
    known = {row.file: bytes(row.digest) for row in sql.scripts_run()}
    texts = {key: text_of(*key) for key in _files}
    digests = {key: hashlib.sha256(text.encode()).digest() for key, text in texts.items()}
    return {key: (texts[key], digests[key]) for key in _files if known.get("/".join(key)) != digests[key]}


def _has_every_migration() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _run(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.cursor.execute(text.encode())  # the raw cursor: a script has no parameters, and % in it is just a sign
