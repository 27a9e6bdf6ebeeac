"""Each loop of `tests/data/shapes` in the state in which it spins: the function of its name starts it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from drives.standins import ClosingWriter, SilentPubSub, Socket, ended_reader

Started = Awaitable[object]


def client_that_reconnects(module: ModuleType) -> Started:
    client = module.FeedClient(None, "url")

    async def connect() -> None:
        client.ws = Socket(closed=client.ws is None)

    client.connect = connect
    return client.run()


def receive_by_type(module: ModuleType) -> Started:
    return module.Chat(Socket()).listen()


class Writer(ClosingWriter):
    def write(self, data: bytes) -> None:
        pass

    async def drain(self) -> None:
        pass

    def close(self) -> None:
        pass


def line_protocol(module: ModuleType) -> Started:
    return module.handle(ended_reader(), Writer())


def reader_that_reconnects(module: ModuleType) -> Started:
    link = module.Link(ended_reader(), Writer())

    async def reconnect() -> None:
        await asyncio.sleep(1)

    link.reconnect = reconnect
    return link.read_loop()


class PubSub(SilentPubSub):
    async def subscribe(self, *_: str) -> None:
        pass

    async def get_message(self, ignore_subscribe_messages: bool = False, timeout: float = 0.0) -> None:
        await asyncio.sleep(timeout)


def pubsub_without_timeout(module: ModuleType) -> Started:
    return module.Listener(SimpleNamespace(pubsub=PubSub)).listen()


def pool_of_dead_workers(module: ModuleType) -> Started:
    pool, worker = module.Pool(), module.Worker()
    worker.die()
    pool.add(worker)
    return pool.supervise()


def event_with_timeout(module: ModuleType) -> Started:
    refresher = module.Refresher()
    refresher.refresh = lambda: None
    refresher.notify()
    return refresher.run()


class Process:
    returncode: int | None = None

    def __init__(self) -> None:
        self.stdout = ended_reader()

    async def wait(self) -> int:
        await asyncio.sleep(1)
        self.returncode = 0
        return 0


async def process_output(module: ModuleType) -> None:
    async def create(*_: str, **__: int) -> Process:
        return Process()

    module.asyncio = SimpleNamespace(create_subprocess_exec=create, subprocess=asyncio.subprocess)
    assert await module.Runner().run("command") == 0


def keepalive(module: ModuleType) -> Started:
    return module.Keepalive(ClosingWriter()).run()


def callee_in_base(module: ModuleType) -> Started:
    child = module.Child()
    child.after = lambda: None
    child.close()
    return child.loop()


def timeout_around_read(module: ModuleType) -> Started:
    return module.Reader(ended_reader()).loop()


def closed_session(module: ModuleType) -> Started:
    class Session:
        closed = True

        def get(self, _: str) -> Any:
            raise RuntimeError("Session is closed")

    return module.Coordinator(Session()).update()


def iterate_new_websocket(module: ModuleType) -> Started:
    class Connection(Socket):
        close_code = 1000

    return module.Feed(Connection()).run()


def whole_frame(module: ModuleType) -> Started:
    return module.Parser(ended_reader()).frames()


def read_in_helpers(module: ModuleType) -> Started:
    ingest = module.Ingest()
    ingest.attach(ended_reader())
    return ingest.run()


def hub_that_reconnects(module: ModuleType) -> Started:
    hub = module.Hub(None, "host")
    hub._ws = Socket()
    return hub.run_forever()


def event_cleared_elsewhere(module: ModuleType) -> Started:
    outbox = module.Outbox()
    outbox.put("text")
    return outbox.run()


def global_flag(module: ModuleType) -> Started:
    module.pause()
    return module.worker(asyncio.Queue())


def nested_reader(module: ModuleType) -> Started:
    return module.Protocol(ended_reader()).handler()


class OpenWriter(Writer):
    def is_closing(self) -> bool:
        return False


def pipe(module: ModuleType) -> Started:
    return module.pipe(ended_reader(), OpenWriter())


# These spin as they are made.
PLAIN: dict[str, Callable[[ModuleType], Started]] = {
    "uplink_with_backoff": lambda module: module.Uplink().send_loop(),
    "cron_with_helper": lambda module: module.Cron().run(),
    "guard_in_property": lambda module: module.Connection().heartbeat(),
    "idle_branch": lambda module: module.Bus().pump(),
    "empty_queue": lambda module: module.Printer().run(),
    "gather_of_nothing": lambda module: module.Monitor().watch(),
    "delay_in_variable": lambda module: module.Auth().refresh_loop(),
    "not_connected": lambda module: module.Driver().run(),
    "limited_tries": lambda module: module.Client().run(),
    "two_conditions": lambda module: module.Player().loop(),
    "batch_size": lambda module: module.Batcher().run(),
    "module_client": lambda module: module.main_loop(),
    "wait_until_ready": lambda module: module.Waiter().wait_ready(),
    "three_ways": lambda module: module.Elevator().control(),
    "own_exception": lambda module: module.Modem().run(),
    "suppressed": lambda module: module.Beacon().run(),
    "else_branch": lambda module: module.Uploader().run(),
    "pass_in_handler": lambda module: module.Bridge().pump(),
    "interval_of_zero": lambda module: module.Metrics().run(),
    "failed_connect": lambda module: module.Mqtt().run(),
    "branch_without_wait": lambda module: module.Door().watch(),
    "one_line_if": lambda module: module.Tick().run(),
    "sleep_by_name": lambda module: module.Blink().run(),
    "reset_with_code": lambda module: module.Api().run(),
    "zero_timeout": lambda module: module.Q().run(),
    "elif_chain": lambda module: module.Light().run(),
    "comment_below": lambda module: module.Watch().run(),
    "nested_try": lambda module: module.Sub().run(),
    "comment_above": lambda module: module.Sink().drain(),
    "backoff_of_zero": lambda module: module.Retrier().run(),
}
