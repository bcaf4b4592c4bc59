"""Long work in the background that fails by a fault of the program: it stands still as failed, says so, and nothing behind it waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from headrace.console import long_uploads, uploads
from headrace.console.models import Upload
from headrace.engine import inbox, long_work, replaying
from headrace.engine.long_work import LongWork
from headrace.engine.queries import run
from headrace.exception_queue import bulk
from headrace.exception_queue.desk import Wanted
from headrace.governance import checking

Seat = Callable[..., Client]
pytestmark = pytest.mark.django_db
SAID = "no row for 'Jane Doe', jane.doe@example.com, card 4111111111111111, https://bank.example/?token=s3cret\nDETAIL: Jane Doe"


def a_file() -> int:
    uploads.keep_upload(actor="user:admin", table="items", file_name="new.csv", rows=[{"sku": f"N-{n}", "name": "Mug"} for n in range(3)])
    return int(Upload.objects.latest("id").id)


def a_bulk() -> int:
    run("insert into exception_queue_case (reason_code, document, document_id, fingerprint, detail, opened_at, due_at, team)"
        " values ('ENGINE-01', 'payout', (select count(*) from exception_queue_case), 'f', '{\"stage\": \"x\"}', now(), now(), 'integration')")  # fmt: skip
    return int(bulk.start_bulk(actor="user:admin", name="claim", wanted=Wanted(), parameters={}))


def a_replay() -> int:
    (stored,) = inbox.store("web", [inbox.Message("order", "A", '"A"')])
    return int(replaying.start_replay(actor="user:admin", document="inbox", ids=[stored.id]))


def a_check() -> int:
    return int(checking.start_chain_check(actor="user:admin"))


@dataclass(frozen=True)
class Kind:
    work: LongWork
    module: Any
    inner: str  # what breaks in it
    begin: Callable[[], int]
    has_ended: str
    page: str
    again: tuple[str, dict[str, str]]


KINDS = {
    "upload": Kind(long_uploads.WORK, long_uploads, "_compare", a_file, "select phase = 'looked' from console_upload where id = %(n)s",
                   "/catalog/import/{n}", ("/catalog/import/{n}/go", {"deed": "restart_upload"})),
    "bulk": Kind(bulk.WORK, bulk, "_do", a_bulk, "select ended_at is not null from exception_queue_bulk where id = %(n)s",
                 "/exceptions/bulk/{n}", ("/exceptions/bulk/{n}/again", {})),
    "replay": Kind(replaying.WORK, replaying, "_answers", a_replay, "select ended_at is not null from engine_replay where id = %(n)s",
                   "/system/replays/{n}", ("/do/restart_replay", {"replay_id": "{n}", "next": "/system/replays/{n}"})),
    "chain_check": Kind(checking.WORK, checking, "_look", a_check, "select ended_at is not null from governance_chain_check where id = %(n)s",
                        "/system/chain/{n}", ("/do/restart_chain_check", {"check_id": "{n}", "next": "/system/chain/{n}"})),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_what_fails_stands_still_and_the_others_go_on(name: str, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, ann = KINDS[name], seat("admin")
    monkeypatch.setattr(uploads, "UPLOAD_AT_ONCE_MAX", 2)
    first, second, calls, real = kind.begin(), kind.begin(), [], getattr(kind.module, kind.inner)
    assert kind.work.kind == name and first != second

    def breaks(work: Any, *more: Any) -> Any:
        if work.id == first:
            calls.append(1)
            run("select 1 / 0") if len(calls) == 1 else None  # the database's own faults are no other
            raise RuntimeError(SAID)
        return real(work, *more)

    monkeypatch.setattr(kind.module, kind.inner, breaks)

    def ended(number: int) -> bool:
        return bool(run(kind.has_ended, {"n": number}).scalar)

    kind.work.go_on_with_all()
    assert ended(second) and not ended(first) and len(calls) == 1
    assert f"Try 1 of {long_work.TRIES_MAX} failed" in ann.get(kind.page.format(n=first)).content.decode()
    for _ in range(long_work.TRIES_MAX + 2):
        kind.work.go_on_with_all()
        kind.work.go_on(first)
    assert len(calls) == long_work.TRIES_MAX
    page = ann.get(kind.page.format(n=first)).content.decode()
    assert "It failed, and stands still" in page and "RuntimeError" in page and "no row for" in page
    assert not any(secret in page for secret in ("Jane", "Doe", "4111", "s3cret", "example.com"))
    assert 'hx-trigger="every 2s"' not in page
    address, given = kind.again
    monkeypatch.setattr(kind.module, kind.inner, real)
    ann.post(address.format(n=first), {k: v.format(n=first) for k, v in given.items()})
    kind.work.go_on_with_all()
    assert ended(first) and kind.work.setback(first) is None


def test_a_part_that_goes_through_counts_the_tries_anew() -> None:
    left, works = [True, True, False], iter([False, False, True, False, False, True])

    def part(_number: int) -> bool:
        if not next(works):
            raise ValueError("no")
        return left.pop(0)

    work = LongWork("upload", part, lambda failed: [7] if 7 not in failed else [])
    for _ in range(4):
        work.go_on_with_all()
    told = work.setback(7)
    assert told and (told["tries"], told["is_failed"]) == (2, False)


def test_a_database_that_is_away_counts_as_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever works waits for the database; the work is not to blame."""

    def part(_number: int) -> bool:
        raise ValueError("x")

    def away(**_given: Any) -> None:
        raise ConnectionError("the database is away")

    work = LongWork("upload", part, lambda _failed: [7])
    monkeypatch.setattr(long_work.sql, "note_setback", away, raising=False)
    with pytest.raises(ConnectionError):
        work.go_on(7)
