"""Nobody reads a customer's data without the permission for it: every page, part, file and PDF of the console is opened by each role that lacks it."""

from __future__ import annotations

import html
import json
import re
import zlib
from base64 import a85decode
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.urls import URLPattern

from headrace.console import urls
from headrace.engine.queries import run
from headrace.exception_queue.attaching import attach
from headrace.flow.ship.actions import pack
from headrace.governance import access, audit
from headrace.orders.tests.building import make_order

Seat = Callable[..., Client]
# Words that stand nowhere by chance: what the label needs, and everything else that is personal.
SHIP_TO = {
    "name": "Zyxqname Shipwick",
    "company": "Zyxqcompany Ltd",
    "line1": "77 Zyxqstreet",
    "line2": "Zyxqfloor",
    "city": "Zyxqville",
    "phone": "+15550987123",
}
OTHER = {
    "email": "zyxqmail@example.test", "bill name": "Zyxqbill Payer", "bill street": "9 Zyxqbillstreet", "gift": "Zyxqgift", "file name": "Zyxqfilename", "file": "Zyxqfilecontent",
    "history": "Zyxqhistory", "party": "Zyxqparty", "party mail": "zyxqparty@example.test", "case value": "Zyxqcasevalue", "case note": "Zyxqclosing", "comment": "Zyxqcomment", "inbox": "Zyxqinbox",
    "outbox": "Zyxqoutbox", "audit": "Zyxqaudit", "approval": "Zyxqapproval",
}  # fmt: skip
BLIND = [role for role, (_name, granted) in access.ROLES.items() if not access.grants(granted, "orders.personal")]
# The warehouse ships: the ship-to address, and nothing more, stands on its label and packing slip, and on the bench once the parcel is packed.
SHIPS = re.compile(r"^/fulfilment/f/[^/]+(/label\.\w+|/slip\.pdf)?$")
LINK = re.compile(r"""(?:href|src|hx-get|data-[a-z-]+)=["'](/[^"'\s]*)["']""")
PAGES_MAX = 1_500


def _address(order: int, kind: str, **told: str) -> None:
    values = {"o": order, "k": kind, **dict.fromkeys(("name", "company", "line1", "line2", "city", "phone", "email")), **told}
    run("delete from orders_address where order_id = %(o)s and kind = %(k)s", {"o": order, "k": kind})
    run(
        """insert into orders_address (order_id, kind, name, company, line1, line2, city, phone, email, region, postcode, country)
        values (%(o)s, %(k)s, %(name)s, %(company)s, %(line1)s, %(line2)s, %(city)s, %(phone)s, %(email)s, 'IL', '62701', 'US')""",
        values,
    )


def _case(order: int, state: str, detail: dict[str, str]) -> int:
    return int(
        run(
            """insert into exception_queue_case (reason_code, document, document_id, order_id, fingerprint, opened_at, due_at, team, state, detail,
            resolution, resolved_at, resolved_by, resolution_note) select 'VALIDATE-01', 'order', %(o)s, %(o)s, %(s)s, now(), now(), 'customer_service', %(s)s, %(d)s::jsonb,
            r.how, r.at, r.who, r.note from (select 1) one left join (select 'closed' as how, now() as at, 'user:ann' as who, %(n)s as note) r on %(s)s = 'resolved' returning id""",
            {"o": order, "s": state, "d": json.dumps(detail), "n": OTHER["case note"]},
        ).scalar
    )


def _messages(order: int) -> dict[str, int]:
    inbox = run(
        """insert into engine_inbox (partner, kind, message_key, content_hash, received_at, document_id)
        values ('web', 'order', 'K-1', sha256('x'), now(), %(o)s) returning id""",
        {"o": order},
    ).scalar
    run("insert into engine_inbox_body (inbox_id, body) values (%(i)s, %(b)s)", {"i": inbox, "b": json.dumps({"name": OTHER["inbox"]})})
    run("insert into engine_partner (code) values ('wms')")
    outbox = run(
        """insert into engine_outbox (partner, kind, record_key, idempotency_key, body, state, last_error, created_at)
        values ('wms', 'fulfilment.request', 'FO-1', 'k1', %(b)s::jsonb, 'dead', 'no such SKU', now()) returning id""",
        {"b": json.dumps({"name": OTHER["outbox"]})},
    ).scalar
    return {"inbox": inbox, "outbox": outbox}


def _deeds(order: int) -> int:
    detail = json.dumps({"parameters": {"note": OTHER["audit"]}})
    audit.sql.lock_head()
    at = run("select now()").scalar
    audit.sql.append_link(at=at, actor="user:ann", deed="fix_address", subject=f"order:SO-{order}", batch_id=None, rows_digest=None, detail=detail)
    return int(
        run(
            """insert into governance_approval (deed, subject, parameters, asked_by) values ('fix_address', %(s)s, %(p)s::jsonb, 'user:ann') returning id""",
            {"s": f"order:SO-{order}", "p": json.dumps({"order_id": order, "changes": {"line1": OTHER["approval"]}})},
        ).scalar
    )


