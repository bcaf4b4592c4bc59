"""What the rows of the register are, and what is said of those that are nothing."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from headrace.connectors.channels.online_retail.codes import about, reason_of, sku_of
from headrace.connectors.channels.online_retail.register import read, rows, sort
from headrace.connectors.channels.online_retail.translate import translate
from headrace.connectors.channels.online_retail.warehouse import confirm
from headrace.engine.outbox import Delivery
from headrace.flow.capture import port
from headrace.flow.importing.port import Unreadable, UnusableFile

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def row(
    code: str = "22222",
    qty: str = "1",
    price: str = "2.50",
    customer: str = "17850.0",
    at: str = "2011-06-01 08:26:00",
    title: str = "LAMP",
    country: str = "France",
) -> tuple[str, ...]:
    return (code, title, qty, at, price, customer, country)


@pytest.mark.parametrize(
    ("document", "of", "is_what"),
    [
        ("536001", [row(), row("POST")], [("order", [0, 1])]),
        ("536001", [row("POST"), row("M")], [("charge", [0, 1])]),
        ("536001", [row("gift_0001_10")], [("charge", [0])]),
        ("536001", [row(price="0"), row()], [("order", [0, 1])]),
        ("536001", [row(price="0", customer="")], [("stock", [0])]),
        ("536001", [row(price="0", customer="17850.0")], [("order", [0])]),
        ("536001", [row("POST", price="0", customer="")], [("charge", [0])]),
        ("536001", [row(), row(qty="-1", price="0"), row()], [("order", [0, 2]), ("stock", [1])]),
        ("C536001", [row(qty="-1"), row("POST", qty="-1")], [("credit", [0, 1])]),
        ("A536001", [row("B", price="-5")], [("bad_debt", [0])]),
    ],
)
def test_a_document_is_sorted_by_what_its_rows_are(document: str, of: list[tuple[str, ...]], is_what: list[tuple[str, list[int]]]) -> None:
    assert sort(document, of) == is_what


@pytest.mark.parametrize(
    ("kind", "of", "field"),
    [
        ("order", row(qty="1.5"), "row 1 Quantity"),
        ("order", row(qty=""), "row 1 Quantity"),
        ("order", row(qty="0"), "row 1 Quantity"),
        ("order", row(qty="9999999"), "row 1 Quantity"),
        ("order", row(qty="-1"), "row 1 Quantity"),
        ("order", row(price="two"), "row 1 UnitPrice"),
        ("order", row(price="-2.50"), "row 1 UnitPrice"),
        ("order", row(price="0.1234567"), "row 1 UnitPrice"),
        ("order", row(price="1e300"), "row 1 UnitPrice"),
        ("order", row(at="31/12/2010"), "row 1 InvoiceDate"),
        ("order", row(at="0001-01-01"), "row 1 InvoiceDate"),
        ("order", row(country="Ruritania"), "row 1 Country"),
        ("order", row(code=" "), "row 1 StockCode"),
        ("credit", row(qty="1"), "row 1 Quantity"),
        ("credit", row(qty="-1", price="-1"), "row 1 UnitPrice"),
    ],
)
def test_a_row_that_is_nothing_says_field_value_and_remedy(kind: str, of: tuple[str, ...], field: str) -> None:
    with pytest.raises(Unreadable) as told:
        read(kind, "536001", [of])
    assert told.value.field_name == field
    assert told.value.fix


def test_rows_without_an_invoice_number_belong_to_nothing() -> None:
    with pytest.raises(Unreadable, match="InvoiceNo"):
        read("order", "", [row()])


def test_london_time_exact_sums_and_one_rounding() -> None:
    document = read("order", "536001", [row(qty="3", price="1.125"), row("22222a")])
    assert document.placed_at == datetime(2011, 6, 1, 7, 26, tzinfo=UTC), "summer time"
    assert (document.country, document.customer_ref) == ("FR", "17850")
    first, second = document.lines
    assert (first.exact, first.minor) == (Decimal("3.375"), 338)
    assert (second.code, second.sku) == ("22222a", "22222A")
    assert read("credit", "C1", [row(qty="-3", price="1.125")]).lines[0].minor == -338, "a credit takes back to the penny what the sale took"


def test_codes_and_words() -> None:
    assert sku_of(" 85123a ") == "85123A"
    assert (about("DOT"), about("DCGS0003"), about("GIFT_0001_10")) == (("charge", "postage"), ("goods", "general"), ("gift_card", "gift_cards"))
    assert [reason_of(t) for t in ("Thrown away-rusty", "found some more", "?lost", "showroom", "?", None)] == [
        "damage",
        "found",
        "lost",
        "sample",
        "count",
        "count",
    ]


def _message(*of: tuple[str, ...]) -> str:
    return orjson.dumps({"format": "online-retail", "kind": "order", "document": "536001", "rows": of}).decode()


def test_a_sale_becomes_an_order_that_is_paid() -> None:
    order = translate(_message(row("22222a", qty="2"), row("POST", price="18.0")), {}, {})
    assert (order.total_minor, order.goods_minor) == (2300, 2300)
    assert [(x.sku, x.kind, x.qty) for x in order.lines] == [("22222a", "goods", 2), ("POST", "charge", 1)]
    assert [(p.kind, p.amount_minor) for p in order.payments] == [("captured", 2300)]
    assert order.promised_by == order.placed_at


@pytest.mark.parametrize("body", ['{"order": "X-1"}', "[]", "{"])
def test_a_message_that_is_no_register_is_told_where_to_go(body: str) -> None:
    with pytest.raises(port.Unreadable, match="headrace import orders"):
        translate(body, {}, {})


def test_the_file_is_told_by_name_when_it_cannot_be_read(tmp_path: Path) -> None:
    short = tmp_path / "short.csv"
    short.write_text("InvoiceNo,StockCode\n1,2\n")
    with pytest.raises(UnusableFile, match="short.csv: no column Description"):
        list(rows(short))
    torn = tmp_path / "torn.csv.gz"
    torn.write_bytes(gzip.compress((HEADER + "536001,22222,LAMP,1,2010-12-01 08:26:00,2.5,,France\n" * 9).encode())[:-12])
    with pytest.raises(UnusableFile, match="torn.csv.gz"):
        list(rows(torn))


def test_columns_are_found_by_name_and_rows_without_numbers_have_no_value(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text(
        "Country,Quantity,UnitPrice,InvoiceNo,StockCode,Description,InvoiceDate,CustomerID\nFrance,2,1.125,536001,22222a,LAMP,2010-12-01 08:26:00,\nFrance,?,1,536001,1,,,\n"
    )
    first, second = rows(file)
    assert (first.document, first.sku, first.title, first.exact) == ("536001", "22222A", "LAMP", Decimal("2.250"))
    assert second.exact is None


def test_the_storeroom_confirms_on_the_promised_day() -> None:
    delivery = Delivery(
        1, "online-retail-warehouse", "fulfilment.request", "fulfilment:7", "k", {"fulfilment": "FO-7", "promised_by": "2010-12-01T08:26:00+00:00"}, 1
    )
    (message,) = confirm(delivery)
    assert (message.kind, message.key) == ("shipment", "pack-FO-7")
    assert orjson.loads(message.body)["shipped_at"] == "2010-12-01T08:26:00+00:00"
    recall = Delivery(2, "online-retail-warehouse", "fulfilment.recall", "fulfilment:7", "r", {"fulfilment": "FO-7"}, 1)
    assert not confirm(recall)
