"""Somebody whose roles cover one node and one channel: in every room they see theirs alone, and neither a typed address nor a forged form reaches further."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from headrace.engine.queries import run
from headrace.governance.models import RoleGrant
from tests.browser.person import Person
from tests.scenarios.shop import CHANNEL, EAST, LAMP, MUG, STORE, Shop

FORGE = """async ([deed, fields]) => {
  const form = new FormData();
  form.set('csrfmiddlewaretoken', document.querySelector('[name=csrfmiddlewaretoken]').value);
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const answer = await fetch(`/do/${deed}`, {method: 'POST', body: form, headers: {'X-Deed': '1'}});
  return [answer.status, await answer.text()];
}"""


def a_case_of(order: int) -> int:
    return int(
        run(
            """insert into exception_queue_case (document, document_id, order_id, reason_code, team, fingerprint, opened_at, due_at)
            select 'order', %(o)s, %(o)s, min(code), 'cs', 'f' || %(o)s::text, now(), now() from exception_queue_reason returning id""",
            {"o": order},
        ).scalar
    )


def test_one_node_and_one_channel(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=20)
    shop.fill(LAMP, NYC=20)
    shop.place({MUG: 3})
    shop.place({LAMP: 2})
    shop.work()
    nodes = {r.order_id: r.code for r in run("select f.order_id, n.code from orders_fulfilment f join catalog_node n on n.id = f.node_id")}
    assert nodes == {1: EAST, 2: STORE}
    ours, theirs = a_case_of(1), a_case_of(2)
    lim = sits_down("lim", "ops_manager", "warehouse")
    place = run(
        "select n.id as node, c.id as channel from catalog_node n, catalog_channel c where n.code = %(n)s and c.code = %(c)s", {"n": EAST, "c": CHANNEL}
    ).one
    RoleGrant.objects.update(nodes=[place.node], channels=[place.channel])

    for room in ("/orders", "/exceptions", "/", "/fulfilment", "/finance", "/stock"):
        lim.go(room)
        assert "SO-2" not in lim.text() and STORE not in lim.text(), room
        lim.look()
    assert "SO-1" in (lim.go("/orders") and lim.text())
    assert "SO-1" in (lim.go("/exceptions") and lim.text())
    assert EAST in (lim.go("/fulfilment") and lim.text())
    told = lim.go(f"/stock/{LAMP}") and lim.text()
    assert STORE not in told and "No node held it then" in told, "the shelves of the other node are not counted"
    page = lim.go("/orders")
    lim.press("Control+k")
    page.keyboard.type("SO-2")
    page.wait_for_timeout(600)
    assert page.locator("a[href^='/orders/SO-2']").count() == 0
    page.keyboard.press("Control+A")
    page.keyboard.type("SO-1")
    expect(page.locator("a[href^='/orders/SO-1']").last).to_be_attached()

    lim.expects |= {404, 422}
    for address in ("/orders/SO-2", f"/exceptions/case/{theirs}", f"/fulfilment/f/{shop_fulfilment(2)}", f"/fulfilment/{STORE}"):
        answer = lim.page.goto(address)
        assert answer is not None and answer.status == 404, address
    page = lim.go("/orders/SO-1")
    for deed, fields in (
        ("hold_order", {"order_id": "2", "why": "x"}),
        ("comment", {"case_ids": str(theirs), "note": "x"}),
        ("start_picking", {"fulfilment": shop_fulfilment(2)}),
    ):
        status, says = page.evaluate(FORGE, [deed, fields])
        assert status == 422 and "outside of what your role covers" in says, (deed, says)
    status, says = page.evaluate(FORGE, ["comment", {"case_ids": str(ours), "note": "looked at"}])
    assert status == 200, says
    lim.go("/catalog/items")
    expect(lim.page.get_by_role("link", name="New item")).to_have_count(0)


def shop_fulfilment(order: int) -> str:
    return str(run("select number from orders_fulfilment where order_id = %(o)s", {"o": order}).scalar)
