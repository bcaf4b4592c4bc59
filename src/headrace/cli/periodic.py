"""The process that runs periodic work: procrastinate's worker over Django's database, started again whenever the database was lost."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import structlog

from headrace.cli.output import ready

RECONNECT_PAUSE_S = 5.0

log = structlog.get_logger(__name__)


def main() -> None:
    """Run until terminated; what is running then is finished."""
    ready()
    asyncio.run(_keep_working())


async def _keep_working() -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    told = asyncio.create_task(stopping.wait())
    while not stopping.is_set():
        working = asyncio.create_task(_work())
        await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
        working.cancel()  # where it has ended by itself, this does nothing
        (ended,) = await asyncio.gather(working, return_exceptions=True)
        if not stopping.is_set():  # procrastinate ends, with or without an error, when its connection is lost
            log.warning("periodic.ended", error=str(ended or "its connection was lost"), pause_s=RECONNECT_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), RECONNECT_PAUSE_S)


async def _work() -> None:
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()) as running:  # type: ignore[attr-defined]
        async with running.open_async():
            await running.run_worker_async(delete_jobs="successful", listen_notify=True, install_signal_handlers=False)


if __name__ == "__main__":
    main()
