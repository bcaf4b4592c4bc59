"""Keys, policies, partners and dead letters on the command line: the same deeds as everywhere, secrets never on the screen or in an argument."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from headrace.engine.queries import run

OK, NO, WRONG = 0, 1, 2


@pytest.fixture(autouse=True)
def committed(fresh_database: str) -> Iterator[None]:
    yield


def headrace(*words: str, given: str | None = None) -> Result:
    from headrace.cli import app

    return CliRunner().invoke(app, list(words), prog_name="headrace", input=given, env={"COLUMNS": "300"})


def answer(*words: str, code: int = OK, given: str | None = None) -> Any:
    done = headrace(*words, "--json", given=given)
    assert done.exit_code == code, done.output
    (line,) = done.stdout.splitlines()
    return json.loads(line)


def refusal(*words: str, code: int = NO, given: str | None = None) -> str:
    done = headrace(*words, given=given)
    assert (done.exit_code, done.stdout, "Traceback" in done.stderr) == (code, "", False), done.output
    return done.stderr


def test_a_key_is_made_listed_rotated_and_revoked() -> None:
    from headrace.governance.access import holder_of

    made = answer("keys", "create", "till", "--scope", "orders.read", "--scope", "exceptions.*")["key"]
    holder = holder_of(made)
    assert holder and (holder.name, holder.scopes) == ("till", ("orders.read", "exceptions.*"))
    listed = headrace("keys", "list")
    assert "till" in listed.stdout and made not in listed.stdout
    rotated = answer("keys", "rotate", "till")["key"]
    assert (holder_of(made), holder_of(rotated) is not None) == (None, True)
    assert answer("keys", "revoke", "till") == {"name": "till", "revoked": True}
    assert holder_of(rotated) is None
    assert [(k["name"], k["is_valid"]) for k in answer("keys", "list")["keys"]] == [("till", False)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("create", "x", "--scope", "orders.fly"), "orders.fly"),
        (("create", "x", "--scope", "orders.read", "--channel", "none"), "no channel 'none'"),
        (("create", "x", "--scope", "orders.read", "--expires", "2020-01-01"), "expires_at"),
        (("rotate", "none"), "no key named 'none'"),
        (("revoke", "none"), "no active key named 'none'"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(words: tuple[str, ...], says: str) -> None:
    assert says in refusal("keys", *words)


def test_a_secret_comes_by_standard_input_and_is_shown_nowhere() -> None:
    from headrace.governance.secrets import partner_secrets

    done = headrace("secret", "set", "shop-us", given="a-new-secret\nthe-old-secret\n")
    assert (done.exit_code, "secret" in done.stdout, "a-new-secret" in done.output) == (OK, True, False)
    assert partner_secrets("shop-us") == ["a-new-secret", "the-old-secret"]
    assert "standard input" in refusal("secret", "set", "shop-us", code=WRONG, given="")
    assert "at least 8" in refusal("secret", "set", "shop-us", given="short\n")
    assert "a-new-secret" not in str(run("select detail from governance_audit").column("detail"))


def test_a_policy_is_drafted_published_and_rolled_back(tmp_path: Path) -> None:
    body = answer("policy", "show", "capture")["body"]
    file = tmp_path / "capture.toml"
    file.write_text('edit_cut_off = "validated"')
    drafted = answer("policy", "draft", "capture", str(file), "--note", "busy week")
    assert (drafted["version"], answer("policy", "show", "capture")["body"]) == (2, body)
    answer("policy", "publish", "capture", "2")
    assert answer("policy", "show", "capture")["body"] == {"edit_cut_off": "validated"}
    assert {"name": "capture", "version": 2}.items() <= next(p for p in answer("policy", "list")["policies"] if p["name"] == "capture").items()
    assert answer("policy", "rollback", "capture", "1")["version"] == 3
    shown = answer("policy", "show", "capture")
    assert (shown["body"], [v["state"] for v in shown["versions"]]) == (body, ["active", "retired", "retired"])
    assert "busy week" in headrace("policy", "show", "capture").stdout


def test_a_wrong_policy_is_refused_with_what_is_wrong() -> None:
    assert "must be captured, validated or allocated" in refusal("policy", "draft", "capture", "-", "--note", "x", given='{"edit_cut_off": "never"}')
    assert "no policy named" in refusal("policy", "show", "weather", code=WRONG)
    refusal("policy", "draft", "capture", "-", "--note", "x", code=WRONG, given="not json")
    assert "is no draft" in refusal("policy", "publish", "capture", "1")


def test_a_partner_is_connected_paused_and_resumed() -> None:
    assert "https://" in refusal("partner", "connect", "wms-x", "--connector", "headrace_wms", "--address", "http://wms.example")
    answer("partner", "connect", "wms-x", "--connector", "headrace_wms", "--address", "https://wms.example/in")
    answer("partner", "pause", "wms-x")
    (partner,) = answer("partner", "list")["partners"]
    assert (partner["code"], partner["address"], partner["paused"]) == ("wms-x", "https://wms.example/in", True)
    assert answer("partner", "resume", "wms-x") == {"partner": "wms-x", "paused": False}
    assert "nobody" in refusal("partner", "pause", "nobody")


def test_dead_letters_are_seen_sent_again_and_dropped() -> None:
    assert answer("outbox", "dead") == {"dead": []}
    run("insert into engine_partner (code) values ('bank')")
    run("""insert into engine_outbox (partner, kind, record_key, idempotency_key, body, state, last_error)
        select 'bank', 'payment.capture', 'invoice:' || n, 'k' || n, '{}', 'dead', 'card stolen' from generate_series(1, 2) n""")
    first, second = (x["id"] for x in answer("outbox", "dead", code=NO)["dead"])
    assert "card stolen" in headrace("outbox", "dead").stdout
    assert answer("outbox", "replay", str(first)) == {"replayed": 1}
    assert "nothing was dropped" in refusal("outbox", "drop", str(first), str(second), "--note", "customer paid by bank")
    assert answer("outbox", "drop", str(second), "--note", "customer paid by bank") == {"dropped": 1}
    left = run("select state, last_error from engine_outbox order by id")
    assert (left[0].state, left[1].state, left[1].last_error.endswith("customer paid by bank")) == ("todo", "dropped", True)
    assert answer("outbox", "replay", "--partner", "bank", code=NO) == {"replayed": 0}
