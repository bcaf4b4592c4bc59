"""The outbox: at least once with one key, in order per record, within the partner's rate, with an end to trying, and a breaker that closes by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.db import transaction

from headrace.engine import inbox, outbox
from headrace.engine.action import NotAllowed, Refused
from headrace.engine.outbox import Delivery, PartnerError
from headrace.engine.queries import run

pytestmark = pytest.mark.django_db

BANK, ANN = "bank", "cli:ann"


class Bank:
    """A partner that writes down what comes in, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[Delivery] = []
        self.answer: Callable[[Delivery], Sequence[inbox.Message] | None] = lambda _: None

    def __call__(self, delivery: Delivery) -> Sequence[inbox.Message] | None:
        self.got.append(delivery)
        return self.answer(delivery)

    def keys(self) -> list[str]:
        return [delivery.idempotency_key for delivery in self.got]

    def is_down(self, **how: Any) -> None:
        self.answer = lambda _: _raise(PartnerError("503 down for maintenance", permanent=False, **how))

    def refuses(self) -> None:
        self.answer = lambda _: _raise(PartnerError("422 card stolen", permanent=True))

    def is_well(self) -> None:
        self.answer = lambda _: None


def _raise(error: Exception) -> None:
    raise error


@pytest.fixture
def bank() -> Iterator[Bank]:
    made = Bank()
    outbox.register_adapter(BANK, made)
    run("insert into engine_partner (code) values (%(p)s)", {"p": BANK})
    yield made
    del outbox._adapters[BANK]


def post(*effects: tuple[str, str]) -> None:
    """Effects for the bank: (record, idempotency key)."""
    from headrace.engine.action import Deed

    deed = Deed("test", ANN, run("select transaction_timestamp()").scalar)
    outbox.post(deed, [(BANK, "payment.capture", record, key, '{"amount_minor": 1250}') for record, key in effects])


def states() -> dict[str, str]:
    return {row.key: row.state for row in run("select idempotency_key as key, state from engine_outbox order by id")}


def partner() -> Any:
    return run("select * from engine_partner where code = %(p)s", {"p": BANK}).one


def pass_time(seconds: float) -> None:
    """The clocks of the outbox, so many seconds later."""
    values = {"s": seconds}
    run("update engine_outbox set run_at = run_at - make_interval(secs => %(s)s), lease_until = lease_until - make_interval(secs => %(s)s)", values)
    run("update engine_partner set tokens_at = tokens_at - make_interval(secs => %(s)s), retry_at = retry_at - make_interval(secs => %(s)s)", values)


def test_an_effect_goes_out_once_with_its_key_and_its_answers_come_in(bank: Bank) -> None:
    bank.answer = lambda d: [inbox.Message("payment", d.idempotency_key, '{"captured": true}')]
    post(("invoice:1", "a"))
    assert outbox.partners_with_work() == [BANK]
    assert outbox.deliver(BANK) == 1 and outbox.deliver(BANK) == 0
    (got,) = bank.got
    assert (got.partner, got.kind, got.record_key, got.body, got.attempt) == (BANK, "payment.capture", "invoice:1", {"amount_minor": 1250}, 1)
    assert states() == {"a": "done"} and outbox.partners_with_work() == []
    assert run("select partner, kind, message_key from engine_inbox").one == (BANK, "payment", "a")
    assert partner().last_ok_at is not None


def test_the_same_key_is_the_same_effect(bank: Bank) -> None:
    post(("invoice:1", "a"))
    post(("invoice:1", "a"), ("invoice:1", "b"))
    assert list(states()) == ["a", "b"]


def test_an_effect_lives_and_dies_with_the_deed_that_decided_it(bank: Bank) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        post(("invoice:1", "a"))
        _ = 1 / 0
    assert states() == {}


def test_a_record_is_told_in_order_and_others_do_not_wait_for_it(bank: Bank) -> None:
    post(("invoice:1", "1a"), ("invoice:1", "1b"), ("invoice:2", "2a"))
    bank.answer = lambda d: _raise(PartnerError("busy", permanent=False)) if d.idempotency_key == "1a" and d.attempt == 1 else None
    outbox.deliver(BANK)
    assert bank.keys() == ["1a", "2a"], "1b waits for 1a"
    pass_time(60)
    assert outbox.deliver(BANK) == 1 and outbox.deliver(BANK) == 1
    assert bank.keys() == ["1a", "2a", "1a", "1b"]


