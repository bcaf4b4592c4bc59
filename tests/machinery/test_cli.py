"""What people see on the command line: answers that fit, one clean line of JSON, errors that say what to do, exit codes that scripts can use."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

pytestmark = pytest.mark.usefixtures("worked_shop")
OK, NO, WRONG, UNREACHABLE, OURS = 0, 1, 2, 3, 4


def headrace(*words: str, columns: int = 80) -> Result:
    from headrace.cli import app, faults, output

    for screen in (output.out, output.err, faults.err):
        screen.width = columns
    return CliRunner().invoke(app, list(words), prog_name="headrace", env={"COLUMNS": str(columns)})


def answer(*words: str, code: int = OK) -> Any:
    """The JSON of a command: exactly one line on standard output."""
    done = headrace(*words, "--json")
    assert done.exit_code == code, done.output
    (line,) = done.stdout.splitlines()
    return json.loads(line)


def error(*words: str, code: int) -> str:
    """What a command says on standard error when it cannot; nothing on standard output, no traceback."""
    done = headrace(*words, columns=400)
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a machine on which nobody has run Headrace yet."""
    monkeypatch.setenv("HEADRACE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HEADRACE_DATABASE_URL")
    return tmp_path / "home"


def test_help_tells_the_exit_codes() -> None:
    done = headrace("--help", columns=300)
    assert done.exit_code == OK
    for told in ("0 done", "1 the answer is no", "2 the command is wrong", "3 the database", "4 a fault of Headrace"):
        assert told in done.stdout


@pytest.mark.parametrize(
    "words", [["nonsense"], ["order", "show"], ["order", "show", "SO-1", "--bad"], ["exceptions", "resolve", "one"], ["serve", "--port", "99999"]]
)
def test_a_command_that_does_not_exist_is_wrong(words: list[str]) -> None:
    done = headrace(*words)
    assert done.exit_code == WRONG
    assert done.stdout == ""


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_an_order_shows_its_money_whole(columns: int) -> None:
    total = answer("order", "show", "SO-1")["total_minor"]
    done = headrace("order", "show", "SO-1", columns=columns)
    assert done.exit_code == OK
    assert f"{total / 100:,.2f}" in done.stdout
    assert "…" not in done.stdout
    assert "(minor units)" not in done.stdout


def test_an_order_is_found_by_its_channels_number() -> None:
    number = answer("order", "show", "SO-1")["external_number"]
    assert answer("order", "show", number)["number"] == "SO-1"


@pytest.mark.parametrize("command", [["order", "show"], ["explain", "order"], ["explain", "allocation"]])
def test_an_unknown_order_says_what_to_give(command: list[str]) -> None:
    assert "Give SO-17, the id, or the channel's reference" in error(*command, "SO-99999", code=NO)


def test_a_done_order_says_that_nothing_is_left_to_do() -> None:
    assert "nothing is left to do" in headrace("explain", "order", "SO-1").stdout.replace("\n", " ")
    assert answer("explain", "order", "SO-1")["status"] == "complete"


def test_a_parked_order_says_why_and_who() -> None:
    case = answer("exceptions", "list")["cases"][0]
    said = headrace("explain", "order", case["order_number"], columns=200).stdout
    assert case["sentence"] in said and "team merchandising" in said and f"headrace exceptions show {case['id']}" in said


def test_an_allocation_names_the_chosen_node_and_why_not_the_others() -> None:
    (decision,) = answer("explain", "allocation", "SO-1")["decisions"]
    chosen = {c["node"] for c in decision["chosen"]}
    said = headrace("explain", "allocation", "SO-1").stdout
    assert any(re.search(rf"^{node}\s+chosen", said, re.MULTILINE) for node in chosen)
    assert re.search(r"^LONDON\s+belongs to another legal entity", said, re.MULTILINE)


def test_an_order_that_was_never_allocated_says_so() -> None:
    waiting = answer("exceptions", "list")["cases"][0]["order_number"]
    assert "No node has been chosen" in headrace("explain", "allocation", waiting).stdout


