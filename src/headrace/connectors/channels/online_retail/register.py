"""The Online Retail register: a CSV file with one row per line of an invoice.

    InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
    536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom

Invoice numbers that begin with C take a sale back, those with A adjust bad debt. Rows without price and customer correct the stock. An
invoice's rows need not stand together. Local times are London's; prices have up to three decimals and are taken as they are, tax and all.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from headrace.connectors.channels.online_retail.codes import COUNTRIES, NO_COUNTRY, about, reason_of, sku_of
from headrace.flow.importing.port import Cells, Document, RegisterFormat, RegisterLine, Shop, StagedRow, Unreadable, UnusableFile
from headrace.values.money import MoneyError, decimal_of, round_minor

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
QTY_MAX, PRICE_MAX, PRICE_DECIMALS_MAX = 1_000_000, 1_000_000, 6
YEARS = range(1970, 9000)
LONDON = ZoneInfo("Europe/London")
SHOP = Shop(
    entity="ONLINE-RETAIL",
    entity_name="Online Retail (gift wholesaler)",
    country="GB",
    currency="GBP",
    zone="Europe/London",
    channel="online-retail",
    channel_name="Sales register",
    node="OR-STORE",
    node_name="Storeroom of the register",
    warehouse="online-retail-warehouse",
    gateway="online-retail-till",
    service="register",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, read."""

    code: str
    title: str | None
    qty: int
    at: datetime
    price: Decimal
    customer: str | None
    country: str | None


def rows(path: Path) -> Iterator[StagedRow]:
    """Stream the file (.gz or plain, UTF-8). Raises UnusableFile where a column is missing or a byte is no text."""
    raw: Any = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115 - closed with the text stream
    with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.reader(file)
            places = _places(next(reader, []), path)
            for cells in reader:
                if any(cells):
                    yield _staged([cells[at] if at < len(cells) else "" for at in places])
        except UnicodeDecodeError as error:
            raise UnusableFile(f"{path.name}: byte {error.start} is no UTF-8; save the file as UTF-8 and import it again") from None
        except (csv.Error, OSError, EOFError) as error:
            raise UnusableFile(f"{path.name}: {error}; get the file again and import it") from None


def _places(names: list[str], path: Path) -> list[int]:
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise UnusableFile(f"{path.name}: no column {', '.join(missing)}; the file has {', '.join(names) or 'no header'}")
    return [names.index(name) for name in COLUMNS]


def _staged(cells: list[str]) -> StagedRow:
    document, code, *_ = cells = [c.replace("\x00", "") for c in cells] if any("\x00" in c for c in cells) else cells
    qty, price = _pieces(cells[3]), _amount(cells[5])
    return StagedRow(document.strip(), sku_of(code), cells[2].strip(), price, qty * price if qty is not None and price is not None else None, tuple(cells[1:]))


def _number(text: str) -> Decimal | None:
    try:
        return decimal_of(text.strip())
    except MoneyError:
        return None


def _pieces(text: str) -> int | None:
    """A quantity that can be one; None for anything else."""
    number = _number(text)
    return None if number is None or abs(number) > QTY_MAX or number != int(number) else int(number)


def _amount(text: str) -> Decimal | None:
    """A price that the books can hold exactly; None for anything else."""
    number = _number(text)
    if number is None or abs(number) > PRICE_MAX or number != round(number, PRICE_DECIMALS_MAX):
        return None
    return number


def sort(document: str, of: Sequence[Cells]) -> list[tuple[str, list[int]]]:
    """What the rows of an invoice are. Rows of one invoice can be two things: what was sold, and a correction of the stock beside it."""
    everything = list(range(len(of)))
    if document[:1] in ("C", "c"):
        return [("credit", everything)]
    if document[:1] in ("A", "a"):
        return [("bad_debt", everything)]
    sells = any(_amount(c[4]) != 0 or c[5].strip() for c in of)
    stock = [n for n in everything if _is_stock(of[n], sells)]
    rest = [n for n in everything if n not in set(stock)] if stock else everything
    kind = "order" if any(about(sku_of(of[n][0]))[0] == "goods" for n in rest) else "charge"
    return [(k, rows) for k, rows in ((kind, rest), ("stock", stock)) if rows]


