"""What partners hear: each fact once, after it is true, whatever dies on the way; and no work is left lying half done or is done twice."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection, transaction

from headrace.demo import partners
from headrace.demo import shop as demo_shop
from headrace.engine import outbox, sockets
from headrace.engine.outbox import Delivery
from headrace.engine.partners import connect_partner
from headrace.engine.queries import run
from headrace.exception_queue import resolving
from headrace.governance.secrets import set_partner_secret
from headrace.insight.verify import verify
from headrace.orders import shipping
from tests.scenarios.shop import (
    ACTOR,
    CHANNEL,
    LAMP,
    MUG,
    Shop,
    assert_all_holds,
    cases,
    fulfilments,
    later,
    order,
    run_out,
    shelf,
    side_by_side,
    states,
    wait_until,
)
from tests.workers import environment, start_worker, workers

WMS = "wms-reno"
ORDERS, LEASE_S = 12, 2
SHORT_LEASE = f"from headrace.engine import outbox; outbox.LEASE_S = {LEASE_S}; from headrace.__main__ import main; main()"


class Partner(ThreadingHTTPServer):
    """A partner's server. It keeps (key, attempt) of what it hears, and what it hears of that is not yet in the books."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Ear)
        self.heard: list[tuple[str, int]] = []
        self.too_early: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def keys(self) -> Counter[str]:
        return Counter(key for key, _ in self.heard)


class _Ear(BaseHTTPRequestHandler):
    server: Partner

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not is_true(body):
            self.server.too_early.append(self.headers["Idempotency-Key"])
        self.server.heard.append((self.headers["Idempotency-Key"], int(self.headers["X-Headrace-Attempt"])))
        self.server.may_answer.wait(20)
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def is_true(body: dict[str, Any]) -> bool:
    """Whether anybody else can see by now what a partner is told."""
    try:
        found = run(
            """select exists(select 1 from orders_fulfilment where number = %(f)s and state <> 'planned')
            or exists(select 1 from orders_shipment where number = %(s)s) as found""",
            {"f": body.get("fulfilment"), "s": body.get("shipment")},
        )
        return bool(found.scalar)
    finally:
        connection.close()


@pytest.fixture
def partner(shop: Shop) -> Iterator[Partner]:
    """The warehouse in Reno and the web shop, both reached over HTTP."""
    server = Partner()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for code in (WMS, CHANNEL):
        connect_partner(actor=ACTOR, partner=code, connector="headrace_wms", address=f"http://127.0.0.1:{server.server_address[1]}/")
    set_partner_secret(actor=ACTOR, partner=WMS, values=[demo_shop.WEBHOOK_SECRET])
    yield server
    server.may_answer.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_worker_that_is_killed_leaves_nothing_started(shop: Shop, fresh_database: str) -> None:
    """Complaint 28, OCA/connector-magento #148: after a while two hundred jobs sat in "started", and nobody took them on."""
    shop.fill(MUG, EAST=100)
    for _ in range(40):
        shop.place({MUG: 1})
    run_out("capture", "validate")
    with transaction.atomic():
        run("select 1 from stock_position for update")  # the shelf is in our hands, so the worker stops between taking its orders and finishing them
        killed = start_worker(fresh_database)
        waits = "select count(*) from pg_locks where not granted and transactionid = pg_current_xact_id()::xid"
        wait_until(lambda: run(waits).scalar)
        killed.kill()
        killed.wait()
    assert states() == {"validated": 40}
    assert run("select count(*) from orders_order where hold <> 'clear'").scalar == 0
    assert shelf(MUG) == (100, 0)
    with workers(fresh_database, 1):
        wait_until(lambda: states() == {"allocated": 40})
    assert shelf(MUG) == (100, 40)
    assert run("select sum(taken) from engine_batch where stage = 'allocate'").scalar == 40
    assert_all_holds()