def test_availability_adds_up_over_nodes() -> None:
    found = answer("explain", "availability", "MB-00001")
    said = headrace("explain", "availability", "MB-00001").stdout
    for name in ("on_hand_each", "sellable_each"):
        assert f"{sum(n[name] for n in found['nodes']):,}" in next(line for line in said.splitlines() if line.startswith("all "))


def test_availability_of_the_past_and_of_an_unknown_sku() -> None:
    assert "No node held it then" in headrace("explain", "availability", "MB-00001", "--as-of", "2020-01-01").stdout
    assert "there is no item 'NOPE'" in error("explain", "availability", "NOPE", code=NO)
    assert headrace("explain", "availability", "MB-00001", "--as-of", "yesterday").exit_code == WRONG


def test_the_desk_lists_by_reason_with_value_at_risk_and_keeps_brackets() -> None:
    said = headrace("exceptions", "list", columns=140).stdout
    assert "Unknown SKU" in said  # the reason
    assert "Nobody knows what [b]NOBODY KNOWS is" in said  # the case: brackets of a customer are no markup
    assert re.search(r"\d+\.\d\d USD", said)


def test_the_desk_can_be_narrowed_and_knows_its_words() -> None:
    assert answer("exceptions", "list", "--team", "fraud") == {"counts": [], "cases": []}
    assert "Nothing of team fraud waits for a person." in headrace("exceptions", "list", "--team", "fraud").stdout
    assert len(answer("exceptions", "list", "--reason", "validate-22")["cases"]) == 1
    assert "is none of operations, inventory" in error("exceptions", "list", "--team", "nosuch", code=WRONG)
    assert "is not declared" in error("exceptions", "list", "--reason", "NOPE-01", code=WRONG)


def test_a_case_shows_evidence_procedure_and_what_to_type() -> None:
    (case,) = answer("exceptions", "list")["cases"]
    said = headrace("exceptions", "show", str(case["id"]), columns=140).stdout
    for told in ("[b]NOBODY KNOWS", "Procedure", "1. ", "map sku", f"headrace exceptions resolve {case['id']}", "opened"):
        assert told in said
    assert answer("exceptions", "show", str(case["id"]))["sop"]
    assert "there is no case 999" in error("exceptions", "show", "999", code=NO)


def test_resolving_answers_for_each_case() -> None:
    (case,) = answer("exceptions", "list")["cases"]
    both = answer("exceptions", "resolve", str(case["id"]), "999", "--how", "retry", code=NO)["results"]
    assert {r["case_id"]: r["done"] for r in both} == {case["id"]: True, 999: False}
    assert "no such case" in headrace("exceptions", "resolve", "999").stdout
    assert answer("work", "--until-idle", "--stages", "validate")["stages"]["validate"]["parked"] == 1  # still wrong, the same case again
    assert [c["sentence"] for c in answer("exceptions", "list")["cases"]] == [case["sentence"]]


def test_accepting_needs_words_and_a_known_way() -> None:
    assert "needs a reason in words" in error("exceptions", "resolve", "1", "--how", "accept", code=WRONG)
    assert headrace("exceptions", "resolve", "1", "--how", "dance").exit_code == WRONG


def test_every_invariant_is_counted() -> None:
    verdict = answer("verify")
    assert verdict.pop("ok") is True and verdict.pop("seconds") >= 0
    assert set(verdict.values()) == {0}
    assert "invariants hold" in headrace("verify").stdout


def test_a_broken_invariant_is_named_and_ends_with_no() -> None:
    from headrace.engine.queries import run

    change = """update stock_position set on_hand_each = on_hand_each + %(more)s
        where (item_id, node_id) = (select i.id, n.id from catalog_item i, catalog_node n where i.sku = 'MB-00002' and n.code = 'EAST')"""
    assert run(change, {"more": -1}).count == 1
    try:
        verdict = answer("verify", code=NO)
        assert verdict["ok"] is False and verdict["moves_make_the_position"] == 1
        said = headrace("verify").stdout
        assert re.search(r"^BROKEN\s+The sum of moves is the position\s+1$", said, re.MULTILINE)
        assert "1 of " in said
    finally:
        run(change, {"more": 1})


