"""Files of the catalog: taken away, changed, brought back, looked at, applied as one deed; and nothing of it believed from the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from headrace.console import long_uploads, uploads
from headrace.console.models import Upload, UploadRow
from headrace.engine.queries import run
from headrace.governance import approvals, policies

Seat = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("shop")
TABLES = ("items", "listings", "prices", "kits", "nodes", "zones")


def bring(client: Client, content: str | bytes, table: str = "items", name: str = "mine.csv") -> Any:
    """Gives the page that follows."""
    raw = content.encode() if isinstance(content, str) else content
    return client.post("/catalog/import/file", {"table": table, "file": SimpleUploadedFile(name, raw)}, follow=True)


def last() -> Upload:
    found = Upload.objects.order_by("-id").first()
    assert found is not None
    return found


def apply(client: Client, **other: Any) -> str:
    told = {"upload_id": last().id, "digest": last().digest, "next": f"/catalog/import/{last().id}", **other}
    return str(client.post("/do/apply_upload", told, follow=True).content.decode())


def weight(sku: str = "A") -> Any:
    return run("select weight_g from catalog_item where sku = %(s)s", {"s": sku}).scalar


def export(client: Client, table: str) -> str:
    return b"".join(client.get(f"/catalog/export/{table}.csv").streaming_content).decode()  # type: ignore[attr-defined]


def test_a_file_is_looked_at_and_applied_as_one_deed(seat: Seat) -> None:
    client = seat("planner")
    page = bring(client, "sku,name,weight_g\nA,,250\nB,B,\nNEW,Mug,300\nC,,heavy\n").content.decode()
    assert "weight_g: 200 → 250" in page and "name: Mug" in page and "Apply 2 rows" in page
    assert "&#x27;heavy&#x27; is no whole number" in page and "1 rows make no sense" in page
    assert weight() == 200  # looked at, not done
    refused = client.get(f"/catalog/import/{last().id}?what=refused").content.decode()
    assert "weight_g" in refused and "heavy" in refused and "NEW" not in refused.split("<tbody>")[1]
    assert "Applied" in apply(client)
    assert (weight(), weight("NEW"), weight("C")) == (250, 300, 200)
    deeds = run("select deed, subject from governance_audit where deed in ('apply_upload', 'load_items') order by seq").column("deed")
    assert sorted(deeds) == ["apply_upload", "load_items"]
    assert "has been applied already" in apply(client)
    assert "mine.csv" in client.get("/catalog/import").content.decode()


@pytest.mark.parametrize("table", TABLES)
def test_what_is_taken_away_comes_back_unchanged(seat: Seat, table: str) -> None:
    run("insert into catalog_price_list (code, currency) values ('retail', 'USD')")
    run("insert into catalog_price (price_list_id, item_id, unit_price) select l.id, i.id, 9.125 from catalog_price_list l, catalog_item i")
    run(
        "insert into catalog_listing (channel_id, channel_sku, item_id, is_sellable, valid_from_on) select c.id, '=' || i.sku, i.id, false, '2026-01-01' from catalog_channel c, catalog_item i"
    )
    run(
        "update catalog_item set name = '-10% off, \"red\"', barred_countries = '{DE,GB}', unit_cost_currency = 'USD', hazmat_class = '+3' where sku = 'A'".replace(
            "%%", "%"
        )
    )
    run("update catalog_item set gtin = '4006381333931'")
    run("update catalog_item set unit_cost = null where unit_cost_currency is null")
    run("update catalog_node set latitude = 40.7127837, longitude = -74.0059413, cut_off = '16:45'")
    client = seat("planner")
    content = export(client, table)
    assert content.count("\n") > 1
    bring(client, content, table)
    kept = last()
    assert (kept.created, kept.updated, kept.refused) == (0, 0, 0) and kept.unchanged > 0, list(
        UploadRow.objects.exclude(what="unchanged").values("given", "changes", "remedy")
    )


def test_a_changed_export_changes_what_was_changed(seat: Seat) -> None:
    client = seat("planner")
    bring(client, export(client, "nodes").replace("15:00", "17:15", 1), "nodes")
    assert (last().updated, last().unchanged) == (1, 3)
    apply(client)
    assert run("select count(*) from catalog_node where cut_off = '17:15'").scalar == 1


def test_what_has_changed_meanwhile_is_not_applied_unseen(seat: Seat) -> None:
    client = seat("planner")
    bring(client, "sku,weight_g\nA,250\n")
    run("update catalog_item set weight_g = 240 where sku = 'A'")
    assert "is not what you saw any more" in apply(client) and weight() == 240
    page = client.post("/do/compare_upload", {"upload_id": last().id, "next": f"/catalog/import/{last().id}"}, follow=True).content.decode()
    assert "weight_g: 240 → 250" in page
    apply(client)
    assert weight() == 250


def test_the_browser_is_not_believed(seat: Seat) -> None:
    ann, bob = seat("planner", name="ann"), seat("planner", name="bob")
    bring(ann, "sku,weight_g\nA,250\n")
    assert "is not what you saw" in apply(ann, digest="0" * 64)
    assert "no file" in apply(bob) and bob.get(f"/catalog/import/{last().id}").status_code == 404
    assert "no such column" in apply(ann, rows="[]") or weight() == 200
    UploadRow.objects.update(given={"sku": "A", "weight_g": "999"})  # whatever stands there is compared again
    assert "is not what you saw" in apply(ann) and weight() == 200
    for number in ("0", "99", str(2**63)):
        assert ann.get(f"/catalog/import/{number}").status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"\xff\xfe", "a.csv", "no UTF-8"),
        (b"sku\n", "a.csv", "has no row below its header"),
        (b"", "a.csv", "file: "),
        (b"sku,name\nA,B,C\n", "a.csv", "line 2: more cells"),
        (b'{"sku"', "a.jsonl", "line 1"),
    ],
)
def test_what_cannot_be_read_says_why(seat: Seat, content: bytes, name: str, says: str) -> None:
    page = bring(seat("planner"), content, name=name).content.decode()
    assert "The file was not taken in" in page and says in page
    assert not Upload.objects.exists()


def test_a_column_that_nobody_reads_is_told(seat: Seat) -> None:
    page = bring(seat("planner"), "sku,colour\nA,red\n").content.decode()
    assert "colour" in page and "red" in page and "no such column; known are sku, name" in page and "Nothing to apply" in page


def test_the_limits_are_named(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    client = seat("planner")
    assert "up to 48 MB and 200,000 rows" in client.get("/catalog/import").content.decode()
    monkeypatch.setattr(uploads, "UPLOAD_ROWS_MAX", 1)
    assert "2, at most 1 of them in the browser" in bring(client, "sku\nA\nB\n").content.decode()
    monkeypatch.setattr(uploads, "UPLOAD_BYTES_MAX", 2**20)
    assert "at most 1 MB can be looked at here" in bring(client, b"sku\n" + b"A\n" * 2**20).content.decode()
    assert "table: “moon” is none of" in bring(client, "sku\nA\n", "moon").content.decode()


def test_a_second_person_answers_where_policy_wants_one(seat: Seat) -> None:
    client = seat("planner")
    policies.publish_policy(
        actor="cli:test", name="approvals", version=policies.draft_policy(actor="cli:test", name="approvals", body={"deeds": ["load_items"]}, note="four eyes")
    )
    bring(client, "sku,weight_g\nA,250\n")
    assert "waits for a second person" in apply(client) and weight() == 200
    (asked,) = approvals.waiting()
    assert asked["deed"] == "apply_upload"
    approvals.approve(actor="cli:boss", approval_id=asked["id"])
    assert weight() == 250 and last().applied_at is not None


def test_only_people_who_may_change_the_catalog_bring_files(seat: Seat) -> None:
    auditor = seat("auditor")
    assert auditor.get("/catalog/import").status_code == 403
    assert auditor.post("/catalog/import/file", {"table": "items"}).status_code == 403
    assert "sku,name,kind" in export(auditor, "items")
    assert seat("finance").get("/catalog/export/items.csv").status_code == 403
    assert auditor.get("/catalog/export/secrets.csv").status_code == 404


def test_a_price_is_brought_for_every_line_with_the_same_key_once(seat: Seat) -> None:
    run("insert into catalog_price_list (code, currency) values ('retail', 'USD')")
    page = bring(seat("planner"), "price_list,sku,unit_price,valid_from_on\nretail,A,9.50,2026-01-01\nretail,A,9.60,2026-01-01\n", "prices").content.decode()
    assert "the same as in row 1" in page and "Apply 1 rows" in page


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are long from three rows on, and go in parts of two; the test is the worker."""
    monkeypatch.setattr(uploads, "UPLOAD_AT_ONCE_MAX", 2)
    monkeypatch.setattr(long_uploads, "UPLOAD_PART_ROWS", 2)


