"""Why a partner did not take a delivery, without whose it was: what failed alike reads alike, and names no customer.

What a partner says may hold anything. The cause keeps its words and the status, and leaves out numbers, addresses, what stands in quotes, names, and what the
delivery itself tells of a person. It groups dead letters, and is what people read who may not see personal data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

CAUSE_CHARS_MAX = 160
READ_CHARS_MAX = 1_000
LEFT_OUT, NUMBER = "…", "#"
UNSAID = "no reason was given"
# Where a delivery tells of a person: any word of these in the name of a value.
_OF_PERSONS = (
    "address",
    "ship_to",
    "bill_to",
    "recipient",
    "name",
    "company",
    "line1",
    "line2",
    "city",
    "postcode",
    "zip",
    "phone",
    "email",
    "customer",
    "note",
    "message",
)
_WORD_CHARS_MIN = 3
_HIDES = (
    (re.compile(r"https?://\S+"), LEFT_OUT),
    (re.compile(r"[^\s@]+@[^\s@]+"), LEFT_OUT),
    (re.compile(r"\"[^\"]*\"|“[^”]*”|(?<!\w)'[^']*'(?!\w)"), LEFT_OUT),
)
_PHRASES = re.compile("|".join(sorted((re.escape(s.phrase) for s in HTTPStatus), key=len, reverse=True)))
_STATUS = re.compile(r"(?:(?<=^)|(?<=HTTP )|(?<=status ))[1-5]\d\d\b", re.IGNORECASE)
_NAMES = re.compile(r"\b[A-ZÀ-Þ][a-zà-ÿ'-]+(?: [A-ZÀ-Þ][a-zà-ÿ'-]+)+|(?<=[a-zà-ÿ,] )[A-ZÀ-Þ][a-zà-ÿ'-]+\b")
_WITH_DIGITS = re.compile(r"[\w./:+-]*\d[\w./:+-]*(?<![.:])")
_AGAIN = re.compile(r"(?:([…#])[\s,]*)(?:\1[\s,]*)+")


def cause_of(error: str | None, body: Any = None) -> str:
    """The error as one line of at most `CAUSE_CHARS_MAX` characters, without what differs from document to document."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"\x01{chr(0xE000 + len(kept) - 1)}"

    said = " ".join((error or "")[:READ_CHARS_MAX].replace("\x01", " ").split())
    for pattern, sign in _HIDES:
        said = pattern.sub(sign, said)
    said = _PHRASES.sub(keep, _STATUS.sub(keep, said))
    for word in sorted(set(_personal_words(body)), key=len, reverse=True):
        said = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", LEFT_OUT, said, flags=re.IGNORECASE)
    said = _WITH_DIGITS.sub(NUMBER, _NAMES.sub(LEFT_OUT, said))
    said = _AGAIN.sub(r"\1 ", said).strip()
    for n, original in enumerate(kept):
        said = said.replace(f"\x01{chr(0xE000 + n)}", original)
    return said[:CAUSE_CHARS_MAX].rstrip() or UNSAID


def _personal_words(body: Any, *, is_personal: bool = False) -> Iterator[str]:
    """Every word that the delivery tells of a person."""
    if isinstance(body, Mapping):
        for name, value in body.items():
            yield from _personal_words(value, is_personal=is_personal or any(word in str(name).lower() for word in _OF_PERSONS))
    elif isinstance(body, list | tuple):
        for value in body:
            yield from _personal_words(value, is_personal=is_personal)
    elif is_personal and isinstance(body, str):
        yield from (word for word in re.findall(r"\w+", body) if len(word) >= _WORD_CHARS_MIN)