def test_the_audit_chain_holds_until_somebody_rewrites_it() -> None:
    from django.db import transaction

    from headrace.engine.queries import run

    assert answer("audit", "verify")["ok"] is True
    assert "links holds" in headrace("audit", "verify").stdout
    with transaction.atomic():
        run("set local session_replication_role = replica")  # the triggers that guard it sleep
        run("update governance_audit set actor = 'cli:nobody' where seq = (select max(seq) from governance_audit)")
        assert answer("audit", "verify", code=NO)["ok"] is False
        assert "The chain does not hold" in headrace("audit", "verify").stdout
        transaction.set_rollback(True)


def test_a_migrated_database_is_up_to_date() -> None:
    assert answer("migrate") == {"migrated": True, "applied": 0}
    assert answer("migrate", "--check") == {"behind": 0}


@pytest.mark.parametrize("words", [["work", "--until-idle"], ["serve"]])
def test_nothing_runs_on_a_database_of_an_older_version(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headrace.cli.output.migrations_behind", lambda: 2)
    assert "2 migrations behind this version. Run `headrace migrate`" in error(*words, code=UNREACHABLE)


def test_a_missing_migration_is_counted() -> None:
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    from headrace.cli.faults import migrations_behind

    recorder = MigrationRecorder(connection)
    newest = sorted(name for app, name in recorder.applied_migrations() if app == "governance")[-1]
    recorder.record_unapplied("governance", newest)
    try:
        assert migrations_behind() == 1
        assert answer("migrate", "--check", code=NO) == {"behind": 1}
    finally:
        recorder.record_applied("governance", newest)


def test_work_ends_when_there_is_nothing_to_do() -> None:
    headrace("work", "--until-idle")
    assert answer("work", "--until-idle") == {"stages": {}}
    assert "there was nothing to do" in headrace("work", "--until-idle").stdout
    assert "no stage named 'nope'" in error("work", "--stages", "nope", "--until-idle", code=WRONG)


def test_a_file_of_orders_comes_in_once(tmp_path: Path) -> None:
    sku = "MB-00001"
    file = tmp_path / "orders.csv"
    file.write_text(
        f"order,placed_at,currency,total,name,line1,city,region,postcode,country,sku,qty,unit_price\nF-1,2026-01-05T10:00:00Z,USD,12.00,A,1 Road,Ames,IA,50010,US,{sku},1,12.00\n"
    )
    assert answer("import", "orders", str(file), "--format", "csv")["rows"] == 1
    headrace("work", "--until-idle")
    first = answer("order", "show", "F-1")["number"]
    headrace("import", "orders", str(file), "--format", "csv")
    headrace("work", "--until-idle")
    assert answer("order", "show", "F-1")["number"] == first


def test_a_file_that_is_not_there_or_no_table_of_orders(tmp_path: Path) -> None:
    assert headrace("import", "orders", str(tmp_path / "none.csv")).exit_code in (NO, WRONG)
    (tmp_path / "strange.csv").write_text("a,b\n1,2\n")
    assert "no column for" in error("import", "orders", str(tmp_path / "strange.csv"), code=WRONG)


def test_a_fault_of_ours_is_one_sentence_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def breaks(_: str) -> list[int]:
        raise ZeroDivisionError("seven by nothing")

    monkeypatch.setenv("HEADRACE_HOME", str(tmp_path))
    monkeypatch.setattr("headrace.insight.figures.find_order", breaks)
    said = error("order", "show", "SO-1", code=OURS)
    assert "this is a fault of Headrace: ZeroDivisionError: seven by nothing" in said
    (kept,) = tmp_path.glob("fault-*.txt")
    assert str(kept) in said and "Traceback" in kept.read_text()


def test_the_demo_leaves_a_real_shop_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from headrace.engine.queries import run

    run("update catalog_item set sku = 'REAL-1' where sku = 'MB-00001'")
    try:
        assert "holds a shop that is not the demo's" in error("demo", "--orders", "20", "--no-serve", "--port", "18765", code=NO)
    finally:
        run("update catalog_item set sku = 'MB-00001' where sku = 'REAL-1'")


def test_without_a_database_it_says_how_to_get_one(nowhere: Path) -> None:
    for words in (["verify"], ["exceptions", "list"], ["db", "backup", "x.dump"], ["db", "psql"]):
        assert "`headrace demo` makes one with a shop to look at" in error(*words, code=UNREACHABLE)
    assert not (nowhere / "postgres").exists()  # a look makes nothing


def test_status_and_stop_of_nothing(nowhere: Path) -> None:
    assert answer("db", "status", code=NO)["made"] is False
    assert "was not running" in headrace("db", "stop").stdout


def test_the_embedded_database_starts_answers_and_stops(nowhere: Path) -> None:
    try:
        assert "***" in answer("db", "start")["url"]
        status = answer("db", "status")
        assert status["running"] and Path(status["folder"]).is_dir()
        assert "PostgreSQL 18" in headrace("db", "status").stdout
        assert headrace("db", "psql", "-Atc", "select 6 * 7").exit_code == OK
    finally:
        assert "stopped" in headrace("db", "stop").stdout


def test_a_backup_comes_back(tmp_path: Path) -> None:
    from django.db import connection

    from headrace.engine.queries import run

    file = tmp_path / "shop.dump"
    assert answer("db", "backup", str(file))["bytes"] == file.stat().st_size
    run("update catalog_item set name = 'lost'")
    assert headrace("db", "restore", str(file)).exit_code == NO  # nobody answered the question
    assert run("select count(*) from catalog_item where name <> 'lost'").scalar == 0
    connection.close()
    assert "headrace verify" in headrace("db", "restore", str(file), "--yes").stdout
    assert run("select count(*) from catalog_item where name = 'lost'").scalar == 0
    assert answer("verify")["ok"] is True


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "strange").write_text("hello")
    assert "is no backup of" in error("db", "restore", str(tmp_path / "strange"), "--yes", code=WRONG)
    assert "there is no backup at" in error("db", "restore", str(tmp_path / "none"), "--yes", code=WRONG)
    assert "there is no folder" in error("db", "backup", str(tmp_path / "no" / "folder"), code=WRONG)


