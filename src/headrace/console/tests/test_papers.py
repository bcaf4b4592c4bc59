"""Papers for a customer's parcel, read as a person reads them: every letter, whole names, heads on every page, sums that stand with their lines."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from reportlab.lib.units import mm

from headrace.console.papers import bills, letters, sheet, slips, zebra

FONTS = Path(letters.__file__).parent / "fonts"
HASHES = {
    "DejaVuSans-Bold.ttf": "0d977336a6d5fba34eab8e3199eb218327161b5143749f802982c2bc34df0c96",
    "DejaVuSans.ttf": "abdc775b21b1bc470d50c97e790d276f2054b7504e56e5bd3e64f48d68582322",
    "DroidSansFallbackFull.ttf": "acb6440a713d880a13a21b468ba7cd43f5a2b2934972e51be791c880730777b8",
    "NanumSquareR.ttf": "5a51deae5237435d9a0bc0cc6cc30619a914b29801f895698cfdacadcad06e94",
}
GREEK, JAPANESE, LONG = "Παναγιώτης Αλεξανδρόπουλος", "株式会社山田電気商会", "Maximiliane Alexandra von und zu Hohenlohe-Waldenburg-Schillingsfürst"
MIXED = ("Żółta Łąka", GREEK, "Улица Ленина", JAPANESE, "ひらがなカタカナ", "深圳市龙岗区", "서울특별시 강남구")


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def seen(pdf: bytes) -> str:
    """All the text without blanks: how a line is broken does not matter."""
    return re.sub(r"\s", "", "".join(pages(pdf)))


def fulfilment(lines: int = 2, parcels: int = 1, **changed: Any) -> dict[str, Any]:
    rows = [{"sku": f"SKU-{n:03}", "name": f"Mug of the {n}th kind", "qty_each": 2, "qty_short_each": 0} for n in range(1, lines + 1)]
    told = {"number": "FO-17", "order_number": "SO-9", "entity": "Headrace", "channel": "shop", "external_number": "#1001", "node": "EAST", "node_name": "East",
            "service": "standard", "name": "Ann Lee", "company": None, "line1": "1 Main St", "line2": None, "city": "Albany", "region": "NY", "postcode": "12207",
            "country": "US", "lines": rows}  # fmt: skip
    closed = [{"carrier": "own", "tracking": f"OWN0000{n}", "weight_g": 1250} for n in range(1, parcels + 1)]
    return {**told, "parcels": closed, **changed}


def invoice(lines: int, currency: str = "EUR", **changed: Any) -> dict[str, Any]:
    rows = [{"sku": f"SKU-{n:03}", "title": f"Mug of the {n}th kind", "qty_each": 1, "net_minor": 1000, "tax_minor": 190} for n in range(1, lines + 1)]
    taxes = [{"title": "MwSt", "rate": rate, "base_minor": base, "tax_minor": tax, "is_shipping": False} for rate, base, tax in (("19", 1000, 190), ("7", 500, 35), ("2.5", 400, 10))]  # fmt: skip
    told = {"kind": "invoice", "number": "INV-1", "issued_on": date(2026, 1, 5), "due_on": None, "order_number": "SO-9", "currency": currency, "relatives": [], "lines": rows,
            "goods_minor": 1234567, "discount_minor": 0, "shipping_minor": 0, "tax_minor": 235, "total_minor": 1234802, "paid_minor": 0, "open_minor": 1234802,
            "tax_jurisdiction": "DE", "taxes": taxes}  # fmt: skip
    return {**told, **changed}


def parties(**changed: Any) -> dict[str, Any]:
    told = {k: fulfilment()[k] for k in ("name", "company", "line1", "line2", "city", "region", "postcode", "country", "external_number")}
    return {**told, "seller": "Headrace", "seller_tax_number": "DE1", "seller_country": "DE", **changed}


def test_fonts_are_those_that_were_read_and_their_licences_lie_beside() -> None:
    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in FONTS.glob("*.ttf")} == HASHES
    assert {p.stem[:5] for p in FONTS.glob("*.LICENSE")} == {p.stem[:5] for p in FONTS.glob("*.ttf")}


@pytest.mark.parametrize("text", MIXED)
def test_a_name_of_any_letters_stands_on_every_paper(text: str) -> None:
    f, buyer, plain = fulfilment(name=text), parties(name=text), text.replace(" ", "")
    for paper in (slips.packing_slip(f), slips.label(f), bills.bill(invoice(1), buyer)):
        told = seen(paper)
        assert plain in told and "?" not in told and letters.BOX not in told
    assert letters.unwritten(text) == []


def test_a_letter_that_no_font_has_is_told_on_the_paper() -> None:
    f = fulfilment(name="ส้ม שלום Lee")
    for paper in (slips.packing_slip(f), slips.label(f), bills.bill(invoice(1), parties(name=f["name"]))):
        told = " ".join(" ".join(pages(paper)).split())
        assert letters.BOX in told and "U+0E2A" in told and "U+05E9" in told and "could not be printed" in told and "Lee" in told
    assert "could not be printed" not in "".join(pages(slips.packing_slip(fulfilment())))


def test_long_names_and_addresses_are_wrapped_not_cut() -> None:
    f = fulfilment(name=LONG, company=LONG, line1=f"{LONG} 17, Hinterhaus, 4. Stock links", line2=LONG)
    for paper in (slips.packing_slip(f), slips.label(f)):
        assert seen(paper).count(LONG.replace(" ", "")) == 4
    word = "W" * 200
    lines = letters.wrapped(word, 100 * mm, 10)
    assert "".join(lines) == word and len(lines) > 3 and all(letters.width(line, 10) <= 100 * mm for line in lines)
    assert all(letters.width(line, 13) <= 60 * mm for line in letters.wrapped(JAPANESE * 5, 60 * mm, 13))


def test_heads_come_again_on_every_page_and_pages_are_numbered() -> None:
    for paper, head in ((slips.packing_slip(fulfilment(lines=80)), "Article"), (bills.bill(invoice(80), parties()), "Net")):
        told = pages(paper)
        assert len(told) > 2
        for n, page in enumerate(told, 1):
            assert f"Page {n} of {len(told)}" in page
            assert head in page, n
        whole = seen(paper)
        assert all(whole.count(f"SKU-{n:03}") == 1 for n in range(1, 81))


@pytest.mark.parametrize("lines", range(16, 34))
def test_totals_stand_on_a_page_with_a_line(lines: int) -> None:
    (page,) = (p for p in pages(bills.bill(invoice(lines), parties())) if "To be paid" in p)
    assert f"SKU-{lines:03}" in page and "12,348.02 EUR" in page
    (page,) = (p for p in pages(slips.packing_slip(fulfilment(lines=lines * 2))) if "Pieces in all" in p)
    assert f"SKU-{lines * 2:03}" in page and f"Pieces in all: {lines * 4}" in page


def test_an_invoice_in_yen_has_no_decimals_and_its_tax_is_split_by_rate() -> None:
    told = " ".join("".join(pages(bills.bill(invoice(1, "JPY"), parties()))).split())
    assert "1,234,802 JPY" in told and ".02" not in told
    for rate in ("MwSt 19 % (DE)", "MwSt 7 % (DE)", "MwSt 2.5 % (DE)"):
        assert rate in told


def test_a_credit_memo_says_what_it_corrects_and_asks_for_nothing() -> None:
    told = seen(bills.bill(invoice(1, kind="credit_memo", number="CN-2", relatives=[{"number": "INV-1", "is_corrected": True}]), parties()))
    assert "Totalcredited12,348.02EUR" in told and "INV-1" in told and "Tobepaid" not in told and "atonce" not in told


def test_a_printer_is_told_no_command_by_a_name_and_gets_pictures_of_letters_it_lacks() -> None:
    told = zebra.zpl(fulfilment(parcels=2, name="Ann ^XZ~JR_ Łuczak\n^XA", company=JAPANESE, line1=GREEK))
    assert told.count("^XA") == told.count("^XZ") == told.count("^CI28") == 2 and "~" not in told
    assert "^FDAnn \\5EXZ\\7EJR\\5F Łuczak \\5EXA^FS" in told
    assert JAPANESE not in told and GREEK not in told
    pictures = re.findall(r"\^GFA,(\d+),(\d+),(\d+),([0-9A-F]+)\^FS", told)
    assert len(pictures) == 4
    for size, whole, row, dots in pictures:
        assert size == whole and len(dots) == 2 * int(size) and int(size) % int(row) == 0
        assert 0.02 < sum(int(d, 16).bit_count() for d in dots) / (4 * len(dots)) < 0.5, "a picture shows letters, not an empty field or a black one"


def test_a_label_is_one_page_of_four_by_six_inches_for_each_parcel() -> None:
    found = PdfReader(BytesIO(slips.label(fulfilment(parcels=3)))).pages
    assert [(round(p.mediabox.width), round(p.mediabox.height)) for p in found] == [(288, 432)] * 3
    assert [f"parcel {n} of 3" in p.extract_text() for n, p in enumerate(found, 1)] == [True] * 3


def test_the_label_and_the_slip_tell_the_sides_and_the_weight_of_a_parcel_that_are_known() -> None:
    sides = {"length_mm": 400, "width_mm": 300, "height_mm": 125}
    closed = [
        {"carrier": "own", "tracking": "OWN1", "weight_g": 1250, **sides},
        {"carrier": "own", "tracking": "OWN2", **sides},
        {"carrier": "own", "length_mm": 400},
    ]
    f = fulfilment(parcels=0) | {"parcels": closed}
    whole, unweighed, unknown = pages(slips.label(f))
    assert "40 × 30 × 12.5 cm · 1.25 kg" in whole and "40 × 30 × 12.5 cm" in unweighed and "kg" not in unweighed and "cm" not in unknown
    assert "40 × 30 × 12.5 cm · 1.25 kg" in pages(slips.packing_slip(f))[0].replace("\n", " ")
    assert [told.count("40 × 30 × 12.5 cm") for told in zebra.zpl(f).split("^XZ")[:3]] == [1, 1, 0]


def test_a_cell_that_would_be_higher_than_a_page_is_cut() -> None:
    one = sheet.Sheet("x")
    one.table([sheet.Column("Article", 60 * mm)], [["word " * 2_000], ["after"]])
    told = pages(one.end())
    assert len(told) == 1 and "…" in told[0] and "after" in told[0]
