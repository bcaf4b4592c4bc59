"""Judging one address: what can be put right for certain, and what a person must look at. Pure: no SQL, no clock."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import phonenumbers

from headrace.flow.validate.countries import Country, countries, country_code

FIELDS = ("line1", "line2", "city", "region", "postcode", "country", "phone", "email")

# These patterns are used by PostgreSQL on every address and here on the few unusual ones, so they keep to what both understand. PostgreSQL pays
# a microsecond for a counted repetition and ten for many alternatives: lengths are compared beside the pattern, and words that a post-office
# box cannot do without are looked for first.
E164 = r"^\+[1-9][0-9]+$"
E164_CHARS = (8, 16)
EMAIL = r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)*\.[^@\s.]{2,}$"
PO_BOX = (
    r"(^|[^a-z0-9])(p\.? ?o\.? ?box|post office box|post box|g\.?p\.?o\.? box|locked bag|private bag|postfach|packstation|bo[iî]te postale|b\.?p\.? [0-9]+|"
    r"postbus|postboks|apartado|casella postale|caixa postal|skrytka pocztowa)"
)
PO_BOX_WORDS = ("box", "post", "bag", "packstation", "b.p", "bp", "apartado", "casella", "caixa")
_PO_BOX = re.compile(PO_BOX, re.IGNORECASE)
_EMAIL = re.compile(EMAIL)
_E164 = re.compile(E164)


@dataclass(frozen=True, slots=True)
class Fault:
    """A failed check on one field: its value, and what would be right."""

    check: str
    field: str
    value: str | None
    expected: str | None = None


@dataclass(slots=True)
class Verdict:
    """What came of an address: fields put right (before, after) and faults that are left. `is_po_box` is what it should say."""

    changes: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    is_po_box: bool = False


def judge(address: dict[str, str | None], fixes: Collection[str]) -> Verdict:
    """Judge an address (keys as in FIELDS). `fixes` are the checks whose certain repairs are allowed.

    The answer does not change `address`. A repair that policy does not allow becomes a fault that names it.
    """
    verdict = Verdict(is_po_box=is_po_box(address.get("line1"), address.get("line2")))
    now = {name: address.get(name) for name in FIELDS}
    country = _judge_country(now, fixes, verdict)
    if country:
        _judge_required(now, country, verdict)
        region = _judge_region(now, country, fixes, verdict)
        _judge_postcode(now, country, region, fixes, verdict)
    _judge_phone(now, country, fixes, verdict)
    _judge_email(now, fixes, verdict)
    return verdict


def is_po_box(line1: str | None, line2: str | None) -> bool:
    return bool(_PO_BOX.search(f"{line1 or ''} {line2 or ''}"))


def _settle(now: dict[str, str | None], name: str, right: str, check: str, fixes: Collection[str], verdict: Verdict) -> None:
    """The right value of a field is known: put it there if policy lets us, else say so."""
    if now[name] == right:
        return
    if check in fixes:
        verdict.changes[name] = (now[name], right)
    else:
        verdict.faults.append(Fault(check, name, now[name], right))
    now[name] = right


def _judge_country(now: dict[str, str | None], fixes: Collection[str], verdict: Verdict) -> Country | None:
    word = (now["country"] or "").strip()
    if not word:
        verdict.faults.append(Fault("address.incomplete", "country", None, "a country code, as in US"))
        return None
    code = country_code(word)
    if code is None:
        verdict.faults.append(Fault("address.country", "country", word, "a country code, as in US"))
        return None
    _settle(now, "country", code, "address.country", fixes, verdict)
    return countries()[code]


def _judge_required(now: dict[str, str | None], country: Country, verdict: Verdict) -> None:
    for name in ("line1", "city", "region", "postcode"):
        if name in country.required and not (now[name] or "").strip():
            example = country.postcode_examples[0] if name == "postcode" and country.postcode_examples else None
            verdict.faults.append(Fault("address.incomplete", name, None, f"as in {example}" if example else f"needed in {country.name.title()}"))


def _judge_region(now: dict[str, str | None], country: Country, fixes: Collection[str], verdict: Verdict) -> str | None:
    word = (now["region"] or "").strip()
    if not word or not country.regions:
        return None
    code = country.region_code(word)
    if code is None:
        verdict.faults.append(Fault("address.region", "region", word, f"a region of {country.name.title()}, as in {', '.join(list(country.regions)[:3])}"))
        return None
    _settle(now, "region", code, "address.region", fixes, verdict)
    return code


def _judge_postcode(now: dict[str, str | None], country: Country, region: str | None, fixes: Collection[str], verdict: Verdict) -> None:
    sent = (now["postcode"] or "").strip()
    if not sent or not country.postcode_pattern:
        return
    right = format_postcode(sent, country)
    if right is None:
        verdict.faults.append(Fault("address.postcode", "postcode", sent, f"as in {', '.join(country.postcode_examples[:2])}"))
        return
    _settle(now, "postcode", right, "address.postcode", fixes, verdict)
    begins = country.regions[region].postcode_begins if region else None
    if begins and not re.match(begins, right):
        verdict.faults.append(Fault("address.postcode_region", "postcode", right, f"a postcode of {region}"))


def format_postcode(sent: str, country: Country) -> str | None:
    """The postcode as the country writes it, or None where it cannot be one: capitals, and blanks or hyphens where its examples have them."""
    assert country.postcode_pattern and country.postcode_dress
    plain = re.sub(r"\s+", " ", sent).strip().upper()
    if re.match(country.postcode_dress, plain):
        return plain
    bare = re.sub(r"[^0-9A-Z]", "", plain)
    for example in country.postcode_examples:
        dressed = _dress(bare, example)
        if dressed and re.match(country.postcode_dress, dressed):
            return dressed
    return next((form for form in (plain, bare) if re.match(country.postcode_pattern, form)), None)


def _dress(bare: str, example: str) -> str | None:
    """Digits and letters of `bare` with the separators of `example`, where their shapes agree."""
    if _shape(bare) != _shape(re.sub(r"[^0-9A-Z]", "", example)):
        return None
    rest = iter(bare)
    return "".join(next(rest) if c.isalnum() else c for c in example)


def _shape(text: str) -> str:
    return "".join("9" if c.isdigit() else "A" for c in text)


def is_e164(phone: str) -> bool:
    return bool(_E164.match(phone)) and E164_CHARS[0] <= len(phone) <= E164_CHARS[1]


def _judge_phone(now: dict[str, str | None], country: Country | None, fixes: Collection[str], verdict: Verdict) -> None:
    sent = (now["phone"] or "").strip()
    if not sent or (is_e164(sent) and sent == now["phone"]):
        return
    try:
        # Letters stand for digits on old keypads; an order with letters in its number is a mistake.
        number: Any = None if re.search(r"[A-Za-z]{3}", sent) else phonenumbers.parse(sent, country.code if country else None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        verdict.faults.append(Fault("contact.phone", "phone", sent, "with its country code, as in +12175550100"))
        return
    _settle(now, "phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), "contact.phone", fixes, verdict)


def _judge_email(now: dict[str, str | None], fixes: Collection[str], verdict: Verdict) -> None:
    sent = now["email"] or ""
    if not sent:
        return
    if _EMAIL.match(sent.strip()):
        _settle(now, "email", sent.strip(), "contact.email", fixes, verdict)
    else:
        verdict.faults.append(Fault("contact.email", "email", sent, "as in jane@example.com"))