def test_a_failure_waits_twice_as_long_each_time_but_never_longer_than_an_hour() -> None:
    for attempt, middle in ((1, 2), (2, 4), (5, 32), (11, 2048), (12, 3600), (40, 3600)):
        pauses = [outbox.pause_s(attempt, PartnerError("x", permanent=False)) for _ in range(50)]
        assert middle * 0.5 <= min(pauses) < max(pauses) <= middle * 1.5
    assert outbox.pause_s(1, PartnerError("x", permanent=False, retry_after_s=900)) == 900


def test_a_partners_own_wish_to_wait_is_kept(bank: Bank) -> None:
    post(("invoice:1", "a"))
    bank.is_down(retry_after_s=120)
    outbox.deliver(BANK)
    pass_time(110)
    assert outbox.deliver(BANK) == 0
    pass_time(11)
    assert outbox.deliver(BANK) == 1


def test_a_killed_workers_delivery_is_taken_over_with_the_same_key_when_its_lease_is_over(bank: Bank) -> None:
    post(("invoice:1", "a"))
    claimed = run("update engine_outbox set state = 'doing', attempts = 1, lease_until = clock_timestamp() + interval '60 seconds' returning id").scalar
    assert outbox.deliver(BANK) == 0
    pass_time(61)
    assert outbox.partners_with_work() == [BANK] and outbox.deliver(BANK) == 1
    assert (bank.got[0].id, bank.got[0].idempotency_key, bank.got[0].attempt) == (claimed, "a", 2)


def test_a_worker_that_comes_back_late_does_not_undo_what_another_did_meanwhile(bank: Bank) -> None:
    """Its lease lapsed while the partner kept it waiting; the delivery is in the other's hands."""
    post(("invoice:1", "a"))

    def slow(delivery: Delivery) -> None:
        pass_time(61)
        bank.is_well()
        run("update engine_outbox set attempts = 2, lease_until = clock_timestamp() + interval '60 seconds'")
        _raise(PartnerError("timed out", permanent=True))

    bank.answer = slow
    outbox.deliver(BANK)
    assert states() == {"a": "doing"}
    assert run("select count(*) from exception_queue_case").scalar == 0


def test_what_a_partner_refuses_for_good_is_a_dead_letter_and_a_case(bank: Bank) -> None:
    post(("invoice:1", "a"), ("invoice:1", "b"), ("invoice:2", "c"))
    bank.answer = lambda d: _raise(PartnerError("422 card stolen", permanent=True)) if d.idempotency_key == "a" else None
    outbox.deliver(BANK)
    pass_time(4000)
    assert outbox.deliver(BANK) == 0
    assert states() == {"a": "dead", "b": "todo", "c": "done"}, "b waits behind the dead letter"
    (letter,) = outbox.dead_letters(BANK)
    assert (letter.record_key, letter.last_error) == ("invoice:1", "422 card stolen")
    case = run("select reason_code, document, document_id, state, detail from exception_queue_case").one
    assert case == ("ENGINE-02", "outbox", letter.id, "open", {"partner": BANK, "kind": "payment.capture", "record": "invoice:1", "error": "422 card stolen"})


