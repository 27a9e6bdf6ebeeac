"""A fake QQ gateway on the loopback interface: HTTP and websocket, for tests and for trying the adapter by hand.

It behaves well unless told otherwise: each connection follows the next `Script`, and the last one stays in force. It
numbers its events, keeps them per session, and replays on Resume what the client has not seen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import Final

from aiohttp import WSMsgType, web

ABSENT: Final = "absent"  # for `Invalid`: leave `d` out


@dataclass(frozen=True, slots=True)
class Close:
    """A close frame."""

    code: int


@dataclass(frozen=True, slots=True)
class Drop:
    """The TCP connection is cut without a word."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """Op 9 with this `d`."""

    d: object = ABSENT


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Op 7."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A text or binary message as it is."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class Emit:
    """So many numbered messages; `repeat` sends the last one once more, under a new sequence number."""

    count: int = 1
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds of silence."""

    seconds: float


Action = Close | Drop | Invalid | Reconnect | Raw | Emit | Pause


@dataclass(frozen=True, slots=True)
class Script:
    """How one connection goes. `on_login` replaces READY and RESUMED; `before_hello` and `on_ready` come on top."""

    before_hello: tuple[Action, ...] = ()
    hello: bool = True
    heartbeat_interval: object = 45000
    on_login: tuple[Action, ...] | None = None
    on_ready: tuple[Action, ...] = ()
    acks: bool = True


SCENARIOS: Final[Mapping[str, tuple[Script, ...]]] = {
    "good": (Script(),),
    "refused": (Script(on_login=(Close(4014),)),),
    "quick": (Script(on_login=(Close(4009),)),),
    "expires": (Script(on_ready=(Pause(8), Reconnect(), Close(4009))),),
    "drops": (Script(on_ready=(Pause(8), Emit(3), Drop())),),
    "invalid": (Script(on_login=(Invalid(False),)), Script()),
    "deaf": (Script(heartbeat_interval=1000, acks=False),),
    "mute": (Script(hello=False),),
}


@dataclass(frozen=True, slots=True)
class Login:
    """An Identify or Resume that arrived."""

    op: int
    data: Mapping[str, object]
    at: float

    @property
    def kind(self) -> str:
        return {2: "identify", 6: "resume"}.get(self.op, str(self.op))


@dataclass(slots=True)
class Session:
    """What the server side knows of one session: frames by sequence number."""

    id: str
    frames: list[dict[str, object]] = field(default_factory=list)
    seq: int = 1