def counts() -> tuple[int, ...]:
    return tuple(getattr(last(), what) for what in ("created", "updated", "unchanged", "refused"))


def go(client: Client, deed: str) -> str:
    return str(client.post(f"/catalog/import/{last().id}/go", {"deed": deed}, follow=True).content.decode())


def is_new(sku: str) -> bool:
    return not run("select 1 from catalog_item where sku = %(s)s", {"s": sku})


LONG = "sku,name,weight_g\nA,,250\nB,,x\nNEW-1,Mug,300\nNEW-2,Cup,100\nC,,201\n"


def test_a_long_file_is_compared_and_applied_part_by_part(seat: Seat, parts: None) -> None:
    client = seat("planner")
    page = bring(client, LONG).content.decode()
    assert "0 of 5 rows compared" in page and "waits for a worker" in page and weight() == 200
    assert "is comparing" in go(client, "apply_long_upload")
    long_uploads.go_on(last().id)
    assert (last().phase, counts()) == ("looked", (2, 2, 0, 1))
    page = client.get(f"/catalog/import/{last().id}").content.decode()
    assert "weight_g: 200 → 250" in page and "part by part in the background" in page and "Apply 4 rows" in page and weight() == 200
    assert "is a long file" in apply(client, digest="x")
    go(client, "apply_long_upload")
    long_uploads.go_on_with_all()
    assert (last().phase, weight(), weight("NEW-2"), weight("C")) == ("applied", 250, 100, 201)
    told = b"".join(client.get(f"/catalog/import/{last().id}?what=refused&format=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert told.count("\n") == 2 and "weight_g" in told and "x" in told
    assert "has been applied already" in go(client, "apply_long_upload")


def test_a_long_file_that_was_stopped_or_killed_goes_on_where_it_was(seat: Seat, parts: None) -> None:
    client = seat("planner")
    bring(client, LONG)
    long_uploads.go_on(last().id)
    go(client, "apply_long_upload")
    assert long_uploads._next_part(last().id) and (last().reached, weight(), is_new("NEW-1")) == (2, 250, True)
    assert "2 of 5 rows gone through" in go(client, "stop_upload")
    long_uploads.go_on(last().id)
    assert is_new("NEW-1")
    run("update catalog_item set weight_g = 9 where sku = 'C'")  # somebody else, meanwhile
    go(client, "restart_upload")
    long_uploads.go_on(last().id)
    assert (last().phase, counts(), weight("NEW-1"), weight("C")) == ("applied", (2, 1, 0, 2), 300, 9)
    assert "the catalog has changed since you looked" in client.get(f"/catalog/import/{last().id}?what=refused").content.decode()
    assert run("select count(*) as n from governance_audit where deed = 'load_items'").scalar == 2


def test_a_long_file_is_its_owners_and_cannot_wait_for_a_second_person(seat: Seat, parts: None) -> None:
    client = seat("planner")
    bring(client, LONG)
    long_uploads.go_on(last().id)
    assert seat("admin").post(f"/catalog/import/{last().id}/go", {"deed": "stop_upload"}).status_code == 404
    assert client.post(f"/catalog/import/{last().id}/go", {"deed": "load_items"}).status_code == 404
    assert "was not stopped" in go(client, "restart_upload") and "does not go on any more" in go(client, "stop_upload")
    version = policies.draft_policy(actor="cli:a", name="approvals", body={"deeds": ["load_items"]}, note="four eyes")
    policies.publish_policy(actor="cli:a", name="approvals", version=version)
    assert "waits for a second person by policy" in go(client, "apply_long_upload")
    assert (last().phase, weight()) == ("looked", 200)


def test_where_policy_names_the_deed_itself_a_second_person_lets_a_long_file_begin(seat: Seat, parts: None) -> None:
    client = seat("planner")
    bring(client, LONG)
    long_uploads.go_on(last().id)
    version = policies.draft_policy(actor="cli:a", name="approvals", body={"deeds": ["apply_long_upload"]}, note="four eyes")
    policies.publish_policy(actor="cli:a", name="approvals", version=version)
    assert "waits for a second person" in go(client, "apply_long_upload") and last().phase == "looked"
    approvals.approve(actor="cli:boss", approval_id=approvals.waiting()[0]["id"])
    long_uploads.go_on_with_all()
    assert (last().phase, weight()) == ("applied", 250)