def test_a_taken_port_is_told_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for words in (["serve"], ["demo", "--orders", "20", "--no-serve"]):
            assert "Choose another with --port" in error(*words, "--port", str(taken.getsockname()[1]), code=WRONG)


@pytest.mark.parametrize("columns", [80, 140])
def test_the_demos_report_is_understood_at_a_glance(columns: int) -> None:
    from io import StringIO

    from rich.console import Console

    from headrace.cli.tables import print_table
    from headrace.demo import report
    from headrace.insight.verify import INVARIANTS, verify

    out = Console(file=StringIO(), width=columns)
    figures = report.figures(report.Marks(0, 0, 0), seconds=2.0)
    report.show(out, lambda *words: print_table(out, *words), figures, verify())
    said = out.file.getvalue()  # type: ignore[attr-defined]
    orders, straight = figures["orders"], 100 * figures["straight_through"] / figures["orders"]
    assert f"{orders:,} orders in, {straight:.1f} % straight through, 0 oversold" in said
    assert sum(r["orders"] for r in figures["by_status"]) == orders  # every order is somewhere
    assert re.search(r"VALIDATE-22 +Unknown SKU +merchandising +1 +[\d,]+\.\d\d USD", said)
    for r in figures["trial_balance"]:
        assert f"{r['balance_minor'] / 100:,.2f}" in said  # no digit is cut
    assert re.search(r"^sum +.* 0\.00 *$", said, re.MULTILINE)
    assert f"All {len(INVARIANTS)} invariants hold." in said
    assert max(map(len, said.splitlines())) <= columns


def test_a_broken_invariant_stands_in_the_report() -> None:
    from io import StringIO

    from rich.console import Console

    from headrace.cli.tables import print_table
    from headrace.demo import report
    from headrace.insight.verify import INVARIANTS, Report

    out = Console(file=StringIO(), width=140)
    report._show_verified(out, lambda *words: print_table(out, *words), Report({**dict.fromkeys(INVARIANTS, 0), "payouts_foot": 3}, 0.1))
    said = out.file.getvalue()  # type: ignore[attr-defined]
    assert re.search(r"BROKEN +ledger", said) and "3 violations" in said and "Not all invariants hold." in said
