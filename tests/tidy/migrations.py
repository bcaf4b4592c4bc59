"""What a migration may not do to a shop that is open: each sentence names a statement that locks a big table or breaks the version still running."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

# The rules of squawk that matter between two versions of one house; its rules of style are not ours.
HURTS = {
    "adding-field-with-default",
    "adding-foreign-key-constraint",
    "adding-not-nullable-field",
    "adding-required-field",
    "adding-serial-primary-key-field",
    "ban-drop-column",
    "ban-drop-table",
    "ban-drop-not-null",
    "ban-truncate-cascade",
    "changing-column-type",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "renaming-column",
    "renaming-table",
    "require-concurrent-index-creation",
    "syntax-error",
}


def faults(sql: str) -> list[str]:
    """One sentence for each statement that would hurt, with its line. Tables made in the same text are free of them."""
    program = [Path(sys.executable).parent / "squawk", "--reporter=json", "--pg-version=18.0", "--assume-in-transaction", "--stdin-filepath=migration.sql"]
    done = subprocess.run(program, input=sql, capture_output=True, text=True, timeout=60)
    found = json.loads(done.stdout or "[]")
    return [f"{fault['line'] + 1}: {fault['rule_name']}: {fault['message']}" for fault in found if fault["rule_name"] in HURTS]
