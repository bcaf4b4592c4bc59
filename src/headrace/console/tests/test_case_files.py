"""Files of a case at the desk: brought by a form, opened by who may, harmless in the browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from headrace.console.tests.test_desk import opened
from headrace.exception_queue import attaching

pytestmark = pytest.mark.django_db
Seat = Callable[..., Client]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def brought(client: Client, case: int, name: str, content: bytes) -> str:
    """Attach it; gives the page that comes next."""
    answer = client.post(f"/exceptions/case/{case}/files", {"file": SimpleUploadedFile(name, content), "next": f"/exceptions?case={case}"}, follow=True)
    return answer.content.decode()


def test_a_photo_is_attached_and_shown_as_a_picture(seat: Seat) -> None:
    (case,) = opened(1)
    client = seat("ops_manager")
    page = brought(client, case, "parcel.png", PNG)
    assert "The file is attached." in page and "parcel.png" in page
    (told,) = attaching.files_of(case, "user:ops_manager", personal=True)
    answer = client.get(f"/exceptions/case/{case}/files/{told['id']}")
    assert (answer.content, answer["Content-Type"]) == (PNG, "image/png")
    assert answer["Content-Disposition"].startswith("inline") and answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff" and "no-store" in answer["Cache-Control"]


def test_what_looks_like_a_page_is_saved_as_text(seat: Seat) -> None:
    (case,) = opened(1)
    client = seat("ops_manager")
    brought(client, case, "letter.html", b"<script>alert(1)</script>")
    (told,) = attaching.files_of(case, "user:ops_manager", personal=True)
    answer = client.get(f"/exceptions/case/{case}/files/{told['id']}")
    assert answer["Content-Type"] == "text/plain; charset=utf-8" and answer["Content-Disposition"].startswith("attachment")


def test_a_program_and_a_file_too_large_are_refused_in_words(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = opened(1)
    client = seat("ops_manager")
    assert "The file was not attached. content: neither a picture" in brought(client, case, "a.exe", b"MZ\x90\x00")
    monkeypatch.setattr(attaching, "ATTACHMENT_BYTES_MAX", 4)
    assert "The file was not attached. file: choose one" in brought(client, case, "a.txt", b"12345")
    assert attaching.files_of(case, "user:ops_manager", personal=True) == []


def test_without_personal_data_one_sees_that_a_file_is_there_not_what_it_is(seat: Seat) -> None:
    (case,) = opened(1)
    brought(seat("ops_manager"), case, "jane-doe.png", PNG)
    (told,) = attaching.files_of(case, "user:ops_manager", personal=True)
    blind = seat("warehouse")
    page = blind.get(f"/exceptions?case={case}").content.decode()
    assert "A file for people who may see personal data" in page and "jane-doe" not in page
    assert blind.get(f"/exceptions/case/{case}/files/{told['id']}").status_code == 404
    assert "own.png" in brought(blind, case, "own.png", PNG + b"more")  # what one brings oneself one may open


def test_one_removes_ones_own(seat: Seat) -> None:
    (case,) = opened(1)
    client = seat("ops_manager")
    brought(client, case, "parcel.png", PNG)
    (told,) = attaching.files_of(case, "user:ops_manager", personal=True)
    given = {"case_id": case, "attachment_id": told["id"]}
    assert not seat("customer_service").post("/exceptions/do/detach", given).json()["done"]
    assert client.post("/exceptions/do/detach", given).json()["done"]
    assert client.get(f"/exceptions/case/{case}/files/{told['id']}").status_code == 404