@pytest.fixture
def known(shop: None) -> dict[str, object]:
    """An order full of personal words, packed, with cases, messages, deeds and a customer. Gives the values that stand in addresses."""
    built = make_order("W-1", {"EAST": [("A", 2)]})
    order = built.id
    run("update orders_fulfilment set state = 'released', released_at = now(), cut_off_at = now()")
    run("update orders_order set extra = %(e)s::jsonb where id = %(o)s", {"e": json.dumps({"gift_message": OTHER["gift"]}), "o": order})
    _address(order, "ship", email=OTHER["email"], **SHIP_TO)
    _address(order, "bill", name=OTHER["bill name"], line1=OTHER["bill street"])
    run(
        "insert into orders_history (order_id, at, event, actor, detail) values (%(o)s, now(), 'address_fixed', 'user:ann', %(d)s::jsonb)",
        {"o": order, "d": json.dumps({"line1": OTHER["history"]})},
    )
    party = run(
        "insert into catalog_party (name, email, channel_id, external_ref) select %(n)s, %(e)s, id, 'C-1' from catalog_channel where code = 'shop' returning id",
        {"n": OTHER["party"], "e": OTHER["party mail"]},
    ).scalar
    case = _case(order, "open", {"field": "ship_to.line1", "check": "address.line1", "value": OTHER["case value"], "fix": "Write the street."})
    run(
        "insert into exception_queue_case_event (case_id, actor, event, detail) values (%(c)s, 'user:ann', 'commented', %(d)s::jsonb)",
        {"c": case, "d": json.dumps({"note": OTHER["comment"]})},
    )
    attachment = attach(actor="cli:test", case_id=case, file_name=f"{OTHER['file name']}.txt", content=OTHER["file"].encode())
    _case(order, "resolved", {"field": "ship_to.line1", "check": "address.line1", "value": OTHER["case value"]})
    pack(actor="cli:test", fulfilment=built.number("EAST"), parcels=[{"weight_g": 900}])
    return {
        "order": order,
        "bench": built.number("EAST"),
        "party": party,
        "case": case,
        "attachment": attachment,
        "approval": _deeds(order),
        **_messages(order),
    }


# What stands for the changing parts of an address, by its first words; a new pattern without an entry fails the test.
def _examples(known: dict[str, object]) -> dict[str, dict[str, object]]:
    order, bench, case = f"SO-{known['order']}", known["bench"], known["case"]
    return {
        "exceptions/case/": {"number": case, "name": "comment", "attachment": known["attachment"]}, "exceptions/do/": {"name": "comment"}, "exceptions/bulk/": {"number": 1},
        "orders/": {"number": order, "name": "hold_order"}, "fulfilment/f/": {"number": bench, "form": "pdf"}, "fulfilment/<str:node>/waves/": {"node": "EAST", "number": "WV-1"},
        "fulfilment/<str:node>/manifests/": {"node": "EAST", "number": "MF-1"}, "fulfilment/": {"node": "EAST"}, "stock/count/": {"node": "EAST"},
        "stock/counts/": {"number": 1}, "stock/transfers/": {"number": 1},
        "stock/": {"sku": "A"}, "catalog/items/": {"sku": "A"}, "catalog/unmapped/": {"channel": "shop"}, "catalog/nodes/": {"code": "EAST"},
        "catalog/parties/": {"number": known["party"]}, "catalog/channels/": {"code": "shop"}, "catalog/import/": {"number": 1}, "catalog/export/": {"table": "items"},
        "finance/accounts/": {"code": "1000"}, "finance/invoices/": {"number": "INV-1"}, "finance/lines/": {"key": "1"}, "finance/close/": {"what": "stock"},
        "finance/": {"number": 1}, "rules/": {"name": "approvals", "version": 1},
        "system/replays/": {"number": 1}, "system/chain/": {"number": 1}, "system/audit/": {"number": 1}, "system/partners/": {"code": "shop"},
        "system/inbox/": {"number": known["inbox"]}, "system/outbox/": {"number": known["outbox"]}, "system/users/": {"username": "ann"},
        "approvals/": {"number": known["approval"]}, "do/": {"name": "comment"},
    }  # fmt: skip