def test_what_a_killed_worker_was_telling_is_told_by_the_next(shop: Shop, partner: Partner, fresh_database: str) -> None:
    """Complaints 28 and 30, OCA/connector #148, medusajs/medusa #6016: lost between runner and worker a job blocked its channel; an event was gone with its handler."""
    shop.fill(MUG, WEST=50)
    for _ in range(12):
        shop.place({MUG: 1})
    run_out("capture", "validate", "allocate", "release")
    partner.may_answer.clear()
    teller = [sys.executable, "-W", "ignore", "-c", SHORT_LEASE, "work", "--no-periodic", "--until-idle", "--stages", "outbox"]
    first = subprocess.Popen(teller, env=environment(fresh_database), stdout=subprocess.DEVNULL)
    wait_until(lambda: partner.heard)
    first.kill()
    first.wait()
    partner.may_answer.set()
    assert run("select state, count(*) as n from engine_outbox group by state").one == ("doing", 12)
    time.sleep(LEASE_S)
    subprocess.run(teller, env=environment(fresh_database), stdout=subprocess.DEVNULL, check=True, timeout=60)
    assert run("select state, count(*) as n from engine_outbox group by state").one == ("done", 12)
    (cut_off, _), *_ = partner.heard
    assert partner.keys == Counter({key: 1 + (key == cut_off) for key in partner.keys}) and len(partner.keys) == 12
    assert {attempt for _, attempt in partner.heard[1:]} == {2}  # the partner sees by the key that it has heard one of them before
    assert_all_holds()


@pytest.mark.timeout(120)
def test_two_instances_do_each_thing_once(shop: Shop, partner: Partner, fresh_database: str) -> None:
    """Complaints 29 and 31, OCA/connector #190, OCA/queue #52, saleor/saleor PR #17094: two instances ran a job twice, equal jobs piled up, and
    webhooks were told before their rows could be seen."""
    shop.fill(MUG, WEST=100)
    placed = [shop.body({MUG: 1}) for _ in range(ORDERS)]
    with workers(fresh_database, 2):
        side_by_side(3, lambda n: [shop.hook(body) for body in placed[:: 1 if n else -1]])
        wait_until(lambda: len(partner.heard) >= ORDERS and not run("select 1 from engine_outbox where state <> 'done' limit 1"))
        going = [f.number for body in placed for f in fulfilments(str(body["id"]))]
        at = partners.now()
        side_by_side(3, lambda _: [shop.tell(WMS, "shipment", f"left-{number}", fulfilment=number, shipped_at=at) for number in going])
        wait_until(lambda: states() == {"closed": ORDERS} and not run("select 1 from engine_outbox where state <> 'done' limit 1"))
    assert set(partner.keys.values()) == {1}
    assert Counter(key.split(":")[0] for key in partner.keys) == {"fulfilment": ORDERS, "shipment": ORDERS}
    assert {attempt for _, attempt in partner.heard} == {1}
    assert partner.too_early == []
    done = {row.stage: row.n for row in run("select stage, sum(taken)::int as n from engine_batch group by stage")}
    assert [done[stage] for stage in ("capture", "validate", "allocate", "release", "ship", "invoice")] == [ORDERS] * 6
    waited = run(
        "select kind, count(*) as n, sum(deliveries)::int as deliveries from engine_inbox where kind in ('order', 'shipment') group by kind order by kind"
    )
    assert [tuple(row) for row in waited] == [("order", ORDERS, 3 * ORDERS), ("shipment", ORDERS, 3 * ORDERS)]
    assert_all_holds()


