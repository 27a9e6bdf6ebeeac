"""What a fix does not name stays byte for byte, however a file is written."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fixed_fixtures import bad_files, fixed_path, repaired
from lint_rules.findings import Edit
from lint_rules.fixes.edits import Unwritable, apply, difference, insert

ENTRY = '''\
"""A reader. 读取器"""
import asyncio


class Feed:
    """中文注释"""

    def __init__(self, ws: "aiohttp.ClientWebSocketResponse | None" = None) -> None:
        self._ws: "aiohttp.ClientWebSocketResponse | None" = ws

    async def run(self) -> None:
        while True:  # 循环
            try:
                await self._read()
            except ConnectionError:
                await asyncio.sleep(5)

    async def _read(self) -> None:
        if self._ws is None:
            raise ConnectionError("没有连接")
        # 关闭之后不再读取

        while not self._ws.closed:
            await self._ws.receive()


import aiohttp
'''
LAST = """\
import asyncio


class Prober:
    def __init__(self) -> None:
        self.targets: list[str] = []

    async def run(self) -> None:
        while True:
            if self.targets:
                await asyncio.sleep(10)  # 等待
            else:
                # 没有目标
                print("idle")
"""
SUITE = """\
import asyncio

class Worker:
    def __init__(self): self.jobs = []
    async def run(self):
        while True:
            await self.step()
            await self.step(); await self.step()
    async def step(self):
        if not self.jobs: return
        await asyncio.sleep(self.jobs.pop())
"""
TEXTS = {"entry": ENTRY, "last": LAST, "suite": SUITE}


def tabs(text: str) -> str:
    lines = []
    for line in text.splitlines(keepends=True):
        body = line.lstrip(" ")
        lines.append("\t" * ((len(line) - len(body)) // 4) + body)
    return "".join(lines)


WAYS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda text: text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "cr": lambda text: text.replace("\n", "\r").encode(),
    "tabs": lambda text: tabs(text).encode(),
    "two spaces": lambda text: text.replace("    ", "  ").encode(),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "gb18030": lambda text: ("# -*- coding: gb18030 -*-\n" + text).encode("gb18030"),
    "no last line end": lambda text: text.rstrip("\n").encode(),
    "form feeds": lambda text: re.sub(r"\n\n(class|    async)", "\n\f\n\\1", text).encode(),
    "all at once": lambda text: b"\xef\xbb\xbf" + tabs(text).replace("\n", "\r\n").removesuffix("\r\n").encode(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TEXTS)
def test_a_fix_fits_in(name: str, way: str, tmp_path: Path) -> None:
    """Fixing a text that is written in some way gives the fixed text, written in that way."""
    plain = tmp_path / "plain.py"
    plain.write_bytes(TEXTS[name].encode())
    expected, [done] = repaired(plain)
    assert done.proposals, done.reason
    assert len(expected.splitlines()) > len(TEXTS[name].splitlines())
    path = tmp_path / "other" / "plain.py"
    path.parent.mkdir()
    path.write_bytes(WAYS[way](TEXTS[name]))
    text, [done] = repaired(path)
    assert done.proposals, done.reason
    assert text == WAYS[way](expected.decode())


def test_formatted_code_stays_formatted(tmp_path: Path) -> None:
    both = {}
    for bad in bad_files():
        if fixed_path(bad).exists():
            both[tmp_path / f"{len(both)}.py"] = fixed_path(bad)
            (tmp_path / f"{len(both) - 1}.py").write_bytes(bad.read_bytes())
    options = ["format", "--isolated", "--line-length", "120", "--check"]

    def unformatted(*files: Path) -> set[str]:
        done = subprocess.run([sys.executable, "-m", "ruff", *options, *files], capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        return {line.removeprefix("Would reformat: ") for line in done.stdout.splitlines() if "Would reformat" in line}

    assert unformatted(*both) == set()
    assert unformatted(*both.values()) == set()


def test_edits_that_contradict_each_other_are_refused() -> None:
    path = Path("x.py")
    first, second = Edit(path, 1, 1, 1, 3, "a"), Edit(path, 1, 2, 1, 4, "b")
    with pytest.raises(Unwritable):
        apply(b"xyz\n", [first, second])


def test_bytes_that_do_not_survive_their_encoding_are_refused() -> None:
    data = b"# coding: iso2022_jp\nx = '\x1b$B$\"\x1b(B\x1b(B'\n"
    assert data.decode("iso2022_jp").encode("iso2022_jp") != data
    with pytest.raises(Unwritable):
        apply(data, [insert(Path("x.py"), 2, "y = 1")])


def test_text_that_its_encoding_cannot_hold_is_refused() -> None:
    with pytest.raises(Unwritable):
        apply(b"# coding: ascii\nx = 1\n", [insert(Path("x.py"), 2, "y = '\u4e2d'")])


def test_the_difference_of_two_texts_makes_the_one_of_the_other() -> None:
    old = b"a = 1\r\nb = 2\r\nc = 3"
    new = b"a = 1\r\nx = 0\r\nb = 4\r\nc = 3"
    assert apply(old, difference(Path("x.py"), old, new)) == new