def _starts(known: dict[str, object]) -> Iterator[str]:
    examples = _examples(known)
    for pattern in urls.urlpatterns:
        if not isinstance(pattern, URLPattern):
            continue
        route = str(pattern.pattern)
        values = next((v for first, v in examples.items() if route.startswith(first)), {})
        for part in re.findall(r"<(?:\w+:)?\w+>", route):
            route = route.replace(part, str(values[part.strip("<>").rpartition(":")[2]]))
        yield f"/{route}"
    words = ("zyxq", SHIP_TO["name"], OTHER["email"], OTHER["party"], f"SO-{known['order']}", "W-1")
    yield from (
        f"{page}{word.replace('+', '%2B').replace(' ', '+')}" for word in words for page in ("/find?q=", "/orders?q=", "/exceptions?q=", "/catalog/parties?q=")
    )
    yield from (
        f"/fulfilment/f/{known['bench']}/label.zpl",
        f"/exceptions?case={known['case']}",
        "/system/audit?deed=fix_address",
        f"/system/audit?text={OTHER['email']}",
        "/exceptions?state=resolved",
    )
    lists = (
        "/orders",
        "/exceptions",
        "/catalog/parties",
        "/system/audit",
        "/system/inbox",
        "/system/outbox",
        "/approvals",
        "/finance/invoices",
        "/finance/payments",
    )
    yield from (f"{address}?format=csv" for address in lists)


def _text(content: bytes, kind: str) -> str:
    """What a person reads in an answer; a PDF's streams are opened."""
    if kind == "application/pdf":
        opened = []
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
            with suppress(zlib.error, ValueError):
                opened.append(zlib.decompress(a85decode(b"<~" + stream.strip(), adobe=True)))
            with suppress(zlib.error):
                opened.append(zlib.decompressobj().decompress(stream))
        return b"\n".join([content, *opened]).decode("latin-1")
    return html.unescape(content.decode("utf-8", "replace"))


def _same(address: str) -> tuple[str, tuple[str, ...]]:
    """Addresses that differ in the values of their query alone are one page, but for words that were looked for."""
    parts = urlsplit(address)
    return parts.path, tuple(sorted(f"{k}={v}" if k in ("q", "format", "case", "state", "tab") else k for k, v in parse_qsl(parts.query)))


def _crawl(client: Client, starts: list[str]) -> dict[str, str]:
    """Every address that answers, with its text: the given ones and all that they link to."""
    waiting, seen, told = deque(starts), set(), {}
    while waiting:
        address = waiting.popleft().partition("#")[0]
        if _same(address) in seen or address.startswith(("/static", "/accounts")):
            continue
        seen.add(_same(address))
        assert len(seen) < PAGES_MAX, "the crawl does not end"
        answer = client.get(address)
        assert answer.status_code < 500, address
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        told[address] = _text(content, kind)
        if kind == "text/html" and answer.status_code == 200:
            waiting.extend(html.unescape(link) for link in LINK.findall(content.decode()) if not link.startswith("//"))
        elif answer.status_code in (301, 302) and answer.headers["Location"].startswith("/"):
            waiting.append(answer.headers["Location"])
    return told


def _shown(told: dict[str, str], words: dict[str, str], asked: str = "") -> list[tuple[str, str]]:
    """Where a word stands, the echo of what the person themselves looked for left out."""
    return [(address, name) for address, text in told.items() for name, word in words.items() if word in text and word not in _asked(address)]


def _asked(address: str) -> str:
    return " ".join(value for _key, value in parse_qsl(urlsplit(address).query))


@pytest.mark.slow
@pytest.mark.parametrize("role", BLIND)
def test_no_role_without_the_permission_reads_a_customers_data(seat: Seat, known: dict[str, object], role: str) -> None:
    told = _crawl(seat(role), list(_starts(known)))
    assert len(told) > 60
    leaks = _shown(told, OTHER)
    leaks += [(a, n) for a, n in _shown(told, SHIP_TO) if not (role == "warehouse" and SHIPS.match(urlsplit(a).path))]
    assert not leaks, "\n".join(f"{role}: {address} shows the {name}" for address, name in sorted(leaks))


def test_who_may_see_it_does_so_by_the_same_walk(seat: Seat, known: dict[str, object]) -> None:
    """Else the walk above would find nothing because it looks nowhere."""
    told = _crawl(seat("admin"), list(_starts(known)))
    found = {name for _address, name in _shown(told, {**SHIP_TO, **OTHER})}
    assert found == {*SHIP_TO, *OTHER}


def test_the_warehouse_reads_the_ship_to_address_on_what_it_ships(seat: Seat, known: dict[str, object]) -> None:
    client, bench = seat("warehouse"), known["bench"]
    for paper in ("slip.pdf", "label.pdf", "label.zpl"):
        answer = client.get(f"/fulfilment/f/{bench}/{paper}")
        if answer.status_code != 404:
            text = _text(b"".join(answer.streaming_content) if answer.streaming else answer.content, answer.headers["Content-Type"])  # type: ignore[attr-defined]
            assert SHIP_TO["name"] in text and OTHER["email"] not in text, paper