class Listener:
    """An adapter that keeps what a partner is told, and lets the pretend partner answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *codes: str) -> None:
        self.told: list[Delivery] = []
        for code in codes:
            monkeypatch.setitem(outbox._adapters, code, self)

    def __call__(self, delivery: Delivery) -> Any:
        self.told.append(delivery)
        assert (answer := partners.find(delivery.partner)) is not None
        return answer(delivery)

    def kinds(self) -> Counter[str]:
        return Counter(d.kind for d in self.told)


def confirm_all(shop: Shop, refs: list[str]) -> None:
    for ref in refs:
        for f in fulfilments(ref):
            shop.confirm(f.number, f"left-{f.number}", node=f.node)


def test_nobody_hears_of_what_was_rolled_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Complaint 30, medusajs/medusa #15122: "order placed" was sent, and then the workflow rolled back."""
    listener = Listener(monkeypatch, CHANNEL, "pay-us")
    shop.fill(MUG, EAST=50)
    refs = [shop.place({MUG: 1}) for _ in range(8)]
    shop.work()
    confirm_all(shop, refs)
    tell, record = shipping.tell_channels, sockets.record_batch

    def power_fails(batch: Any) -> None:
        assert outbox_rows() == 8  # the notices are written by now, and nobody else can see them
        raise SystemExit

    monkeypatch.setattr(sockets, "record_batch", power_fails)
    with pytest.raises(SystemExit):
        run_out("ship")
    monkeypatch.setattr(sockets, "record_batch", record)
    assert (outbox_rows(), listener.told) == (0, [])

    bad = run("select max(id) from engine_inbox where kind = 'shipment'").scalar

    def fails_for_one(batch: Any) -> None:
        tell(batch)
        assert bad not in batch.ids, "the eighth parcel is cursed"

    monkeypatch.setattr(shipping, "tell_channels", fails_for_one)
    shop.work()
    assert listener.kinds() == {"fulfilment.shipped": 7, "payment.capture": 7}
    assert (cases(), verify().ok) == (["ENGINE-01"], True)
    monkeypatch.setattr(shipping, "tell_channels", tell)
    assert all(r.done for r in resolving.retry(actor=ACTOR, case_ids=run("select id from exception_queue_case").column("id"), note="mended"))
    shop.work()
    assert listener.kinds() == {"fulfilment.shipped": 8, "payment.capture": 8}
    assert len({d.idempotency_key for d in listener.told}) == 16
    assert (states(), cases(), verify().ok) == ({"closed": 8}, [], True)


def outbox_rows() -> int:
    return int(run("select count(*) from engine_outbox").scalar)


def test_one_fact_is_one_notice_with_its_amount(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Complaint 31, saleor/saleor #13542 and #14108: creating an order sent several updates for one fact, and an event about money lacked the amount."""
    listener = Listener(monkeypatch, CHANNEL, "pay-us")
    shop.fill(MUG, EAST=10)
    shop.fill(LAMP, NYC=10)
    body = shop.body({MUG: 2, LAMP: 1})
    ref = str(body["id"])
    for topic, told in (
        ("orders/create", body),
        ("orders/updated", body),
        ("orders/updated", later(body, 1, note="Ring twice")),
        ("orders/updated", later(body, 2, tags="vip")),
    ):
        shop.hook(told, topic)
        shop.work()
    assert listener.told == []  # the channel knows its own order; nothing has happened that it has not told us
    parcels = fulfilments(ref)
    for f in parcels:
        for _ in range(2):  # the node says it twice
            shop.confirm(f.number, f"left-{f.number}", node=f.node)
            shop.work()
    assert (len(parcels), listener.kinds()) == (2, {"fulfilment.shipped": 2, "payment.capture": 2})
    notices, captures = ([d for d in listener.told if d.kind == kind] for kind in ("fulfilment.shipped", "payment.capture"))
    shipped = Counter({line["line"]: line["qty"] for d in notices for line in d.body["lines"]})
    assert shipped == {str(x["id"]): x["quantity"] for x in body["line_items"]}
    amounts = run("select i.total_minor from ledger_invoice i join orders_order o on o.id = i.order_id where o.external_ref = %(r)s order by i.id", {"r": ref})
    assert [d.body["amount_minor"] for d in captures] == amounts.column("total_minor")
    assert sum(d.body["amount_minor"] for d in captures) == order(ref).total_minor
    assert_all_holds()
