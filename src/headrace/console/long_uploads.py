"""Long files of catalog rows: compared and applied in the background, part by part, with a result for every row.

Each part is one transaction with its rows' results: a worker that is killed in between loses nothing and repeats nothing, and any other goes on.
A part is applied as it was seen: a row that would do something else by now is refused, and the rest is written.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction
from django.utils import timezone

from headrace.console.models import Upload, UploadRow
from headrace.console.uploads import keep_rows, kept_of
from headrace.engine import sockets
from headrace.engine.action import Deed, NotAllowed, Refused, WaitsForApproval, action, action_named
from headrace.engine.long_work import LongWork
from headrace.supply.assortment.books import BOOKS
from headrace.supply.assortment.previewing import OUTCOMES, preview

UPLOAD_PART_ROWS = 2_000  # of one transaction
UPLOADS_GOING_ON_MAX = 20  # that one look of the clock takes up
RUNNING = ("comparing", "applying")
OTHERWISE = "the catalog has changed since you looked, and the row would do something else by now; compare the file again"


@action(permission="catalog.write", says="Compare again in the background")
def compare_long_upload(deed: Deed, *, upload_id: int) -> int:
    """Compare a long file once more with what is there now, from its first row. Gives its number of rows."""
    kept = _long(deed, upload_id)
    if kept.phase in RUNNING and not kept.stopped and not WORK.setback(kept.id, is_failed=True):
        raise Refused(f"upload_id: {kept.file_name} is under way; wait for its end, or stop it first")
    _let_go_on(kept, phase="comparing", reached=0, kept_at=deed.at)
    return kept.rows


@action(permission="catalog.write", says="Apply the file in the background")
def apply_long_upload(deed: Deed, *, upload_id: int) -> int:
    """Apply a long file part by part as it was looked at: what is new and changed is written, what makes no sense stays out. Gives the rows to be written."""
    kept = _long(deed, upload_id)
    loading = action_named(BOOKS[kept.table].action)
    if not sockets.may(deed.actor, loading.permission):
        raise NotAllowed(f"{deed.actor} may not {loading.name}: the permission {loading.permission} is missing")
    if loading.name in sockets.policy_in_force("approvals", deed.at)[1]["deeds"]:
        raise Refused(f"upload_id: {loading.name} waits for a second person by policy, and a file in parts cannot; send it in shorter files")
    if kept.phase != "looked":
        raise Refused(f"upload_id: {kept.file_name} is {kept.phase}; it is applied once it has been compared whole")
    if not kept.created + kept.updated:
        raise Refused(f"upload_id: {kept.file_name} changes nothing")
    _set(kept, phase="applying", reached=0, stopped=False, fault=None)
    deed.before_after = {what: [0, getattr(kept, what)] for what in ("created", "updated", "refused") if getattr(kept, what)}
    return int(kept.created + kept.updated)


@action(permission="catalog.write", says="Stop it")
def stop_upload(deed: Deed, *, upload_id: int) -> None:
    """Stop a long file after the part in hand; what is written stays written."""
    kept = _long(deed, upload_id)
    if kept.phase not in RUNNING or kept.stopped:
        raise Refused(f"upload_id: {kept.file_name} does not go on any more")
    _set(kept, stopped=True)


@action(permission="catalog.write", says="Go on")
def restart_upload(deed: Deed, *, upload_id: int) -> int:
    """Go on with a long file that was stopped, from the row that it had reached. Gives the rows that are left."""
    kept = _long(deed, upload_id)
    if kept.phase not in RUNNING or not (kept.stopped or WORK.setback(kept.id, is_failed=True)):
        raise Refused(f"upload_id: {kept.file_name} was not stopped")
    _let_go_on(kept)
    return int(kept.rows - kept.reached)


def _long(deed: Deed, upload_id: int) -> Upload:
    kept = kept_of(deed, upload_id)
    if not kept.phase:
        raise Refused(f"upload_id: {kept.file_name} is a short file; it is compared and applied at once")
    return kept


def _set(kept: Upload, **values: Any) -> None:
    Upload.objects.filter(id=kept.id).update(**values)


def _let_go_on(kept: Upload, **values: Any) -> None:
    _set(kept, stopped=False, fault=None, **values)
    WORK.settle(kept.id)


def _next_part(upload_id: int) -> bool:
    """One part; False when there is nothing left, or nothing for us."""
    try:
        with transaction.atomic():
            kept = Upload.objects.select_for_update(skip_locked=True).filter(id=upload_id, phase__in=RUNNING, stopped=False).first()
            if kept is None:
                return False
            part = list(UploadRow.objects.filter(upload=kept, row_no__gt=kept.reached).order_by("row_no")[:UPLOAD_PART_ROWS])
            if part:
                (_compare if kept.phase == "comparing" else _apply)(kept, part)
                _set(kept, reached=part[-1].row_no)
            else:
                _end(kept)
        return bool(part)
    except (Refused, NotAllowed, WaitsForApproval) as error:  # the part is undone whole; a person reads why, and lets it go on
        Upload.objects.filter(id=upload_id).update(stopped=True, fault=str(error))
        return False


def _going_on(failed: list[int]) -> list[int]:
    found = Upload.objects.filter(phase__in=RUNNING, stopped=False).exclude(id__in=failed)
    return list(found.order_by("id").values_list("id", flat=True)[:UPLOADS_GOING_ON_MAX])


WORK = LongWork("upload", _next_part, _going_on)
go_on, go_on_with_all = WORK.go_on, WORK.go_on_with_all


def _compare(kept: Upload, part: list[UploadRow]) -> None:
    rows = [row.given for row in part]
    told = preview(kept.table, rows, timezone.now().date())
    UploadRow.objects.filter(upload=kept, row_no__gte=part[0].row_no, row_no__lte=part[-1].row_no).delete()
    keep_rows(kept, rows, told, after=part[0].row_no - 1)
    for what in OUTCOMES if part[0].row_no == 1 else ():
        setattr(kept, what, 0)
    _set(kept, **{what: getattr(kept, what) + n for what, n in told.counts.items()})


def _apply(kept: Upload, part: list[UploadRow]) -> None:
    """Write the rows of a part that still do what was seen; the others are refused, each with its remedy."""
    meant = [row for row in part if row.what in ("created", "updated")]
    if not meant:
        return
    told = preview(kept.table, [row.given for row in meant], timezone.now().date()).rows
    same = [row for row, now in zip(meant, told, strict=True) if (row.what, [tuple(c) for c in row.changes]) == (now.what, now.changes)]
    results = action_named(BOOKS[kept.table].action)(actor=f"user:{kept.owner}", rows=[row.given for row in same]) if same else []
    kept_as_seen = {row.row_no for row in same}
    faults = {row.row_no: OTHERWISE for row in meant if row.row_no not in kept_as_seen}
    faults |= {row.row_no: result.why for row, result in zip(same, results, strict=True) if result.what == "refused"}
    refused = [row for row in meant if row.row_no in faults]
    for row in refused:
        row.remedy = faults[row.row_no]
    lost = Counter(row.what for row in refused)
    UploadRow.objects.filter(id__in=[row.id for row in refused]).update(what="refused")
    UploadRow.objects.bulk_update(refused, ["remedy"])
    _set(kept, **{what: getattr(kept, what) - n for what, n in lost.items()}, refused=kept.refused + len(refused))


def _end(kept: Upload) -> None:
    if kept.phase == "comparing":
        _set(kept, phase="looked", reached=0, kept_at=timezone.now())
    else:
        _set(kept, phase="applied", applied_at=timezone.now())
