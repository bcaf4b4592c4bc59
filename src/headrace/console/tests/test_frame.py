"""What all pages share, without a browser: refused forms come back as they were left, a form is taken once, views open lists, the palette shows what may be seen."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from headrace.console.models import FirstView, FormSent, Preference, SavedView
from headrace.insight.waiting import waiting

Seat = Callable[..., Client]
SOURCE = {"HTTP_REFERER": "http://testserver/exceptions?state=open"}


def test_a_refused_form_comes_back_open_with_its_values(seat: Seat, shop: None) -> None:
    ann = seat("admin", name="ann")
    asked = {"partner": "acme", "connector": "https", "address": "ftp://acme.example", "next": "/system/partners"}
    page = ann.post("/do/connect_partner", asked, follow=True).content.decode()
    assert 'value="acme"' in page and 'value="ftp://acme.example"' in page and '<details class="deed" open>' in page
    assert 'aria-invalid="true"' in page.partition('value="ftp://acme.example"')[2][:120]  # the sentence stands at the field that it names
    assert "acme" not in ann.get("/system/partners").content.decode()  # once, not for ever


def test_a_refusal_is_told_to_the_script_with_its_field(seat: Seat) -> None:
    ann = seat("auditor")
    answer = ann.post("/do/keep_preferences", {"time_zone": "Mars/Base"}, headers={"X-Deed": "1"})
    assert answer.status_code == 422 and answer.json()["field"] == "time_zone" and "Mars/Base" in answer.json()["says"]
    assert ann.post("/do/keep_preferences", {"time_zone": "Asia/Tokyo", "next": "/me"}, headers={"X-Deed": "1"}).json() == {"next": "/me"}


def test_a_form_is_taken_once_and_again_only_where_it_was_refused(seat: Seat) -> None:
    ann, told = seat("auditor", name="ann"), {"listing": "orders", "query": "status=on_hold", "next": "/orders", "once": "t1"}
    ann.post("/do/keep_view", {**told, "name": ""})
    assert not SavedView.objects.exists() and not FormSent.objects.exists()
    ann.post("/do/keep_view", {**told, "name": "held"})
    again = ann.post("/do/keep_view", {**told, "name": "held twice"}, follow=True).content.decode()
    assert SavedView.objects.get().name == "held" and "done once" in again
    seat("auditor", name="bob").post("/do/keep_view", {**told, "name": "bob's"})
    assert SavedView.objects.count() == 2  # a token is its sender's own


def test_a_list_opens_with_the_view_that_was_chosen(seat: Seat, shop: None) -> None:
    ann = seat("admin", name="ann")
    ann.post("/do/keep_view", {"listing": "orders", "name": "held", "query": "status=on_hold"})
    view = SavedView.objects.get()
    ann.post("/do/open_with_view", {"listing": "orders", "view_id": view.id})
    assert ann.get("/orders")["Location"] == "/orders?status=on_hold"
    assert ann.get("/orders?all=1").status_code == 200
    assert seat("admin", name="bob").get("/orders").status_code == 200
    ann.post("/do/rename_view", {"view_id": view.id, "name": "waiting", "shared": "true"})
    view.refresh_from_db()
    assert (view.name, view.is_shared) == ("waiting", True)
    ann.post("/do/drop_view", {"view_id": view.id})
    assert not FirstView.objects.exists() and ann.get("/orders").status_code == 200


def test_settings_say_only_what_changes_and_the_first_room_opens(seat: Seat, shop: None) -> None:
    ann = seat("auditor", name="ann")
    ann.post("/do/keep_preferences", {"time_zone": "Asia/Tokyo", "theme": "dark", "density": "compact", "first_room": "orders"})
    ann.post("/do/keep_preferences", {"theme": "auto"})
    kept = Preference.objects.get()
    assert (kept.time_zone, kept.theme, kept.density, kept.first_room) == ("Asia/Tokyo", "", "compact", "orders")
    assert 'data-density="compact"' in ann.get("/me").content.decode()
    stranger = Client()
    entered = stranger.post("/accounts/login/", {"login": "ann", "password": "a-password-for-tests-only"})
    assert entered["Location"] == "/orders"


def test_a_page_that_asks_by_itself_is_told_that_the_session_ended(db: None) -> None:
    told = {"HX-Request": "true", "HX-Current-URL": "http://testserver/exceptions?state=open"}
    assert Client().get("/exceptions?case=1", headers=told)["HX-Redirect"] == "/accounts/login/?next=%2Fexceptions%3Fstate%3Dopen"
    deed = Client().post("/do/claim", headers={"X-Deed": "1"}, **SOURCE)
    assert deed.status_code == 401 and deed.json()["sign_in"].endswith("next=%2Fexceptions%3Fstate%3Dopen")
    assert Client().get("/orders?q=1")["Location"] == "/accounts/login/?next=%2Forders%3Fq%3D1"
    away = Client().post("/do/claim", headers={"Referer": "https://elsewhere.example/x"})
    assert away["Location"] == "/accounts/login/?next=%2F"


def test_the_palette_opens_only_doors_that_are_open(seat: Seat, shop: None) -> None:
    picker, admin = seat("warehouse"), seat("admin")
    assert "Trial balance" in admin.get("/find?q=trial").content.decode()
    assert "Trial balance" not in picker.get("/find?q=trial").content.decode()
    assert "/stock/KIT" not in admin.get("/find?q=no-such-thing").content.decode()


def test_what_waits_is_counted_beside_its_room(seat: Seat, shop: None) -> None:
    assert waiting() == {"exceptions": 0, "late": 0, "approvals": 0, "dead": 0}
    told = seat("admin").get("/waiting").json()
    assert told["exceptions"] == {"told": "", "overdue": False}
