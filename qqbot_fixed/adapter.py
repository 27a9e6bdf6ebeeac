"""The adapter: one connection to the gateway at a time, kept up for as long as the adapter runs.

No path goes round a loop without waiting: the reader either waits for a frame or raises, and what handles the raise
sleeps before it dials. Only a connection that became ready and lived long enough sets the failure counter back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final

import aiohttp

from qqbot_fixed.api import API_URL, NETWORK_ERRORS, TOKEN_URL, Api, Sent
from qqbot_fixed.close_codes import closed
from qqbot_fixed.errors import (
    ConnectFailedError,
    HandshakeTimeoutError,
    MalformedFrameError,
    Reaction,
    SendError,
    TooManyAttemptsError,
    TransportClosedError,
    TransportError,
)
from qqbot_fixed.events import DEFAULT_INTENTS, Event, Ready, Resumed, Target, identity, parse
from qqbot_fixed.frames import Frame, Op, decode, encode, is_int, shorten
from qqbot_fixed.policy import DEFAULT_POLICY, Policy
from qqbot_fixed.recent import Recent

log = logging.getLogger("qqbot_fixed")

MIN_DELAY: Final = 0.01  # no pause is shorter, whatever the policy says
DEFAULT_BEAT: Final = 30.0
LONGEST_BEAT: Final = 300.0
BEAT_SHARE: Final = 0.8  # of the interval that the gateway asks for
NORMAL_CLOSE: Final = 1000
RESUMABLE_CLOSE: Final = 4000  # what we close with when we mean to come back
MAX_MESSAGE: Final = 4 * 1024 * 1024


@dataclass(slots=True)
class Link:
    """The life of one connection, from the open socket to its loss."""

    opened_at: float = 0.0
    ended_at: float = 0.0
    greeted: bool = False
    ready: bool = False
    reading: bool = False  # the reader waits for a frame, so a missing answer is not our own fault
    interval: float = DEFAULT_BEAT
    unanswered: int = 0


@dataclass(slots=True)
class Stats:
    """What happened so far, for logs and tests."""

    dials: int = 0
    malformed: int = 0
    duplicates: int = 0


class QQAdapter:
    """`async with QQAdapter(app_id, secret) as bot: async for event in bot: ...`; one object, one run."""

    def __init__(
        self,
        app_id: str,
        client_secret: str,
        *,
        intents: int = DEFAULT_INTENTS,
        gateway_url: str | None = None,
        api_url: str = API_URL,
        token_url: str = TOKEN_URL,
        http: aiohttp.ClientSession | None = None,
        policy: Policy = DEFAULT_POLICY,
    ) -> None:
        self.stats = Stats()
        self._api = Api(app_id, client_secret, api_url, token_url, policy.rate_limit_delay)
        self._intents = intents
        self._gateway_url = gateway_url
        self._policy = policy
        self._http = http
        self._own_http = http is None
        self._running = False
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._link = Link()
        self._token = ""
        self._session_id: str | None = None
        self._seq: int | None = None
        self._failures = 0
        self._unproved = 0  # connections opened since the last one that made progress
        self._resumes = 0  # sent since the last READY or RESUMED
        self._listener: asyncio.Task[None] | None = None
        self._heartbeat: asyncio.Task[None] | None = None
        self._end: Exception | None = None
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(policy.queue_size)  # None: no more events
        self._recent = Recent()

    # --- the user's side -------------------------------------------------------------------------------------------

    async def __aenter__(self) -> QQAdapter:
        if self._listener is not None:
            raise RuntimeError("an adapter runs once: make a new one")
        if self._http is None:
            self._http = aiohttp.ClientSession()
        self._running = True
        self._listener = asyncio.create_task(self._listen(), name="qqbot listener")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        event = await self._queue.get()
        if event is not None:
            return event
        self._queue.put_nowait(None)  # for the next one who asks
        if self._end is not None:
            raise self._end
        raise StopAsyncIteration

    async def send(
        self,
        target: Target,
        content: str,
        *,
        reply_to: str | None = None,
        event_id: str | None = None,
        fields: Mapping[str, object] | None = None,
    ) -> Sent:
        """Sends text, or with `fields` anything else. `reply_to` is the id of the message that is answered."""
        if self._http is None or self._http.closed:
            raise SendError("the adapter is not running")
        return await self._api.send(self._http, target, content, reply_to, event_id, fields or {})

    async def close(self) -> None:
        """Leaves no task, socket or session behind. Events that nobody has read yet are dropped."""
        self._running = False
        await _cancel(self._listener)
        await self._mark_transport_disconnected(NORMAL_CLOSE)
        if self._own_http and self._http is not None:
            await self._http.close()
        for _ in range(self._queue.qsize()):
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    # --- the life of the connection --------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Runs the loop; whatever ends it is told to the reader of the events."""
        try:
            await self._listen_loop()
        except Exception as error:
            log.error("the adapter stops: %s", error)
            self._end = error
        self._running = False
        await self._mark_transport_disconnected(NORMAL_CLOSE)
        await self._queue.put(None)

    async def _listen_loop(self) -> None:
        """Reads while the adapter runs. The reader waits or raises; after a raise `_reconnect` sleeps first."""
        try:
            await self._open_ws()
        except TransportError as error:
            await self._reconnect(error)
        while self._running:
            try:
                await self._read_events()
            except TransportError as error:
                await self._reconnect(error)

    async def _read_events(self) -> None:
        """Handles frames until the adapter is closed. Any other end of the socket is raised, never returned."""
        ws = self._ws
        while self._running and ws is not None and not ws.closed:
            message = await self._receive(ws)
            await self._on_message(ws, message)
        if self._running:  # also when there was nothing to read from: a closed socket is not entered twice
            raise TransportClosedError("the websocket is not open")

    async def _reconnect(self, error: TransportError) -> None:
        """Sleeps and dials until a socket is open. Gives up when the attempts without progress are too many."""
        while self._running:
            await self._mark_transport_disconnected(RESUMABLE_CLOSE)
            if self._made_progress():
                self._failures = 0
                self._unproved = 0
            self._failures += 1
            pause = self._pause_after(error)
            log.warning("connection lost (%s); dial %d follows in %.1f s", error, self._failures, pause)
            await asyncio.sleep(max(MIN_DELAY, pause))
            try:
                await self._open_ws()
                return
            except TransportError as failed:
                error = failed

    async def _open_ws(self) -> None:
        """Token, gateway URL, websocket. Only an open socket is kept."""
        http = self._http
        if http is None or http.closed:
            raise ConnectFailedError("the HTTP session is closed")
        self.stats.dials += 1
        self._link = Link()
        self._token = await self._api.token(http)
        url = self._gateway_url or await self._api.gateway_url(http)
        timeout = aiohttp.ClientWSTimeout(ws_close=self._policy.close_timeout)
        try:
            ws = await http.ws_connect(url, timeout=timeout, max_msg_size=MAX_MESSAGE)
        except NETWORK_ERRORS as error:
            raise ConnectFailedError(f"{url}: {type(error).__name__}: {error}") from error
        self._unproved += 1
        self._link = Link(opened_at=time.monotonic())
        self._ws = ws

    async def _mark_transport_disconnected(self, code: int) -> None:
        """Forgets the socket before anything can fail, then closes it and its heartbeat."""
        ws, self._ws = self._ws, None
        heartbeat, self._heartbeat = self._heartbeat, None
        self._link.ended_at = time.monotonic()
        await _cancel(heartbeat)
        if ws is not None and not ws.closed:
            await ws.close(code=code)

    def _made_progress(self) -> bool:
        """Did the last connection prove itself? An open socket alone proves nothing: the gateway may close it."""
        link = self._link
        return link.ready and link.ended_at - link.opened_at >= self._policy.min_life

    def _pause_after(self, error: TransportError) -> float:
        """Draws the consequences of a failure, and gives the pause before the next dial."""
        policy = self._policy
        if policy.max_attempts is not None and self._failures > policy.max_attempts:
            raise TooManyAttemptsError(f"{policy.max_attempts} attempts without progress: {error}") from error
        pause = max(policy.delay(self._failures), error.delay)
        if error.reaction is Reaction.IDENTIFY:
            self._forget_session()
        elif error.reaction is Reaction.NEW_TOKEN:
            self._api.forget_token()
        if self._unproved >= policy.quick_limit:
            log.error("%d quick disconnects in a row: are credentials and intents right?", self._unproved)
            self._unproved = 0
            self._forget_session()
            self._api.forget_token()
            pause = max(pause, policy.rate_limit_delay)
        return pause

    def _forget_session(self) -> None:
        self._session_id = None
        self._seq = None

    # --- what the gateway says -------------------------------------------------------------------------------------

    async def _receive(self, ws: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage:
        """The next message; until the connection is ready, the wait is bounded."""
        link = self._link
        patience = None
        if not link.ready:
            patience = max(MIN_DELAY, link.opened_at + self._policy.handshake_timeout - time.monotonic())
        link.reading = True
        try:
            return await ws.receive(timeout=patience)
        except asyncio.TimeoutError as error:
            raise HandshakeTimeoutError("neither READY nor RESUMED came in time") from error
        finally:
            link.reading = False

    async def _on_message(self, ws: aiohttp.ClientWebSocketResponse, message: aiohttp.WSMessage) -> None:
        if message.type is aiohttp.WSMsgType.CLOSE:
            raise closed(message.data, message.extra or "", self._policy.rate_limit_delay)
        if message.type in (aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
            raise closed(ws.close_code, f"{message.type.name} {message.data or ''}", self._policy.rate_limit_delay)
        try:
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise MalformedFrameError(f"{message.type.name} instead of text")
            await self._on_frame(ws, decode(message.data))
        except MalformedFrameError as error:
            self.stats.malformed += 1
            log.warning("frame ignored: %s: %s", error, shorten(str(message.data)))

    async def _on_frame(self, ws: aiohttp.ClientWebSocketResponse, frame: Frame) -> None:
        if frame.op is Op.DISPATCH:
            await self._on_dispatch(frame)
        elif frame.op is Op.HELLO:
            await self._on_hello(ws, frame)
        elif frame.op is Op.HEARTBEAT_ACK:
            self._link.unanswered = 0
        elif frame.op is Op.HEARTBEAT:
            await self._send_frame(ws, Op.HEARTBEAT, self._seq)
        elif frame.op is Op.RECONNECT:
            raise TransportClosedError("the gateway asks for a new connection")
        elif frame.op is Op.INVALID_SESSION:
            reaction = Reaction.RESUME if frame.data is True else Reaction.IDENTIFY
            raise TransportClosedError("invalid session", reaction=reaction, delay=self._policy.invalid_session_delay)
        else:
            raise MalformedFrameError(f"the gateway never sends {frame.op.name}")

    async def _on_hello(self, ws: aiohttp.ClientWebSocketResponse, frame: Frame) -> None:
        """Identify or resume, and begin to beat."""
        link = self._link
        if link.greeted:
            raise MalformedFrameError("a second Hello")
        link.greeted = True
        interval = frame.data.get("heartbeat_interval") if isinstance(frame.data, dict) else None
        if (is_int(interval) or isinstance(interval, float)) and 0 < interval < 1e9:
            link.interval = min(LONGEST_BEAT, BEAT_SHARE * interval / 1000)
        else:
            self.stats.malformed += 1
            log.warning("Hello without a usable interval: beating every %s s", link.interval)
        login: dict[str, object] = {"token": f"QQBot {self._token}"}
        if self._resumes >= self._policy.resume_limit:
            self._forget_session()
        if self._session_id is not None and self._seq is not None:
            self._resumes += 1
            await self._send_frame(ws, Op.RESUME, login | {"session_id": self._session_id, "seq": self._seq})
        else:
            login |= {"intents": self._intents, "shard": [0, 1], "properties": {}}
            await self._send_frame(ws, Op.IDENTIFY, login)
        self._heartbeat = asyncio.create_task(self._heartbeat_loop(ws, link), name="qqbot heartbeat")

    async def _on_dispatch(self, frame: Frame) -> None:
        """Delivers an event once. The sequence number is recorded afterwards: a resume repeats rather than loses."""
        try:
            event = parse(frame)
        except MalformedFrameError:
            self._record(frame.seq)  # or a resume would bring it back for ever
            raise
        if isinstance(event, Ready | Resumed):
            self._link.ready = True
            self._resumes = 0
        if isinstance(event, Ready):
            self._session_id, self._seq = event.session_id, None
        key = identity(event)
        if self._recent.has(key, time.monotonic()):
            self.stats.duplicates += 1
        else:
            await self._queue.put(event)
            self._recent.add(key, time.monotonic())
        self._record(frame.seq)

    def _record(self, seq: int | None) -> None:
        if seq is not None and (self._seq is None or seq > self._seq):
            self._seq = seq

    async def _heartbeat_loop(self, ws: aiohttp.ClientWebSocketResponse, link: Link) -> None:
        """Beats while the socket is open, and closes it when answers are missing; the reader sees that."""
        while not ws.closed:
            await asyncio.sleep(max(MIN_DELAY, self._policy.heartbeat_floor, link.interval))
            if not link.ready:
                continue
            if link.reading and link.unanswered >= self._policy.missed_acks:
                log.warning("%d heartbeats without an answer: the link is dead", link.unanswered)
                await ws.close(code=RESUMABLE_CLOSE)
                return
            link.unanswered += 1
            try:
                await self._send_frame(ws, Op.HEARTBEAT, self._seq)
            except TransportClosedError as error:
                log.warning("no heartbeat: %s", error)
                return

    async def _send_frame(self, ws: aiohttp.ClientWebSocketResponse, op: Op, data: object) -> None:
        try:
            await ws.send_str(encode(op, data))
        except (aiohttp.ClientError, OSError) as error:
            raise TransportClosedError(f"{op.name} not sent: {error}") from error


async def _cancel(task: asyncio.Task[None] | None) -> None:
    """Ends a task and waits for its end."""
    if task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task])
