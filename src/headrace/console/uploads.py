"""Files of catalog rows: kept when they are brought, compared with what is there, and applied as one deed while that is still what they would do.

Nothing of a preview comes back from the browser but its number and its digest: the rows are those that were kept, and they are compared again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from headrace.console.models import Upload, UploadRow
from headrace.engine import sockets
from headrace.engine.action import Deed, Refused, action, action_named
from headrace.engine.rows import Row
from headrace.governance import approvals
from headrace.supply.assortment.books import BOOKS
from headrace.supply.assortment.previewing import Preview, preview

UPLOAD_BYTES_MAX = 48 * 2**20  # of a file in the browser; `headrace catalog import` takes larger ones
UPLOAD_ROWS_MAX = 200_000  # of a file in the browser; a long one is compared and applied in the background
UPLOAD_AT_ONCE_MAX = 5_000  # rows that are compared while somebody waits
WHOLE = ("kits",)  # tables whose rows belong together: never in parts
WHOLE_ROWS_MAX = 50_000  # of these
FILE_NAME_CHARS_MAX = 200
KEPT_FOR = timedelta(days=30)
ROWS_AT_ONCE = 2_000
NO_FAULT = {"column": "", "value": "", "remedy": ""}


class OneFile(FileUploadHandler):
    """Takes no file of a request that is larger than any file may be, so that it fills no disk; the page then says so."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None) -> None:  # noqa: N803 - Django's names
        self.is_too_large = content_length > UPLOAD_BYTES_MAX

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.is_too_large:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


@action(permission="catalog.write", says="Look at the file", own_door=True)
def keep_upload(deed: Deed, *, table: str, file_name: str, rows: list[Row]) -> int:
    """Keep a file's rows and compare them with what is there; gives the number of the kept file. Changes nothing in the catalog."""
    if table not in BOOKS:
        raise Refused(f"table: {table!r} is none of {', '.join(BOOKS)}")
    if len(rows) > UPLOAD_ROWS_MAX:
        raise Refused(f"rows: {len(rows):,}, at most {UPLOAD_ROWS_MAX:,} of them in the browser; send the file in parts, or use `headrace catalog import`")
    if table in WHOLE and len(rows) > WHOLE_ROWS_MAX:
        raise Refused(f"rows: {len(rows):,}, at most {WHOLE_ROWS_MAX:,} of {table}, which are not compared in parts; send the file in parts")
    owner = person_of(deed)
    Upload.objects.filter(owner=owner, kept_at__lt=deed.at - KEPT_FOR).delete()
    is_long = len(rows) > UPLOAD_AT_ONCE_MAX and table not in WHOLE
    about = {"owner": owner, "table": table, "file_name": file_name[-FILE_NAME_CHARS_MAX:], "kept_at": deed.at}
    if is_long:
        kept = Upload.objects.create(**about, digest="", phase="comparing", rows=len(rows), created=0, updated=0, unchanged=0, refused=0)
        waiting = (UploadRow(upload=kept, row_no=n, given=given, key="", what="waiting", changes=[], **NO_FAULT) for n, given in enumerate(rows, 1))
        UploadRow.objects.bulk_create(waiting, batch_size=ROWS_AT_ONCE)
    else:
        told = preview(table, rows, deed.at.date())
        kept = Upload.objects.create(**about, digest=told.digest, **told.counts)
        keep_rows(kept, rows, told)
    deed.subject = f"upload:{kept.id}"
    return int(kept.id)


@action(permission="catalog.write", says="Compare again")
def compare_upload(deed: Deed, *, upload_id: int) -> dict[str, int]:
    """Compare a kept file once more with what is there now. Gives the number of rows by outcome."""
    kept = kept_of(deed, upload_id)
    if kept.phase:
        raise Refused(f"upload_id: {kept.file_name} is a long file, which is compared in the background; compare it there")
    rows = _given(kept)
    told = preview(kept.table, rows, deed.at.date())
    UploadRow.objects.filter(upload=kept).delete()
    keep_rows(kept, rows, told)
    Upload.objects.filter(id=kept.id).update(digest=told.digest, kept_at=deed.at, **told.counts)
    return told.counts


