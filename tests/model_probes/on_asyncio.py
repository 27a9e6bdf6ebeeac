"""States of asyncio's own objects but streams: events, locks, queues, futures, combinators, processes."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from model_probes.registry import Case, probe

ARGUMENTS = {"readexactly": (5,), "write": (b"",), "writelines": ([],), "put": (1,), "put_nowait": (1,)}


def call(target: object, method: str) -> Callable[[], object]:
    """The method with the arguments that it needs."""
    return lambda: getattr(target, method)(*ARGUMENTS.get(method, ()))


@probe("asyncio.Event.wait", when=("set",))
async def event_set(_: str) -> AsyncIterator[Case]:
    event = asyncio.Event()
    event.set()
    yield Case(event.wait, event)


@probe("asyncio.Event.is_set", form="call")
async def event_is_set(_: str) -> AsyncIterator[Case]:
    event = asyncio.Event()
    event.set()
    yield Case(event.is_set, event, asyncio.Event().is_set)


@probe("asyncio.Event.set", "asyncio.Event.clear", form="call")
async def event_changes(method: str) -> AsyncIterator[Case]:
    event = asyncio.Event()
    if method == "clear":
        event.set()
    yield Case(call(event, method), event)


LOCKS: dict[str, Callable[[], asyncio.Lock | asyncio.Semaphore | asyncio.Condition]] = {
    "Lock": asyncio.Lock,
    "Semaphore": asyncio.Semaphore,
    "Condition": asyncio.Condition,
}


def free_lock(kind: str) -> None:
    name = f"asyncio.{kind}"

    @probe(f"{name}.acquire", when=("!locked",))
    async def acquire(_: str) -> AsyncIterator[Case]:
        lock = LOCKS[kind]()
        yield Case(lock.acquire, lock)

    @probe(name, form="async with", when=("!locked",))
    async def enter(_: str) -> AsyncIterator[Case]:
        lock = LOCKS[kind]()
        yield Case(lambda: lock, lock)

    @probe(f"{name}.locked", form="call")
    async def locked(_: str) -> AsyncIterator[Case]:
        lock = LOCKS[kind]()
        await lock.acquire()
        yield Case(lock.locked, lock, LOCKS[kind]().locked)

    @probe(f"{name}.release", form="call", when=() if kind == "Semaphore" else ("locked",))
    async def release(_: str) -> AsyncIterator[Case]:
        lock = LOCKS[kind]()
        await lock.acquire()
        yield Case(lock.release, lock)


for kind_of_lock in LOCKS:
    free_lock(kind_of_lock)


@probe("asyncio.Lock.release", form="call", when=("!locked",))
async def release_free_lock(method: str) -> AsyncIterator[Case]:
    lock = asyncio.Lock()
    yield Case(call(lock, method), lock)


@probe("asyncio.Condition.release", form="call", when=("!locked",))
@probe("asyncio.Condition.wait", when=("!locked",))
async def condition_free(method: str) -> AsyncIterator[Case]:
    condition = asyncio.Condition()
    yield Case(call(condition, method), condition)


@probe("asyncio.Condition.wait_for", when=("!locked",))
async def condition_wait_for(_: str) -> AsyncIterator[Case]:
    condition = asyncio.Condition()
    yield Case(lambda: condition.wait_for(lambda: False), condition)


@probe("asyncio.Condition.notify", "asyncio.Condition.notify_all", form="call", when=("locked",))
async def condition_notify(method: str) -> AsyncIterator[Case]:
    condition = asyncio.Condition()
    await condition.acquire()
    yield Case(call(condition, method), condition)


if sys.version_info >= (3, 11):

    @probe("asyncio.Barrier.wait", when=("broken",))
    async def barrier_broken(_: str) -> AsyncIterator[Case]:
        barrier = asyncio.Barrier(2)
        await barrier.abort()
        yield Case(barrier.wait, barrier)

    @probe("asyncio.timeout", form="async with")
    async def timeout(_: str) -> AsyncIterator[Case]:
        yield Case(lambda: asyncio.timeout(0))

    @probe("asyncio.timeout_at", form="async with")
    async def timeout_at(_: str) -> AsyncIterator[Case]:
        yield Case(lambda: asyncio.timeout_at(0))

    @probe("asyncio.TaskGroup", form="async with")
    async def task_group(_: str) -> AsyncIterator[Case]:
        yield Case(asyncio.TaskGroup)


def queue(items: int = 0, size: int = 0) -> asyncio.Queue[int]:
    made: asyncio.Queue[int] = asyncio.Queue(size)
    for item in range(items):
        made.put_nowait(item)
    return made


@probe("asyncio.Queue.get", when=("!empty",))
@probe("asyncio.Queue.get_nowait", form="call", when=("!empty",))
@probe("asyncio.Queue.put", when=("!full",))
@probe("asyncio.Queue.put_nowait", form="call", when=("!full",))
async def queue_with_items_and_room(method: str) -> AsyncIterator[Case]:
    made = queue(3)
    yield Case(call(made, method), made)


@probe("asyncio.Queue.get_nowait", form="call", when=("empty",))
@probe("asyncio.Queue.join", when=("!unfinished",))
async def queue_empty(method: str) -> AsyncIterator[Case]:
    made = queue()
    yield Case(call(made, method), made)


@probe("asyncio.Queue.put_nowait", form="call", when=("full",))
async def queue_full(method: str) -> AsyncIterator[Case]:
    made = queue(1, 1)
    yield Case(call(made, method), made)


@probe("asyncio.Queue.empty", form="call")
async def queue_is_empty(_: str) -> AsyncIterator[Case]:
    made = queue()
    yield Case(made.empty, made, queue(1).empty)


@probe("asyncio.Queue.full", form="call")
async def queue_is_full(_: str) -> AsyncIterator[Case]:
    made = queue(1, 1)
    yield Case(made.full, made, queue(1, 2).full)


if sys.version_info >= (3, 13):

    @probe("asyncio.Queue.get", when=("empty", "shutdown"))
    async def queue_shut_down(method: str) -> AsyncIterator[Case]:
        made = queue()
        made.shutdown()
        yield Case(call(made, method), made)


def future(result: object = None, error: Exception | None = None) -> asyncio.Future[object]:
    made: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    if error is not None:
        made.set_exception(error)
        made.exception()
    else:
        made.set_result(result)
    return made


@probe("asyncio.Future", when=("done", "!failed"))
async def future_done(_: str) -> AsyncIterator[Case]:
    made = future(7)
    yield Case(lambda: made, made)


@probe("asyncio.Future", when=("done", "failed"))
async def future_failed(_: str) -> AsyncIterator[Case]:
    made = future(error=ValueError("x"))
    yield Case(lambda: made, made)


@probe("asyncio.Future.done", form="call")
async def future_is_done(_: str) -> AsyncIterator[Case]:
    made = future(7)
    yield Case(made.done, made, asyncio.get_running_loop().create_future().done)


@probe("asyncio.Future.result", form="call", when=("done", "!failed"))
@probe("asyncio.Future.cancel", form="call", when=("done",))
async def future_method_done(method: str) -> AsyncIterator[Case]:
    made = future(7)
    yield Case(call(made, method), made)


@probe("asyncio.Future.result", form="call", when=("done", "failed"))
async def future_result_failed(method: str) -> AsyncIterator[Case]:
    made = future(error=ValueError("x"))
    yield Case(call(made, method), made)


@probe("asyncio.Future.result", form="call", when=("!done",))
async def future_result_pending(method: str) -> AsyncIterator[Case]:
    made: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    yield Case(call(made, method), made)


def set_future(made: asyncio.Future[object], method: str) -> Callable[[], object]:
    value = ValueError("x") if method == "set_exception" else 1
    return lambda: getattr(made, method)(value)


@probe("asyncio.Future.set_result", "asyncio.Future.set_exception", form="call", when=("done",))
async def future_set_again(method: str) -> AsyncIterator[Case]:
    made = future(7)
    yield Case(set_future(made, method), made)


@probe("asyncio.Future.set_result", "asyncio.Future.set_exception", form="call", when=("!done",))
async def future_set(method: str) -> AsyncIterator[Case]:
    made: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    yield Case(set_future(made, method), made)


async def silent() -> int:
    return 1


@probe("asyncio.Task.cancel", form="call", when=("done",))
async def task_cancel_done(_: str) -> AsyncIterator[Case]:
    task = asyncio.create_task(silent())
    await task
    yield Case(task.cancel, task)


@probe("asyncio.Task.cancel", form="call", when=("!done",))
async def task_cancel_pending(_: str) -> AsyncIterator[Case]:
    task = asyncio.create_task(asyncio.sleep(30))
    await asyncio.sleep(0)
    yield Case(task.cancel, task)


@probe("asyncio.sleep", when=("delay<=0",))
async def sleep_zero(_: str) -> AsyncIterator[Case]:
    delays = iter(range(0, -1000, -1))
    yield Case(lambda: asyncio.sleep(next(delays)))


@probe("asyncio.sleep", when=("delay>0",))
async def sleep_some(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: asyncio.sleep(0.01))


@probe("asyncio.wait_for", when=("fut silent", "timeout is None"))
async def wait_for_silent_none(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: asyncio.wait_for(silent(), None))


@probe("asyncio.wait_for", when=("fut silent", "timeout>0"))
async def wait_for_silent(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: asyncio.wait_for(silent(), 5))


@probe("asyncio.wait_for", when=("fut silent", "timeout<=0"))
async def wait_for_silent_zero(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: asyncio.wait_for(silent(), 0))


@probe("asyncio.wait_for", when=("fut done", "timeout>0"))
async def wait_for_done(_: str) -> AsyncIterator[Case]:
    made = future(7)
    yield Case(lambda: asyncio.wait_for(made, 5))


@probe("asyncio.wait_for", when=("fut done", "timeout<=0"))
async def wait_for_done_zero(_: str) -> AsyncIterator[Case]:
    made = future(7)
    yield Case(lambda: asyncio.wait_for(made, 0))


@probe("asyncio.shield", when=("arg done",))
async def shield_done(_: str) -> AsyncIterator[Case]:
    made = future(7)
    yield Case(lambda: asyncio.shield(made))


@probe("asyncio.shield", when=("arg silent",))
async def shield_silent(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: asyncio.shield(silent()))


@probe("asyncio.gather", when=("coros_or_futures empty",))
async def gather_nothing(_: str) -> AsyncIterator[Case]:
    yield Case(asyncio.gather)


@probe("asyncio.gather", when=("coros_or_futures done",))
async def gather_done(_: str) -> AsyncIterator[Case]:
    made = future(7)
    yield Case(lambda: asyncio.gather(made, made))


@probe("asyncio.gather", when=("coros_or_futures silent",))
async def gather_silent(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: asyncio.gather(silent(), silent()))


@probe("asyncio.wait", when=("fs done",))
async def wait_done(_: str) -> AsyncIterator[Case]:
    made, pending = future(7), asyncio.get_running_loop().create_future()
    yield Case(lambda: asyncio.wait({made, pending}, return_when=asyncio.FIRST_COMPLETED))


@probe("asyncio.wait", when=("fs empty",))
async def wait_nothing(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: asyncio.wait(set()))


@probe("asyncio.create_task", "asyncio.AbstractEventLoop.create_task", when=("coro silent",))
@probe("asyncio.ensure_future", when=("coro_or_future silent",))
async def spawn_silent(function: str) -> AsyncIterator[Case]:
    spawn = asyncio.ensure_future if function == "ensure_future" else asyncio.get_running_loop().create_task
    yield Case(lambda: spawn(silent()))


@probe("asyncio.to_thread")
async def to_thread(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: asyncio.to_thread(int))


@probe("asyncio.AbstractEventLoop.run_in_executor")
async def run_in_executor(_: str) -> AsyncIterator[Case]:
    loop = asyncio.get_running_loop()
    yield Case(lambda: loop.run_in_executor(None, int))


@probe("asyncio.AbstractEventLoop.sock_connect")
async def sock_connect(_: str) -> AsyncIterator[Case]:
    sock = socket.socket()
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    yield Case(lambda: loop.sock_connect(sock, listener.getsockname()))
    sock.close()
    listener.close()


SOCKET_ARGUMENTS: dict[str, tuple[object, ...]] = {"sock_recv": (10,), "sock_sendall": (b"",), "sock_accept": ()}


@probe("asyncio.AbstractEventLoop.sock_recv", when=("!sock.closed", "sock.at_end"))
@probe("asyncio.AbstractEventLoop.sock_sendall", when=("!sock.closed", "data falsy"))
async def open_socket(method: str) -> AsyncIterator[Case]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    if method == "sock_recv":
        theirs.close()
    loop = asyncio.get_running_loop()
    yield Case(lambda: getattr(loop, method)(ours, *SOCKET_ARGUMENTS[method]), ours)
    ours.close()
    theirs.close()


@probe(
    "asyncio.AbstractEventLoop.sock_recv",
    "asyncio.AbstractEventLoop.sock_sendall",
    "asyncio.AbstractEventLoop.sock_accept",
    when=("sock.closed",),
)
async def closed_socket(method: str) -> AsyncIterator[Case]:
    sock = socket.socket()
    sock.setblocking(False)
    sock.close()
    loop = asyncio.get_running_loop()
    yield Case(lambda: getattr(loop, method)(sock, *SOCKET_ARGUMENTS[method]), sock)


@probe("asyncio.open_connection")
async def open_connection(_: str) -> AsyncIterator[Case]:
    server = await asyncio.start_server(lambda _r, writer: writer.close(), "127.0.0.1", 0)
    yield Case(lambda: asyncio.open_connection(*server.sockets[0].getsockname()))
    server.close()


@probe("asyncio.AbstractEventLoop.getaddrinfo")
async def getaddrinfo(_: str) -> AsyncIterator[Case]:
    loop = asyncio.get_running_loop()
    yield Case(lambda: loop.getaddrinfo("localhost", 80))


def program(code: str) -> tuple[str, ...]:
    return str(Path(sys.executable)), "-c", code


@probe("asyncio.subprocess.Process.wait", "asyncio.subprocess.Process.communicate", when=("finished",))
async def process_finished(method: str) -> AsyncIterator[Case]:
    process = await asyncio.create_subprocess_exec(*program("pass"), stdout=asyncio.subprocess.PIPE)
    await process.wait()
    await process.communicate()
    yield Case(call(process, method), process)
