"""Finding orders by whatever somebody has in hand. Made for a million orders: each look is one index, and several words are set against each other."""

from __future__ import annotations

import re
from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
STATUSES = (
    "captured", "validated", "on_hold", "backordered", "preordered", "allocated", "released", "partly_shipped", "shipped", "invoiced", "complete", "cancelled",
)  # fmt: skip
HITS_MAX = 2_000  # of one word; a word that points to more is set against the orders of the others
WORDS_MAX = 6
NAME_CHARS_MIN, PHONE_DIGITS_MIN = 3, 6  # shorter ones would point to nearly everybody
_ID_DIGITS_MAX = 18
_INVOICE = re.compile(r"([A-Z0-9-]*[A-Z][A-Z0-9-]*)-(\d{1,18})")
_PHONE = re.compile(r"\+?[\d\s()/.-]+")


def by_word(text: str, *, personal: bool, before: int | None = None, limit: int) -> list[dict[str, Any]]:
    """Orders that the text points to, the newest first, with `how` each was found. People's names, e-mails and phone numbers only where `personal`."""
    found = hits(text, personal=personal, before=before, limit=limit)
    return [{**row, "how": found[row["id"]]} for row in rows(list(found))]


def hits(text: str, *, personal: bool, before: int | None = None, limit: int) -> dict[int, str]:
    """Order id to how it was found, the newest first: the whole text as one thing, or else each of its words."""
    text = " ".join(text.split())
    if not text:
        return {}
    whole = _look(text, personal, before, limit)
    words = text.split(" ")[:WORDS_MAX]
    if whole or len(words) == 1:
        return whole
    return dict(list(_together(words, personal, before).items())[:limit])


def _together(words: list[str], personal: bool, before: int | None) -> dict[int, str]:
    """Orders to which every word points. The rarest word says which; words that point to very many are asked only about those."""
    each = sorted(_each(list(dict.fromkeys(words)), personal, before), key=lambda w: len(w[1]))
    (_rarest, found), *others = each
    told = {order: [how] for order, how in found.items()}
    for word, of_word in others:
        also = of_word if len(of_word) < HITS_MAX else _among(list(told), word, personal)
        told = {order: [*hows, also[order]] for order, hows in told.items() if order in also}
    return {order: ", ".join(dict.fromkeys(hows)) for order, hows in told.items()}


def _each(words: list[str], personal: bool, before: int | None) -> list[tuple[str, dict[int, str]]]:
    """What each word points to. Those that may be a name are asked as one, which is far fewer; each by itself where nobody is called so."""
    names = [word for word in words if word.isalpha()]
    called = _look(" ".join(names), personal, before, HITS_MAX) if 1 < len(names) < len(words) else {}
    asked = [word for word in words if not (called and word in names)]
    return [*([(" ".join(names), called)] if called else []), *((word, _look(word, personal, before, HITS_MAX)) for word in asked)]


def _look(text: str, personal: bool, before: int | None, limit: int) -> dict[int, str]:
    upper = text.upper()
    invoice = _INVOICE.fullmatch(upper)
    found = sql.find_by_word(
        order_id=_number(upper, "SO-", bare=True),
        fulfilment_id=_number(upper, "FO-"),
        shipment_id=_number(upper, "SH-"),
        return_id=_number(upper, "RA-"),
        series=invoice.group(1) if invoice else None,
        invoice=int(invoice.group(2)) if invoice else None,
        before=before,
        limit=limit,
        **_people(text, personal),
    )
    return {row.id: row.how for row in found}


def _among(ids: list[int], word: str, personal: bool) -> dict[int, str]:
    asked = _people(word, personal)
    asked.pop("is_phone")
    return {row.id: row.how for row in sql.match_word(ids=ids, **asked)} if ids else {}


def _people(text: str, personal: bool) -> dict[str, Any]:
    """What a text may be of a person, and how a code may be spelled. What nobody may search is asked as a word that no address holds."""
    digits = re.sub(r"\D", "", text).lstrip("0")
    is_phone = bool(_PHONE.fullmatch(text)) and len(digits) >= PHONE_DIGITS_MIN
    names = re.findall(r"[^\W_]+", text.lower())
    named = " & ".join(f"'{n}':*" if len(n) >= NAME_CHARS_MIN else f"'{n}'" for n in names) if any(len(n) >= NAME_CHARS_MIN for n in names) else ""
    people = f"'+{digits[::-1]}':*" if is_phone else ("" if any(n.isdigit() for n in names) else named)
    postcode = "".join(names)
    bare = text.lstrip("#")
    return {
        "email": text.lower() if personal and "@" in text else None,
        "people": (people if personal and "@" not in text else "") or "'-'",
        "is_phone": is_phone,
        "place": f"'={postcode}'" if len(postcode) >= NAME_CHARS_MIN and any(c.isdigit() for c in postcode) else "'-'",
        "spellings": list(dict.fromkeys([text, text.upper(), bare, f"#{bare}"])),
    }


def _number(text: str, prefix: str, *, bare: bool = False) -> int | None:
    digits = text.removeprefix(prefix)
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _ID_DIGITS_MAX
    return int(digits) if is_number and (bare or text.startswith(prefix)) else None


def rows(ids: list[int]) -> list[dict[str, Any]]:
    """Orders as a list shows them, the newest first."""
    return [row._asdict() for row in sql.order_rows(ids=ids)] if ids else []


def channels() -> list[tuple[str, str]]:
    """Code and name of every channel."""
    return [(c.code, c.name) for c in sql.channel_choices()]
