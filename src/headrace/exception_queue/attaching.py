"""Files that people attach to a case: the photo of a damaged parcel, the letter of a bank. Kept in the database, so that every machine has them.

A file may show whom an order is for: its name and content are for people who may see personal data, and for whoever attached it.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries

sql = load_queries(__package__)
ATTACHMENT_BYTES_MAX = 5 * 2**20  # of one file
ATTACHMENTS_MAX = 20  # of one case
ATTACHMENT_NAME_CHARS_MAX = 120
_BEGINNINGS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"%PDF-", "application/pdf"))
_ODD_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069/\\:*?\"<>|\ud800-\udfff]")
_ODD_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
TEXT = "text/plain"


def media_type_of(content: bytes) -> str | None:
    """What the bytes are, whatever the name says: PNG, JPEG, WebP, PDF or plain text in UTF-8; None is anything else."""
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    try:
        return None if _ODD_IN_TEXT.search(content.decode()) else TEXT
    except UnicodeDecodeError:
        return None


@action(permission="exceptions.work", says="Attach the file", own_door=True)
def attach(deed: Deed, *, case_id: int, file_name: str, content: bytes) -> int:
    """Attach a file to a case, open or resolved. Gives the number of the attachment; the audit keeps its name's length and its digest, not what is in it."""
    digest = hashlib.sha256(content).hexdigest()
    deed.parameters_given = {"case_id": case_id, "bytes": len(content), "sha256": digest}
    deed.subject = f"case:{case_id}"
    name = _ODD_IN_NAMES.sub("_", file_name.rpartition("\\")[2].rpartition("/")[2]).strip(" .")[-ATTACHMENT_NAME_CHARS_MAX:]
    if not name:
        raise Refused(f"file_name: {file_name[:40]!r}; give the file a name")
    if not 0 < len(content) <= ATTACHMENT_BYTES_MAX:
        raise Refused(f"content: {len(content):,} bytes; a file has 1 to {ATTACHMENT_BYTES_MAX:,} bytes")
    media_type = media_type_of(content)
    if media_type is None:
        raise Refused("content: neither a picture (PNG, JPEG, WebP) nor a PDF nor plain text; save it as one of these and attach that")
    if not sql.lock_case(case_id=case_id):
        raise Refused(f"case_id: there is no case {case_id}")
    there = sql.attachments_of_case(case_id=case_id)
    if len(there) >= ATTACHMENTS_MAX:
        raise Refused(f"case_id: {ATTACHMENTS_MAX} files are attached to case {case_id} already; remove one first")
    if digest in there.column("sha256"):
        raise Refused("content: the same file is attached already")
    return int(sql.attach(deed, case_id=case_id, file_name=name, media_type=media_type, bytes=len(content), sha256=digest, content=content).scalar)


@action(permission="exceptions.work", says="Remove the file")
def detach(deed: Deed, *, case_id: int, attachment_id: int) -> None:
    """Remove a file of one's own from a case, for good. That it was there stays on the case's timeline."""
    deed.subject = f"case:{case_id}"
    found = sql.attachment(case_id=case_id, attachment_id=attachment_id)
    if not found:
        raise Refused(f"attachment_id: there is no file {attachment_id} on case {case_id}")
    if found.one.actor != deed.actor:
        raise Refused(f"attachment_id: {found.one.actor.partition(':')[2]} attached it and can remove it")
    sql.detach(deed, case_id=case_id, attachment_id=attachment_id)


def files_of(case_id: int, actor: str, *, personal: bool) -> list[dict[str, Any]]:
    """The files of a case, the oldest first: id, file_name, media_type, bytes, actor, at, is_own; the name empty where this person may not open it."""
    return [_shown(row._asdict(), actor, personal) for row in sql.attachments_of_case(case_id=case_id)]


def _shown(row: dict[str, Any], actor: str, personal: bool) -> dict[str, Any]:
    is_own = row["actor"] == actor
    return {**row, "is_own": is_own, "file_name": row["file_name"] if personal or is_own else ""}


def file_to_open(case_id: int, attachment_id: int, actor: str, *, personal: bool) -> Any:
    """One file with its content (file_name, media_type, content), where this person may open it; else None."""
    found = sql.attachment(case_id=case_id, attachment_id=attachment_id)
    if not found or not (personal or found.one.actor == actor):
        return None
    return sql.content_of_attachment(attachment_id=attachment_id).one
