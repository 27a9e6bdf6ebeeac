"""Drives of fixtures/SPN103: a stream at its end."""

from __future__ import annotations

from typing import Any

from drives.standins import EndedProcess, Socket, ended_reader


async def line_reader(m: Any) -> None:
    await m.LineReader(ended_reader(b"one\ntwo\n")).run()


async def accumulate(m: Any) -> None:
    await m.read_header(ended_reader(b"GET / HTTP/1.0\r\n"))


async def websocket_types(m: Any) -> None:
    await m.Chat(Socket(closed=True)).listen()


async def iterate_again(m: Any) -> None:
    await m.Listener(Socket(closed=True)).listen()


async def wrong_guard(m: Any) -> None:
    await m.Tunnel(ended_reader(b"data"), []).forward()


async def helper_read(m: Any) -> None:
    console = m.Console("localhost")
    console.reader = ended_reader(b"help\n")
    await console.run()


async def process_output(m: Any) -> None:
    await m.log_output(EndedProcess(), ended_reader(b"started\n"), [])
