"""The licence check lets through what we may use and stops what we may not."""

from __future__ import annotations

import pytest

from tests.tidy.licences import faults

NOTICE = "Headrace\n\n  psycopg         LGPL-3.0-only  driver\n"


def package(name: str, licence: str) -> dict[str, str]:
    return {"Name": name, "Version": "1", "License": licence}


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "BSD-3-Clause",
        "Apache Software License; MIT License",
        "DFSG approved; MIT License",
        "Apache-2.0 OR GPL-2.0-or-later",
        "PSF-2.0",
        "ISC License (ISCL)",
    ],
)
def test_permissive_licences_pass(licence: str) -> None:
    assert faults([package("psycopg", "LGPL-3.0-only"), package("tool", licence)], NOTICE) == []


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-only",
        "GNU Affero General Public License v3",
        "MIT AND GPL-2.0-only",
        "Commercial",
        "UNKNOWN",
        "",
        "DFSG approved",
        "EPL-2.0",
    ],
)
def test_others_are_refused(licence: str) -> None:
    (fault,) = faults([package("psycopg", "LGPL-3.0-only"), package("tool", licence)], NOTICE)
    assert "tool" in fault and "not on the list" in fault


def test_lgpl_and_mpl_must_be_named() -> None:
    (fault,) = faults([package("psycopg", "LGPL-3.0-only"), package("Other_One", "MPL-2.0 AND (Apache-2.0 OR MIT)")], NOTICE)
    assert fault.startswith("other-one 1") and "NOTICE" in fault


def test_notice_names_nothing_in_vain() -> None:
    assert faults([], NOTICE) == ["psycopg: NOTICE names it, and it is not installed"]
