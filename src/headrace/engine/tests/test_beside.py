"""The second thread of a worker: a session of its own, its errors told, its session closed."""

from __future__ import annotations

import pytest
from django.db import connection

from headrace.engine.beside import Beside
from headrace.engine.queries import run


def backend() -> int:
    return int(run("select pg_backend_pid() as pid").scalar)


def sessions(pids: list[int]) -> int:
    return int(run("select count(*) as n from pg_stat_activity where pid = any(%(pids)s::int[])", {"pids": pids}).scalar)


@pytest.mark.django_db(transaction=True)
def test_it_works_in_a_session_of_its_own_and_closes_it() -> None:
    beside = Beside()
    its = beside.start(backend).result()
    assert its != backend()
    assert beside.start(backend).result() == its
    assert run("show join_collapse_limit").scalar != beside.start(lambda: int(run("show join_collapse_limit").scalar)).result() == 1
    beside.end()
    for _ in range(50):
        if not sessions([its]):
            return
        run("select pg_sleep(0.02)")
    pytest.fail("the session is still open")


@pytest.mark.django_db(transaction=True)
def test_what_it_raises_is_raised_and_the_next_piece_of_work_is_done() -> None:
    beside = Beside()
    try:
        with pytest.raises(ZeroDivisionError):
            beside.start(lambda: 1 // 0).result()
        assert beside.start(lambda: 7).result() == 7
    finally:
        beside.end()
    assert connection.connection is None or not connection.connection.closed
