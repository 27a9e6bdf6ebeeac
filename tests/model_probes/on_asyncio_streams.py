"""States of asyncio's streams, transports and servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from model_probes.on_asyncio import call
from model_probes.registry import Case, probe

READS = ("asyncio.StreamReader.read", "asyncio.StreamReader.readline")
EXACT_READS = ("asyncio.StreamReader.readexactly", "asyncio.StreamReader.readuntil")


def reader(data: bytes = b"", eof: bool = False, limit: int = 2**16) -> asyncio.StreamReader:
    stream = asyncio.StreamReader(limit=limit)
    stream.feed_data(data)
    if eof:
        stream.feed_eof()
    return stream


@probe(*READS, *EXACT_READS, when=("at_eof", "!failed"))
async def reader_at_eof(method: str) -> AsyncIterator[Case]:
    stream = reader(eof=True)
    yield Case(call(stream, method), stream)


@probe(*READS, *EXACT_READS, when=("failed",))
async def reader_failed(method: str) -> AsyncIterator[Case]:
    stream = reader()
    stream.set_exception(ConnectionResetError("lost"))
    yield Case(call(stream, method), stream)


@probe("asyncio.StreamReader.readuntil", when=("!failed", "!at_eof", "overrun"))
async def reader_overrun(method: str) -> AsyncIterator[Case]:
    stream = reader(b"x" * 100, limit=10)
    yield Case(call(stream, method), stream)


@probe("asyncio.StreamReader", form="async for", when=("at_eof", "!failed"))
async def iterate_at_eof(_: str) -> AsyncIterator[Case]:
    stream = reader(eof=True)
    yield Case(lambda: stream, stream)


@probe("asyncio.StreamReader", form="async for", when=("failed",))
async def iterate_failed(_: str) -> AsyncIterator[Case]:
    stream = reader()
    stream.set_exception(ConnectionResetError("lost"))
    yield Case(lambda: stream, stream)


@probe("asyncio.StreamReader.at_eof", form="call")
async def at_eof(_: str) -> AsyncIterator[Case]:
    over, open_ = reader(eof=True), reader(b"x", eof=True)
    yield Case(over.at_eof, over, open_.at_eof)


@probe("asyncio.StreamReader.exception", form="call", when=("!failed",))
async def exception(_: str) -> AsyncIterator[Case]:
    whole, failed = reader(eof=True), reader()
    failed.set_exception(ConnectionResetError("lost"))
    yield Case(whole.exception, whole, failed.exception)


async def connection() -> tuple[asyncio.StreamReader, asyncio.StreamWriter, asyncio.Server]:
    """A connection to a server that keeps it open and says nothing."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    stream, writer = await asyncio.open_connection("127.0.0.1", port)
    return stream, writer, server


@probe("asyncio.StreamWriter.write", form="call", when=("data falsy",))
@probe("asyncio.StreamWriter.drain", when=("!closing",))
async def writer_open(method: str) -> AsyncIterator[Case]:
    _, writer, server = await connection()
    yield Case(call(writer, method), writer)
    writer.close()
    server.close()


@probe("asyncio.StreamWriter.write", form="call", when=("data truthy",))
async def writer_fills(_: str) -> AsyncIterator[Case]:
    _, writer, server = await connection()
    yield Case(lambda: writer.write(b"x"), writer)
    writer.close()
    server.close()


@probe("asyncio.StreamWriter.close", form="call")
async def writer_close(_: str) -> AsyncIterator[Case]:
    _, writer, server = await connection()
    yield Case(writer.close, writer)
    server.close()


@probe("asyncio.StreamWriter.drain", "asyncio.StreamWriter.wait_closed", when=("closing",))
async def writer_closing(method: str) -> AsyncIterator[Case]:
    _, writer, server = await connection()
    writer.close()
    await asyncio.sleep(0.01)
    yield Case(call(writer, method), writer)
    server.close()


@probe("asyncio.StreamWriter.is_closing", form="call")
async def writer_is_closing(_: str) -> AsyncIterator[Case]:
    _, closed, server = await connection()
    _, open_, other = await connection()
    closed.close()
    yield Case(closed.is_closing, closed, open_.is_closing)
    open_.close()
    server.close()
    other.close()


@probe("asyncio.Transport.is_closing", form="call")
async def transport_is_closing(_: str) -> AsyncIterator[Case]:
    _, closed, server = await connection()
    _, open_, other = await connection()
    closed.transport.abort()
    yield Case(closed.transport.is_closing, closed.transport, open_.transport.is_closing)
    open_.close()
    server.close()
    other.close()


@probe("asyncio.Transport.close", "asyncio.Transport.abort", form="call")
async def transport_close(method: str) -> AsyncIterator[Case]:
    _, writer, server = await connection()
    yield Case(call(writer.transport, method), writer.transport)
    server.close()


@probe("asyncio.Server.serve_forever", "asyncio.Server.wait_closed", when=("closed",))
async def server_closed(method: str) -> AsyncIterator[Case]:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    server.close()
    yield Case(call(server, method), server)