@action(permission="catalog.write", says="Apply the file")
def apply_upload(deed: Deed, *, upload_id: int, digest: str) -> dict[str, int]:
    """Apply a kept file as it was looked at: what is new and changed is written, what was refused stays out. Gives the number of rows by outcome.

    Refused where the catalog has changed meanwhile, so that the file would do something else than was seen.
    """
    kept = kept_of(deed, upload_id)
    if kept.phase:
        raise Refused(f"upload_id: {kept.file_name} is a long file, which is applied in the background; start it there")
    loading = action_named(BOOKS[kept.table].action)
    if loading.name in sockets.policy_in_force("approvals", deed.at)[1]["deeds"]:
        approvals.second_person(deed)  # asked for in the name of the whole: the part alone would be undone with it
    rows = _given(kept)
    if digest != kept.digest or preview(kept.table, rows, deed.at.date()).digest != kept.digest:
        raise Refused(f"digest: the catalog, or the preview of {kept.file_name}, is not what you saw any more; compare the file again, look, and apply it then")
    if not kept.created + kept.updated:
        raise Refused(f"upload_id: {kept.file_name} changes nothing")
    loading(actor=deed.actor, rows=rows)
    Upload.objects.filter(id=kept.id).update(applied_at=deed.at)
    counts = {"created": kept.created, "updated": kept.updated, "unchanged": kept.unchanged, "refused": kept.refused}
    deed.before_after = {what: [0, n] for what, n in counts.items() if n and what != "unchanged"}
    return counts


def of(username: str, limit: int = 20) -> list[Upload]:
    """Files that this person brought, the newest first."""
    return list(Upload.objects.filter(owner=username).order_by("-id")[:limit])


def rows_of(upload: Upload, what: str | None, after: str | None, limit: int) -> list[dict[str, Any]]:
    """Rows of a kept file in its order, perhaps of one outcome only."""
    found = UploadRow.objects.filter(upload=upload, **({"what": what} if what else {}))
    if after and after.isascii() and after.isdigit() and len(after) < 10:
        found = found.filter(row_no__gt=int(after))
    fields = ("row_no", "key", "what", "changes", "column", "value", "remedy")
    return [{**row, "cursor": row["row_no"]} for row in found.order_by("row_no").values(*fields)[:limit]]


def kept_of(deed: Deed, upload_id: int) -> Upload:
    """The kept file, locked; only whoever brought it goes on with it, and only until it is applied."""
    deed.subject = f"upload:{upload_id}"
    kept = Upload.objects.select_for_update().filter(id=upload_id, owner=person_of(deed)).first()
    if kept is None:
        raise Refused(f"upload_id: there is no file {upload_id} of yours; bring it in again")
    if kept.applied_at is not None:
        raise Refused(f"upload_id: {kept.file_name} has been applied already; bring it in again to see what is still different")
    return kept


def _given(kept: Upload) -> list[Row]:
    return list(UploadRow.objects.filter(upload=kept).order_by("row_no").values_list("given", flat=True))


def keep_rows(kept: Upload, rows: Sequence[Row], told: Preview, after: int = 0) -> None:
    """Rows with what would become of them; `after` is the row before the first."""
    made = (
        UploadRow(
            upload=kept,
            row_no=after + row.row,
            given=given,
            key=row.key,
            what=row.what,
            changes=row.changes,
            column=row.column,
            value=row.value,
            remedy=row.remedy,
        )
        for given, row in zip(rows, told.rows, strict=True)
    )
    UploadRow.objects.bulk_create(made, batch_size=ROWS_AT_ONCE)


def person_of(deed: Deed) -> str:
    return deed.actor.partition(":")[2]
