"""States of objects of the smaller libraries: pyzmq, asyncssh, aiofiles, grpc, tornado, socketio, janus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from model_probes.registry import Case, probe

# --- pyzmq -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def zmq_socket() -> AsyncIterator[Any]:
    import zmq
    import zmq.asyncio

    with zmq.asyncio.Context() as context:
        socket = context.socket(zmq.PULL)
        socket.bind("inproc://nothing")
        yield socket
        socket.close(0)


@probe("zmq.asyncio.Socket.recv", "zmq.asyncio.Socket.poll", when=("closed",))
async def zmq_closed(method: str) -> AsyncIterator[Case]:
    async with zmq_socket() as socket:
        socket.close(0)
        yield Case(getattr(socket, method), socket)


@probe("zmq.asyncio.Socket.poll", when=("!closed", "timeout<=0"))
async def zmq_poll(_: str) -> AsyncIterator[Case]:
    async with zmq_socket() as socket:
        yield Case(lambda: socket.poll(0), socket)


@probe("zmq.asyncio.Poller.poll", when=("timeout<=0",))
async def zmq_poller(_: str) -> AsyncIterator[Case]:
    import zmq
    import zmq.asyncio

    async with zmq_socket() as socket:
        poller = zmq.asyncio.Poller()
        poller.register(socket, zmq.POLLIN)
        yield Case(lambda: poller.poll(0))


# --- asyncssh --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def ssh_connection() -> AsyncIterator[Any]:
    """A connection to a server on loopback that asks for no password; `hold` runs on, all else is over at once."""
    import asyncssh

    class Open(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return False

    async def serve(process: Any) -> None:
        if process.command == "hold":
            await asyncio.sleep(30)
        process.exit(0)

    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.create_server(Open, "127.0.0.1", 0, server_host_keys=[key], process_factory=serve)
    async with asyncssh.connect("127.0.0.1", server.get_port(), known_hosts=None, username="x", config=None) as made:
        yield made
    server.close()


@asynccontextmanager
async def ssh_process() -> AsyncIterator[Any]:
    async with ssh_connection() as connection:
        process = await connection.create_process("x")
        await process.wait()
        yield process


@probe("asyncssh.SSHReader.read", "asyncssh.SSHReader.readline", when=("at_eof",))
async def ssh_read(method: str) -> AsyncIterator[Case]:
    async with ssh_process() as process:
        yield Case(getattr(process.stdout, method), process.stdout)


@probe("asyncssh.SSHReader", form="async for", when=("at_eof",))
async def ssh_iterate(_: str) -> AsyncIterator[Case]:
    async with ssh_process() as process:
        yield Case(lambda: process.stdout, process.stdout)


@probe("asyncssh.SSHReader.at_eof", form="call")
async def ssh_at_eof(_: str) -> AsyncIterator[Case]:
    async with ssh_process() as process, ssh_connection() as other:
        running = await other.create_process("hold")
        yield Case(process.stdout.at_eof, process.stdout, running.stdout.at_eof)


@probe("asyncssh.SSHClientProcess.wait", when=("finished",))
async def ssh_wait(_: str) -> AsyncIterator[Case]:
    async with ssh_process() as process:
        yield Case(process.wait, process)


@probe("asyncssh.SSHClientConnection.create_process", when=("closed",))
async def ssh_closed(_: str) -> AsyncIterator[Case]:
    async with ssh_connection() as connection:
        connection.close()
        await connection.wait_closed()
        yield Case(lambda: connection.create_process("x"), connection)


# --- aiofiles --------------------------------------------------------------------------------------------------------

FILE = "aiofiles.threadpool.text.AsyncTextIOWrapper"


@asynccontextmanager
async def empty_file() -> AsyncIterator[Any]:
    import aiofiles

    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty"
        path.touch()
        async with aiofiles.open(path) as file:
            yield file


@probe(f"{FILE}.read", f"{FILE}.readline")
async def file_read(method: str) -> AsyncIterator[Case]:
    async with empty_file() as file:
        yield Case(getattr(file, method), file)


@probe(FILE, form="async for")
async def file_iterate(_: str) -> AsyncIterator[Case]:
    async with empty_file() as file:
        yield Case(lambda: file, file)


# --- grpc ------------------------------------------------------------------------------------------------------------

CALL = "grpc.aio.UnaryStreamCall"


@asynccontextmanager
async def grpc_call(finished: bool = True, failed: bool = False, iterated: bool = False) -> AsyncIterator[Any]:
    """A call whose answers have all been read, that ended by an error, or that is still open."""
    import grpc

    async def answer(_: bytes, context: Any) -> AsyncIterator[bytes]:
        yield b"x"
        if failed:
            await context.abort(grpc.StatusCode.UNAVAILABLE)
        if not finished:
            await asyncio.sleep(30)

    server = grpc.aio.server()
    handlers = {"Method": grpc.unary_stream_rpc_method_handler(answer)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("Service", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_stream("/Service/Method")(b"x")
        with suppress(grpc.aio.AioRpcError):
            if iterated:
                async for _ in call:
                    pass
            while not iterated and await call.read() is not grpc.aio.EOF and finished:
                pass
        if finished:
            await call.code()
        yield call
    await server.stop(None)


@probe(f"{CALL}.read", when=("done", "!failed"))
async def grpc_finished(_: str) -> AsyncIterator[Case]:
    async with grpc_call() as call:
        yield Case(call.read, call)


@probe(f"{CALL}.read", when=("done", "failed"))
async def grpc_failed(_: str) -> AsyncIterator[Case]:
    async with grpc_call(failed=True) as call:
        yield Case(call.read, call)


@probe(CALL, form="async for", when=("done", "!failed"))
async def grpc_iterate(_: str) -> AsyncIterator[Case]:
    import grpc

    async with grpc_call(iterated=True) as call:
        assert await call.code() is grpc.StatusCode.OK
        yield Case(lambda: call, call)


@probe(f"{CALL}.done", form="call")
async def grpc_done(_: str) -> AsyncIterator[Case]:
    async with grpc_call() as over, grpc_call(finished=False) as open_:
        yield Case(over.done, over, open_.done)


# --- tornado ---------------------------------------------------------------------------------------------------------


@probe("tornado.gen.sleep", when=("duration<=0",))
async def tornado_sleep_zero(_: str) -> AsyncIterator[Case]:
    from tornado import gen

    yield Case(lambda: gen.sleep(0))


@probe("tornado.gen.sleep", when=("duration>0",))
async def tornado_sleep(_: str) -> AsyncIterator[Case]:
    from tornado import gen

    yield Case(lambda: gen.sleep(0.01))


def tornado_event(is_set: bool) -> Any:
    from tornado.locks import Event

    event = Event()
    if is_set:
        event.set()
    return event


@probe("tornado.locks.Event.wait", when=("set",))
async def tornado_event_wait(_: str) -> AsyncIterator[Case]:
    event = tornado_event(True)
    yield Case(event.wait, event)


@probe("tornado.locks.Event.is_set", form="call")
async def tornado_event_is_set(_: str) -> AsyncIterator[Case]:
    yield Case(tornado_event(True).is_set, None, tornado_event(False).is_set)


@probe("tornado.locks.Event.set", "tornado.locks.Event.clear", form="call")
async def tornado_event_changes(method: str) -> AsyncIterator[Case]:
    event = tornado_event(method == "clear")
    yield Case(getattr(event, method), event)


def tornado_queue(items: int) -> Any:
    from tornado.queues import Queue

    queue: Any = Queue()
    for item in range(items):
        queue.put_nowait(item)
    return queue


@probe("tornado.queues.Queue.get", when=("!empty",))
@probe("tornado.queues.Queue.get_nowait", form="call", when=("!empty",))
async def tornado_get(method: str) -> AsyncIterator[Case]:
    queue = tornado_queue(1)
    yield Case(getattr(queue, method), queue)


@probe("tornado.queues.Queue.get_nowait", form="call", when=("empty",))
async def tornado_get_empty(method: str) -> AsyncIterator[Case]:
    queue = tornado_queue(0)
    yield Case(getattr(queue, method), queue)


@probe("tornado.queues.Queue.empty", form="call")
async def tornado_is_empty(_: str) -> AsyncIterator[Case]:
    yield Case(tornado_queue(0).empty, None, tornado_queue(1).empty)


@asynccontextmanager
async def tornado_stream(closed: bool = True) -> AsyncIterator[Any]:
    from tornado.tcpclient import TCPClient

    server = await asyncio.start_server(lambda _, writer: writer.close() if closed else None, "127.0.0.1", 0)
    stream = await TCPClient().connect(*server.sockets[0].getsockname())
    if closed:
        await stream.read_until_close()
    yield stream
    stream.close()
    server.close()


@probe("tornado.iostream.IOStream.read_until", "tornado.iostream.IOStream.read_bytes", when=("closed",))
async def tornado_read(method: str) -> AsyncIterator[Case]:
    async with tornado_stream() as stream:
        yield Case(lambda: getattr(stream, method)(b"\n" if method == "read_until" else 1), stream)


@probe("tornado.iostream.IOStream.closed", form="call")
async def tornado_closed(_: str) -> AsyncIterator[Case]:
    async with tornado_stream() as closed, tornado_stream(closed=False) as open_:
        yield Case(closed.closed, closed, open_.closed)


@probe("tornado.websocket.WebSocketClientConnection.write_message", when=("closed",))
async def tornado_write(_: str) -> AsyncIterator[Case]:
    from tornado.httpserver import HTTPServer
    from tornado.testing import bind_unused_port
    from tornado.web import Application
    from tornado.websocket import WebSocketHandler, websocket_connect

    class HangUp(WebSocketHandler):
        def open(self, *_: str, **__: str) -> None:
            self.close()

    listener, port = bind_unused_port()
    server = HTTPServer(Application([("/", HangUp)]))
    server.add_socket(listener)
    connection = await websocket_connect(f"ws://127.0.0.1:{port}/")
    assert await connection.read_message() is None
    yield Case(lambda: connection.write_message("x"), connection)
    server.stop()


# --- socketio, janus -------------------------------------------------------------------------------------------------


@probe("socketio.AsyncClient.emit", "socketio.AsyncClient.wait", when=("!connected",))
async def socketio_unconnected(method: str) -> AsyncIterator[Case]:
    import socketio

    client = socketio.AsyncClient()
    yield Case(lambda: getattr(client, method)(*(("event",) if method == "emit" else ())), client)


def socketio_object(zero: bool) -> None:
    names = ("socketio.AsyncClient.sleep", "socketio.AsyncServer.sleep")

    @probe(*names, when=("seconds<=0",) if zero else ("seconds>0",))
    async def sleep(_: str) -> AsyncIterator[Case]:
        import socketio

        client = socketio.AsyncClient()
        yield Case(client.sleep if zero else lambda: client.sleep(0.01))


socketio_object(zero=True)
socketio_object(zero=False)


@asynccontextmanager
async def janus_queue(items: int = 0, closed: bool = False) -> AsyncIterator[Any]:
    import janus

    queue: Any = janus.Queue()
    for item in range(items):
        queue.sync_q.put(item)
    if closed:
        await queue.aclose()
    yield queue
    await queue.aclose()


@probe("janus.Queue.wait_closed", when=("closed",))
async def janus_wait_closed(_: str) -> AsyncIterator[Case]:
    async with janus_queue(closed=True) as queue:
        yield Case(queue.wait_closed, queue)


@probe("janus.AsyncQueue.get", when=("closed",))
async def janus_get_closed(_: str) -> AsyncIterator[Case]:
    async with janus_queue(closed=True) as queue:
        yield Case(queue.async_q.get, queue.async_q)


@probe("janus.AsyncQueue.get", when=("!closed", "!empty"))
async def janus_get(_: str) -> AsyncIterator[Case]:
    async with janus_queue(1) as queue:
        yield Case(queue.async_q.get, queue.async_q)


@probe("janus.AsyncQueue.empty", form="call")
async def janus_empty(_: str) -> AsyncIterator[Case]:
    async with janus_queue() as empty, janus_queue(1) as filled:
        yield Case(empty.async_q.empty, empty.async_q, filled.async_q.empty)


@probe("janus.AsyncQueue.get_nowait", form="call", when=("!closed", "empty"))
async def janus_get_nowait(_: str) -> AsyncIterator[Case]:
    async with janus_queue() as queue:
        yield Case(queue.async_q.get_nowait, queue.async_q)
