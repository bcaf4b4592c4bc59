"""Files of a case: what may be attached, who may open it, and that removing takes the content away."""

from __future__ import annotations

import pytest

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.exception_queue import attaching, desk
from headrace.exception_queue.attaching import attach, detach
from headrace.exception_queue.tests.desks import ANN, BOB, Desk

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def case_id(room: Desk) -> int:
    message = room.parked((room.colour, "beige"))
    return int(run("select id from exception_queue_case where document_id = %(m)s", {"m": message}).scalar)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0 and so on", "image/jpeg"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7 ...", "application/pdf"),
        ("Grüße, the bank".encode(), "text/plain"),
        (b"<script>alert(1)</script>", "text/plain"),
        (b"MZ\x90\x00\x03\x00", None),
        (b"PK\x03\x04\x14\x00", None),
        ("Grüße".encode("latin-1"), None),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, media_type: str | None) -> None:
    assert attaching.media_type_of(content) == media_type


def test_attached_opened_and_removed_again(case_id: int) -> None:
    number = attach(actor=ANN, case_id=case_id, file_name="C:\\photos\\parcel 7.png", content=PNG)
    (told,) = attaching.files_of(case_id, ANN, personal=False)
    assert (told["file_name"], told["bytes"], told["is_own"]) == ("parcel 7.png", len(PNG), True)
    assert bytes(attaching.file_to_open(case_id, number, ANN, personal=False).content) == PNG
    detach(actor=ANN, case_id=case_id, attachment_id=number)
    assert attaching.files_of(case_id, ANN, personal=True) == []
    assert attaching.file_to_open(case_id, number, ANN, personal=True) is None
    kept = run("select content, removed_by from exception_queue_attachment where id = %(id)s", {"id": number}).one
    assert (kept.content, kept.removed_by) == (None, ANN)
    events = [(e["event"], e["detail"]) for e in (desk.case(case_id) or {})["events"]]
    assert events[-2:] == [("attached", {"file": "parcel 7.png"}), ("detached", {"file": "parcel 7.png"})]


def test_others_open_it_only_where_they_may_see_personal_data(case_id: int) -> None:
    number = attach(actor=ANN, case_id=case_id, file_name="jane doe.png", content=PNG)
    assert attaching.files_of(case_id, BOB, personal=False)[0]["file_name"] == ""
    assert attaching.file_to_open(case_id, number, BOB, personal=False) is None
    assert attaching.file_to_open(case_id, number, BOB, personal=True).file_name == "jane doe.png"
    assert attaching.file_to_open(case_id + 1, number, BOB, personal=True) is None  # not through another case
    with pytest.raises(Refused, match="ann attached it"):
        detach(actor=BOB, case_id=case_id, attachment_id=number)


def test_what_is_refused_says_why(case_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content, why in (
        ("a.png", b"", "content: 0 bytes"),
        ("a.png", b"x" * (attaching.ATTACHMENT_BYTES_MAX + 1), "has 1 to 5,242,880 bytes"),
        ("a.exe", b"MZ\x90\x00", "neither a picture"),
        ("..", PNG, "give the file a name"),
    ):
        with pytest.raises(Refused, match=why):
            attach(actor=ANN, case_id=case_id, file_name=name, content=content)
    attach(actor=ANN, case_id=case_id, file_name="a.png", content=PNG)
    with pytest.raises(Refused, match="attached already"):
        attach(actor=ANN, case_id=case_id, file_name="b.png", content=PNG)
    monkeypatch.setattr(attaching, "ATTACHMENTS_MAX", 1)
    with pytest.raises(Refused, match="1 files are attached"):
        attach(actor=ANN, case_id=case_id, file_name="b.txt", content=b"more")
    with pytest.raises(Refused, match="there is no case 999999"):
        attach(actor=ANN, case_id=999_999, file_name="b.txt", content=b"more")


def test_the_audit_keeps_the_digest_and_nothing_of_the_file(case_id: int) -> None:
    attach(actor=ANN, case_id=case_id, file_name="jane doe.txt", content=b"Jane Doe, Elm Street 7")
    detail = run("select detail::text from governance_audit where deed = 'attach'").scalar
    assert "sha256" in detail and "Jane" not in detail and "jane" not in detail and "Elm" not in detail
