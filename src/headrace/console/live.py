"""What happens is told to open pages as it happens: server-sent events, from a small process of its own beside the web server.

A page holds one stream. It says only that something happened (`line`: a stage moved documents; `deeds`: somebody did something), at most once a
second; the page then asks for its part by itself. One database session listens for all streams. Whoever asks is known by the session of the console;
when that ends, or its permission, the stream ends. A page that gets no stream asks every few seconds instead, so nothing depends on this process.

Served by `headrace serve` and `headrace demo`, on the port after the web server's; alone by `headrace live`. It is ASGI, because a stream that waits
costs nothing there, and a thread of the web server otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headrace.settings")

import django
import psycopg
import structlog

django.setup()

from asgiref.sync import sync_to_async  # noqa: E402 - Django first
from django.db import close_old_connections, connection  # noqa: E402

from headrace.console.live_door import Asked, Refusal, let_in, still_in  # noqa: E402

log = structlog.get_logger(__name__)

PATH = "/live"
STREAMS_MAX = 1_000  # in this process
STREAMS_PER_PERSON_MAX = 12  # pages that one person has open
TELL_EVERY_S = 1.0
HEARTBEAT_S = 20.0
LOOK_AT_SESSION_EVERY_S = 15.0
RECONNECT_PAUSE_S = 2.0
RETRY_MS = 3_000  # how soon a browser comes again after a broken stream
LISTENS_TO = {"headrace": "line", "headrace_deeds": "deeds"}

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


@dataclass(eq=False)
class Stream:
    """One open page."""

    asked: Asked
    news: set[str] = field(default_factory=set)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, topics: set[str]) -> None:
        self.news |= topics
        self.bell.set()


class Tower:
    """Hears the database and tells every stream, no more often than `TELL_EVERY_S`."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self._watch: asyncio.Task[None] | None = None

    def take(self, stream: Stream) -> None:
        """Take a stream in, or raise Refusal where there are too many."""
        mine = Counter(s.asked.username for s in self.streams)[stream.asked.username]
        if len(self.streams) >= STREAMS_MAX or mine >= STREAMS_PER_PERSON_MAX:
            raise Refusal(503, f"too many open pages ({len(self.streams)} in all, {mine} of yours); this one looks by itself instead")
        self.streams.add(stream)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        """For as long as anybody is interested; a lost database is waited out."""
        while self.streams:
            try:
                await self._hear()
            except (psycopg.Error, OSError) as error:
                log.warning("live.database_lost", error=str(error).splitlines()[0] if str(error) else type(error).__name__)
                await asyncio.sleep(RECONNECT_PAUSE_S)
                self._tell_all(set(LISTENS_TO.values()))  # whatever was missed meanwhile

    async def _hear(self) -> None:
        known = await sync_to_async(connection.get_connection_params, thread_sensitive=False)()
        keep = {k: v for k, v in known.items() if k in ("host", "port", "user", "password", "dbname", "options")}
        async with await psycopg.AsyncConnection.connect(**keep, autocommit=True, application_name="headrace-live") as listener:
            for channel in LISTENS_TO:
                await listener.execute(psycopg.sql.SQL("listen {}").format(psycopg.sql.Identifier(channel)))
            while self.streams:
                topics = {LISTENS_TO[note.channel] async for note in listener.notifies(timeout=TELL_EVERY_S)}
                if topics:
                    self._tell_all(topics)

    def _tell_all(self, topics: set[str]) -> None:
        for stream in self.streams:
            stream.tell(topics)


tower = Tower()


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """The ASGI door: `GET /live` is a stream, everything else is refused in a sentence."""
    if scope["type"] != "http":
        return
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    asked = Asked(scope["method"], scope["path"], headers)
    try:
        await sync_to_async(_at_the_door(let_in), thread_sensitive=False)(asked)
        stream = Stream(asked)
        tower.take(stream)
    except Refusal as refused:
        await _refuse(send, refused, asked)
        return
    try:
        await _keep_telling(stream, receive, send)
    finally:
        tower.streams.discard(stream)


async def _keep_telling(stream: Stream, receive: Receive, send: Send) -> None:
    head = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"), *stream.asked.answers()]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await _say(send, f"retry: {RETRY_MS}\nevent: hello\ndata: .\n\n")
    gone = asyncio.create_task(_until_gone(receive))
    gone.add_done_callback(lambda _: stream.bell.set())
    looked, beaten = asyncio.get_running_loop().time(), 0.0
    try:
        while not gone.done():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stream.bell.wait(), LOOK_AT_SESSION_EVERY_S)
            now = asyncio.get_running_loop().time()
            if now - looked >= LOOK_AT_SESSION_EVERY_S:
                looked = now
                if not await sync_to_async(_at_the_door(still_in), thread_sensitive=False)(stream.asked):
                    await _say(send, "event: ended\ndata: .\n\n")
                    break
            if stream.news:
                told, stream.news = ",".join(sorted(stream.news)), set()
                stream.bell.clear()
                beaten = now
                await _say(send, f"event: changed\ndata: {told}\n\n")
            elif now - beaten >= HEARTBEAT_S:
                beaten = now
                await _say(send, ": still here\n\n")
    finally:
        gone.cancel()
        with contextlib.suppress(OSError, RuntimeError):  # whoever was there has left
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _refuse(send: Send, refused: Refusal, asked: Asked) -> None:
    head = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *asked.answers()]
    await send({"type": "http.response.start", "status": refused.status, "headers": head})
    await send({"type": "http.response.body", "body": f"{refused.says}\n".encode()})


def _at_the_door(look: Callable[[Asked], Any]) -> Callable[[Asked], Any]:
    """A look into the database from a thread, which leaves no stale session behind."""

    def looked(asked: Asked) -> Any:
        close_old_connections()
        try:
            return look(asked)
        finally:
            close_old_connections()

    return looked