class FakeGateway:
    """`async with FakeGateway() as fake:`; its lists say what happened."""

    def __init__(self, scripts: Sequence[Script] = (), port: int = 0) -> None:
        self.scripts = deque(scripts)
        self.token_answers: deque[tuple[int, object]] = deque()  # each replaces one good answer
        self.url_answers: deque[tuple[int, object]] = deque()
        self.send_answers: deque[tuple[int, object]] = deque()
        self.expires_in: object = "7200"
        self.token_number = 1
        self.token_requests: list[float] = []
        self.url_requests: list[float] = []
        self.dials: list[float] = []
        self.logins: list[Login] = []
        self.beats: list[object] = []
        self.sent: list[tuple[str, dict[str, object]]] = []
        self.closes: list[int | None] = []
        self.emitted: list[str] = []
        self.session = Session("none")
        self._sessions: dict[str, Session] = {}
        self._socket: web.WebSocketResponse | None = None
        self._port = port
        self._runner = web.AppRunner(self._application(), shutdown_timeout=0.2)

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def token_url(self) -> str:
        return f"{self.http_url}/app/getAppAccessToken"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/websocket"

    @property
    def token(self) -> str:
        return f"token-{self.token_number}"

    async def __aenter__(self) -> FakeGateway:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    def most_dials_per_second(self) -> int:
        """The storm check: the largest number of dials within any one second."""
        return max((sum(start <= at < start + 1 for at in self.dials) for start in self.dials), default=0)

    async def emit(self, *, repeat: bool = False) -> None:
        """A numbered private message; if nobody is connected, a resume will bring it."""
        if not repeat or not self.emitted:
            self.emitted.append(str(len(self.emitted) + 1))
        self.session.seq += 1
        number = self.emitted[-1]
        data = {"id": f"m{number}", "author": {"user_openid": "user"}, "content": number, "timestamp": ""}
        frame = {"op": 0, "s": self.session.seq, "t": "C2C_MESSAGE_CREATE", "id": f"e{number}", "d": data}
        self.session.frames.append(frame)
        socket = self._socket
        if socket is not None and not socket.closed:
            with suppress(ConnectionError):  # lost just now
                await _send(socket, frame)

    # --- HTTP ------------------------------------------------------------------------------------------------------

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/app/getAppAccessToken", self._on_token)
        application.router.add_get("/gateway", self._on_gateway)
        application.router.add_get("/websocket", self._on_websocket)
        application.router.add_post("/{kind:v2/users|v2/groups|channels|dms}/{id}/messages", self._on_message)
        return application

    async def _on_token(self, request: web.Request) -> web.Response:
        self.token_requests.append(time.monotonic())
        if self.token_answers:
            return _json(*self.token_answers.popleft())
        body = await request.json()
        if not body.get("appId") or not body.get("clientSecret"):
            return _json(200, {"code": 100007, "message": "appid or secret missing"})
        return _json(200, {"access_token": self.token, "expires_in": self.expires_in})

    async def _on_gateway(self, request: web.Request) -> web.Response:
        self.url_requests.append(time.monotonic())
        if self.url_answers:
            return _json(*self.url_answers.popleft())
        if request.headers.get("Authorization") != f"QQBot {self.token}":
            return _json(401, {"code": 11244, "message": "token expired"})
        return _json(200, {"url": self.ws_url})

    async def _on_message(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"QQBot {self.token}":
            return _json(401, {"code": 11244, "message": "token expired"})
        body = await request.json()
        self.sent.append((request.path, body))
        if self.send_answers:
            return _json(*self.send_answers.popleft())
        return _json(200, {"id": f"sent{len(self.sent)}", "timestamp": ""})

    # --- websocket -------------------------------------------------------------------------------------------------

    async def _on_websocket(self, request: web.Request) -> web.WebSocketResponse:
        self.dials.append(time.monotonic())
        script = self.scripts[0] if self.scripts else Script()
        if len(self.scripts) > 1:
            self.scripts.popleft()
        socket = web.WebSocketResponse(timeout=0.2)
        await socket.prepare(request)
        try:
            await self._perform(request, socket, script.before_hello)
            if script.hello and not socket.closed:
                await _send(socket, {"op": 10, "d": {"heartbeat_interval": script.heartbeat_interval}})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._on_frame(request, socket, script, json.loads(message.data))
        except ConnectionError:
            pass  # the client is gone
        if self._socket is socket:
            self._socket = None
        self.closes.append(socket.close_code)
        return socket

    async def _on_frame(
        self, request: web.Request, socket: web.WebSocketResponse, script: Script, frame: dict[str, object]
    ) -> None:
        op, data = frame["op"], frame["d"]
        if op == 1:
            self.beats.append(data)
            if script.acks:
                await _send(socket, {"op": 11})
        elif op in (2, 6) and isinstance(data, dict):
            self.logins.append(Login(2 if op == 2 else 6, data, time.monotonic()))
            if script.on_login is not None:
                await self._perform(request, socket, script.on_login)
            elif str(data.get("token")).removeprefix("QQBot ") != self.token:
                await socket.close(code=4004)
            elif op == 2:
                await self._ready(socket)
                await self._perform(request, socket, script.on_ready)
            elif await self._resumed(socket, str(data.get("session_id")), data.get("seq")):
                await self._perform(request, socket, script.on_ready)
        else:
            await socket.close(code=4001)

    async def _ready(self, socket: web.WebSocketResponse) -> None:
        self.session = Session(f"session-{len(self._sessions) + 1}")
        self._sessions[self.session.id] = self.session
        data = {"version": 1, "session_id": self.session.id, "user": {"id": "bot", "username": "fake", "bot": True}}
        await _send(socket, {"op": 0, "s": 1, "t": "READY", "d": data | {"shard": [0, 0]}})
        self._socket = socket

    async def _resumed(self, socket: web.WebSocketResponse, identifier: str, seq: object) -> bool:
        """Replays what comes after `seq`, then says RESUMED, with the empty string that the real one sends."""
        session = self._sessions.get(identifier)
        if session is None or not isinstance(seq, int):
            await _send(socket, {"op": 9, "d": False})
            return False
        self.session = session
        for frame in islice(session.frames, max(seq - 1, 0), None):  # of the list itself: it may grow meanwhile
            await _send(socket, frame)
        self._socket = socket
        await _send(socket, {"op": 0, "s": session.seq, "t": "RESUMED", "d": ""})
        return True

    async def _perform(self, request: web.Request, socket: web.WebSocketResponse, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, Close):
                await socket.close(code=action.code)
            elif isinstance(action, Drop) and request.transport is not None:
                request.transport.abort()
            elif isinstance(action, Invalid):
                await _send(socket, {"op": 9} if action.d == ABSENT else {"op": 9, "d": action.d})
            elif isinstance(action, Reconnect):
                await _send(socket, {"op": 7})
            elif isinstance(action, Raw):
                await _send_raw(socket, action.data)
            elif isinstance(action, Emit):
                for _ in range(action.count):
                    await self.emit(repeat=action.repeat)
            elif isinstance(action, Pause):
                await asyncio.sleep(action.seconds)


async def _send(socket: web.WebSocketResponse, frame: Mapping[str, object]) -> None:
    await socket.send_str(json.dumps(frame))


def _json(status: int, body: object) -> web.Response:
    return web.json_response(body, status=status, headers={"X-Tps-trace-ID": "fake"})


async def _send_raw(socket: web.WebSocketResponse, data: str | bytes) -> None:
    if isinstance(data, str):
        await socket.send_str(data)
    else:
        await socket.send_bytes(data)


async def _serve(port: int, scenario: str, every: float) -> None:
    async with FakeGateway(SCENARIOS[scenario], port) as fake:
        print(f"scenario {scenario}; try: python -m qqbot_fixed --api {fake.http_url}", flush=True)
        while True:
            await asyncio.sleep(max(0.1, every))
            await fake.emit()
            print(f"message {fake.emitted[-1]}; {len(fake.dials)} dials, {len(fake.logins)} logins", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m qqbot_fixed.fake_gateway", description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="good")
    parser.add_argument("--every", type=float, default=3.0, help="seconds between two messages")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments.port, arguments.scenario, arguments.every))


if __name__ == "__main__":
    main()