def test_trying_has_an_end(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FAILURES_TO_OPEN", 1_000)
    post(("invoice:1", "a"))
    bank.is_down()
    for _ in range(outbox.ATTEMPTS_MAX + 3):
        outbox.deliver(BANK)
        pass_time(10_000)
    assert len(bank.got) == outbox.ATTEMPTS_MAX and states() == {"a": "dead"}


def dead(bank: Bank) -> int:
    """A dead letter with another effect waiting behind it. Gives its number."""
    post(("invoice:1", "a"), ("invoice:1", "b"))
    bank.refuses()
    outbox.deliver(BANK)
    bank.is_well()
    return int(outbox.dead_letters(BANK).one.id)


def case_events() -> list[str]:
    return run("select event from exception_queue_case_event order by id").column("event")


def test_a_dead_letter_sent_again_goes_out_with_its_key_and_answers_its_case(bank: Bank) -> None:
    letter = dead(bank)
    assert outbox.replay_dead_letters(actor=ANN, outbox_ids=[letter]) == 1
    outbox.deliver(BANK)
    outbox.deliver(BANK)
    assert bank.keys() == ["a", "a", "b"] and states() == {"a": "done", "b": "done"}
    assert run("select state, resolution from exception_queue_case").one == ("resolved", "sent_to")
    assert case_events() == ["opened", "sent_back", "resolved"]


def test_a_dead_letter_that_dies_again_opens_its_own_case_again(bank: Bank) -> None:
    letter = dead(bank)
    bank.refuses()
    outbox.replay_dead_letters(actor=ANN, partner=BANK)
    outbox.deliver(BANK)
    assert run("select document_id, state, seen from exception_queue_case").one == (letter, "open", 2)
    assert case_events() == ["opened", "sent_back", "reopened"]


def test_a_dropped_dead_letter_is_dropped_not_done_and_lets_the_next_one_go(bank: Bank) -> None:
    letter = dead(bank)
    with pytest.raises(Refused, match="needs a reason"):
        outbox.drop_dead_letters(actor=ANN, outbox_ids=[letter], note=" ")
    assert outbox.drop_dead_letters(actor=ANN, outbox_ids=[letter], note="paid by bank") == 1
    kept = run("select state, last_error, done_at from engine_outbox where id = %(i)s", {"i": letter}).one
    assert kept == ("dropped", "dropped by cli:ann: paid by bank", None)
    outbox.deliver(BANK)
    assert bank.keys() == ["a", "b"] and states() == {"a": "dropped", "b": "done"}
    assert run("select state, resolution, resolution_note from exception_queue_case").one == ("resolved", "closed", "paid by bank")
    assert outbox.replay_dead_letters(actor=ANN) == 0, "what was dropped stays dropped"


def test_only_dead_letters_can_be_dropped_and_either_all_or_none(bank: Bank) -> None:
    letter = dead(bank)
    waiting = run("select id from engine_outbox where state = 'todo'").scalar
    with pytest.raises(Refused, match="nothing was dropped"):
        outbox.drop_dead_letters(actor=ANN, outbox_ids=[letter, waiting], note="away with it")
    assert states() == {"a": "dead", "b": "todo"}


def test_who_may_not_operate_partners_drops_and_replays_nothing(bank: Bank) -> None:
    letter = dead(bank)
    for deed, parameters in ((outbox.drop_dead_letters, {"note": "x"}), (outbox.replay_dead_letters, {})):
        with pytest.raises(NotAllowed, match=r"partners\.operate"):
            deed(actor="user:nobody", outbox_ids=[letter], **parameters)
    assert states()["a"] == "dead"


def test_no_more_goes_out_than_the_partner_allows(bank: Bank) -> None:
    run("update engine_partner set rate_per_s = 2, burst = 5, tokens = 5, tokens_at = clock_timestamp()")
    post(*[(f"invoice:{n}", f"k{n}") for n in range(12)])
    assert outbox.deliver(BANK) == 5 and outbox.deliver(BANK) == 0
    pass_time(1.5)
    assert outbox.deliver(BANK) == 3
    pass_time(1_000)
    assert outbox.deliver(BANK) == 4, "tokens that nobody used do not pile up beyond the burst, and 4 are left"
    assert partner().tokens < 5


def open_the_breaker(bank: Bank) -> None:
    post(("invoice:1", "a"), ("invoice:2", "b"), ("invoice:3", "c"))
    bank.is_down()
    for _ in range(outbox.FAILURES_TO_OPEN):
        assert outbox.deliver(BANK, limit=1) == 1
        pass_time(0)
        run("update engine_outbox set run_at = clock_timestamp() - interval '1 second'")
    assert partner().breaker == "open"
    bank.got.clear()


def test_a_partner_that_is_down_is_left_alone_and_probed_with_one_delivery(bank: Bank) -> None:
    open_the_breaker(bank)
    assert outbox.deliver(BANK) == 0 and bank.got == []
    pass_time(outbox.BREAKER_PAUSE_S + 0.1)
    assert outbox.deliver(BANK) == 1, "one probe, not all that waits"
    assert (len(bank.got), partner().breaker) == (1, "open")
    pass_time(outbox.BREAKER_PAUSE_S + 0.1)
    assert outbox.deliver(BANK) == 0, "after a failed probe it stays open twice as long"
    pass_time(outbox.BREAKER_PAUSE_S)
    assert outbox.deliver(BANK) == 1


def test_the_breaker_closes_by_itself_and_what_waited_goes_out(bank: Bank) -> None:
    open_the_breaker(bank)
    bank.is_well()
    pass_time(outbox.BREAKER_PAUSE_S + 0.1)
    assert outbox.deliver(BANK) == 1 and (partner().breaker, partner().failures) == ("closed", 0)
    pass_time(100)
    assert outbox.deliver(BANK) == 2 and set(states().values()) == {"done"}


def test_while_a_probe_is_under_way_nobody_sends_another(bank: Bank) -> None:
    open_the_breaker(bank)
    others: list[int] = []
    bank.answer = lambda _: others.append(outbox.deliver(BANK))
    pass_time(outbox.BREAKER_PAUSE_S + 0.1)
    assert outbox.deliver(BANK) == 1 and others == [0]


def test_a_partner_that_refuses_a_probe_is_there_again(bank: Bank) -> None:
    open_the_breaker(bank)
    bank.refuses()
    pass_time(outbox.BREAKER_PAUSE_S + 0.1)
    outbox.deliver(BANK)
    assert (partner().breaker, partner().failures, partner().last_ok_at) == ("closed", 0, None)


def test_a_probe_whose_worker_was_killed_is_followed_by_another(bank: Bank) -> None:
    open_the_breaker(bank)
    run("update engine_partner set breaker = 'half_open', retry_at = clock_timestamp() + interval '60 seconds'")
    run("update engine_outbox set state = 'doing', lease_until = clock_timestamp() + interval '60 seconds' where idempotency_key = 'a'")
    bank.is_well()
    assert outbox.deliver(BANK) == 0, "one probe is under way"
    pass_time(61)
    assert outbox.deliver(BANK) == 1 and partner().breaker == "closed"


def test_a_paused_partner_gets_nothing_until_it_is_resumed(bank: Bank) -> None:
    post(("invoice:1", "a"))
    outbox.pause_partner(actor=ANN, partner=BANK, paused=True)
    assert outbox.partners_with_work() == [] and outbox.deliver(BANK) == 0
    outbox.pause_partner(actor=ANN, partner=BANK, paused=False)
    assert outbox.deliver(BANK) == 1


def test_an_adapter_that_breaks_stops_no_other_delivery(bank: Bank) -> None:
    post(("invoice:1", "a"), ("invoice:2", "b"))
    bank.answer = lambda d: _raise(KeyError("amount")) if d.idempotency_key == "a" else None
    outbox.deliver(BANK)
    assert states() == {"a": "todo", "b": "done"}
    assert run("select last_error from engine_outbox where idempotency_key = 'a'").scalar == "KeyError: 'amount'"


def test_what_was_not_begun_when_the_worker_stops_is_put_back_whole(bank: Bank) -> None:
    post(*[(f"invoice:{n}", f"k{n}") for n in range(5)])
    outbox.deliver(BANK, stopping=lambda: len(bank.got) == 2)
    assert bank.keys() == ["k0", "k1"]
    left = run("select state, attempts, lease_until from engine_outbox where id > (select min(id) + 1 from engine_outbox)")
    assert list(left) == [("todo", 0, None)] * 3
    assert outbox.deliver(BANK) == 3


def test_no_delivery_is_begun_when_the_lease_could_end_before_its_answer(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "SENDING_S_MAX", -1.0)
    post(("invoice:1", "a"), ("invoice:2", "b"))
    outbox.deliver(BANK)
    assert states() == {"a": "done", "b": "todo"} and outbox.SENDING_S_MAX < outbox.LEASE_S


def test_a_partner_nobody_can_reach_keeps_its_effects(bank: Bank) -> None:
    run("insert into engine_outbox (partner, kind, record_key, idempotency_key, body) values ('stranger', 'x', 'r', 'z', '{}')")
    assert outbox.deliver("stranger") == 0 and states() == {"z": "todo"}