def _is_stock(cells: Cells, sells: bool) -> bool:
    """Goods that move without a price: always where they go out of nothing, else where the invoice sells nothing to anybody."""
    if _amount(cells[4]) != 0 or about(sku_of(cells[0]))[0] != "goods":
        return False
    qty = _pieces(cells[2])
    return qty is not None and qty != 0 and (qty < 0 or not sells)


def read(kind: str, document: str, of: Sequence[Cells]) -> Document:
    """One document. Raises Unreadable, naming the row within the document, the field, the value and the remedy."""
    if not document:
        raise Unreadable("row 1 InvoiceNo", document, "Write the invoice's number; rows without one belong to nothing")
    entries = [_entry(n, cells) for n, cells in enumerate(of, 1)]
    for n, e in enumerate(entries, 1):
        _must_be_sound(kind, n, e)
    first = entries[0]
    country = None if (first.country or "") in NO_COUNTRY else COUNTRIES[first.country or ""]
    return Document(kind, document, min(e.at for e in entries), first.customer, country, [_line(n, e) for n, e in enumerate(entries, 1)])


def _entry(n: int, cells: Cells) -> Entry:
    code, title, qty, at, price, customer, country = (c.strip() for c in cells)
    if not code:
        raise Unreadable(f"row {n} StockCode", code, "Write the stock code; every row needs one")
    if country not in COUNTRIES and country not in NO_COUNTRY:
        raise Unreadable(f"row {n} Country", country, "Write the country's English name, as in Germany, or Unspecified")
    return Entry(code, title or None, _qty(n, qty), _moment(n, at), _price(n, price), customer.removesuffix(".0") or None, country)


def _qty(n: int, text: str) -> int:
    pieces = _pieces(text)
    if pieces is None:
        raise Unreadable(f"row {n} Quantity", text, f"Write a whole number of pieces, up to {QTY_MAX:,}")
    return pieces


def _price(n: int, text: str) -> Decimal:
    price = _amount(text)
    if price is None:
        raise Unreadable(
            f"row {n} UnitPrice", text, f"Write the price with a decimal point, as in 2.55: up to {PRICE_MAX:,}, at most {PRICE_DECIMALS_MAX} decimals"
        )
    return price


def _moment(n: int, text: str) -> datetime:
    at: datetime | None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None  # told below, as a year that cannot be
    if at is None or at.year not in YEARS:
        raise Unreadable(f"row {n} InvoiceDate", text, "Write date and time, as in 2010-12-01 08:26:00")
    return (at if at.tzinfo else at.replace(tzinfo=LONDON)).astimezone(UTC)


def _must_be_sound(kind: str, n: int, e: Entry) -> None:
    """A sale sells, a credit note gives back. Anything else is for a person."""
    if e.qty == 0:
        raise Unreadable(f"row {n} Quantity", e.qty, "A row of no pieces says nothing: write the quantity, or take the row out")
    if kind == "bad_debt":
        return
    if e.price < 0:
        raise Unreadable(f"row {n} UnitPrice", e.price, "Write a price of zero or more; money given back belongs on an invoice whose number begins with C")
    if kind in ("order", "charge") and e.qty < 0:
        raise Unreadable(f"row {n} Quantity", e.qty, "Write what was sold as a positive quantity; goods that came back belong on an invoice that begins with C")
    if kind == "credit" and e.qty > 0:
        raise Unreadable(f"row {n} Quantity", e.qty, "An invoice that begins with C takes back: write the quantity with a minus, or correct the number")


def _line(n: int, e: Entry) -> RegisterLine:
    sku = sku_of(e.code)
    kind, item_class = about(sku)
    exact = e.qty * e.price
    return RegisterLine(str(n), e.code, sku, e.title, kind, item_class, e.qty, e.price, exact, round_minor(exact, SHOP.currency), reason_of(e.title))


FORMAT = RegisterFormat("online-retail", SHOP, rows, sort, read, about)
