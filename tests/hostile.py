"""Text that a linter meets and nobody wrote for it: too deep, too long, broken, of another age. Each has a name."""

from __future__ import annotations

LOOP = "import asyncio\nasync def f(self, x):\n    while self.alive:\n        {}\n        await asyncio.sleep(1)\n"


def _in_loop(expression: str) -> str:
    return LOOP.format(f"x = {expression}")


def _blocks(depth: int) -> str:
    return "\n".join(" " * level + "if x:" for level in range(depth)) + "\n" + " " * depth + "pass\n"


def _elifs(count: int) -> str:
    branches = "\n".join(f"        elif x == {n}:\n            self.n = {n}" for n in range(count))
    return LOOP.format(f"if x:\n            pass\n{branches}")


def _many_ifs(count: int) -> str:
    """2 to the power of count paths round the loop."""
    return LOOP.format("\n".join(f"        if self.a{n}:\n            self.b{n} = x" for n in range(count)).strip())


def _deep_calls(count: int) -> str:
    steps = "\n".join(f"    async def s{n}(self):\n        await self.s{n + 1}()" for n in range(count))
    return f"class C:\n    async def run(self):\n        while True:\n            await self.s0()\n{steps}\n"


def _fan_out(depth: int) -> str:
    """Each callee calls the next one twice, behind a test."""
    twice = "        if self.a{0}:\n            await self.s{1}()\n        await self.s{1}()"
    steps = "\n".join(f"    async def s{n}(self):\n" + twice.format(n, n + 1) for n in range(depth))
    last = f"    async def s{depth}(self):\n        pass\n"
    return f"class C:\n    async def run(self):\n        while True:\n            await self.s0()\n{steps}\n{last}"


def _in_header(test: str) -> str:
    return f"import asyncio\nasync def f(self, x):\n    while {test}:\n        await self.step()\n"


def _blocks_in_loop(depth: int) -> str:
    lines = [" " * (2 + level) + "if x:" for level in range(depth)]
    return "async def f(x):\n while x:\n" + "\n".join([*lines, " " * (2 + depth) + "pass"]) + "\n"


DEEP = {
    "3,000 brackets in the header": _in_header("(" * 3000 + "x" + ")" * 3000),
    "20,000 and in the header": _in_header(" and ".join(["x"] * 20_000)),
    "20,000 terms in the header": _in_header(" + ".join(["x"] * 20_000)),
    "2,000 different and in the header": _in_header(" and ".join(f"self.a{n}" for n in range(2000))),
    "2,000 different or in the header": _in_header(" or ".join(f"self.a{n}" for n in range(2000))),
    "10,000 blocks in the loop": _blocks_in_loop(10_000),
    "90 blocks in the loop": _blocks_in_loop(90),
    "3,000 brackets": _in_loop("(" * 3000 + ")" * 3000),
    "3,000 lists": _in_loop("[" * 3000 + "]" * 3000),
    "190 brackets": _in_loop("(" * 190 + "1" + ")" * 190),
    "20,000 terms": _in_loop(" + ".join(["1"] * 20_000)),
    "20,000 strings": _in_loop(" ".join(["'a'"] * 20_000)),
    "20,000 comparisons": _in_loop(" < ".join(["x"] * 20_000)),
    "20,000 and": _in_loop(" and ".join(["x"] * 20_000)),
    "20,000 attributes": _in_loop("x" + ".a" * 20_000),
    "20,000 calls": _in_loop("x" + ".a()" * 20_000),
    "20,000 subscripts": _in_loop("x" + "[0]" * 20_000),
    "20,000 not": _in_loop("not " * 20_000 + "x"),
    "20,000 minus": _in_loop("-" * 20_000 + "1"),
    "5,000 powers": _in_loop("**".join(["2"] * 5000)),
    "5,000 conditional expressions": _in_loop(" ".join(["1 if x else"] * 5000) + " 2"),
    "5,000 lambdas": _in_loop("lambda: " * 5000 + "1"),
    "300 comprehensions": _in_loop("[" * 300 + "1" + " for x in x]" * 300),
    "20 nested f-strings": _in_loop("f'{" * 1 + "x:{x:{x}}" + "}'"),
    "10,000 blocks": _blocks(10_000),
    "5,000 blocks": _blocks(5000),
    "90 blocks": _blocks(90),
    "5,000 elif": _elifs(5000),
    "a 5 MB line": "x = [" + "1, " * 1_700_000 + "]\n",
    "a 5 MB string in the loop": _in_loop("'" + "a" * 5_000_000 + "'"),
    "a 5 MB comment": "async def f():\n    while True:\n        pass\n# " + "x" * 5_000_000,
    "20,000 statements in the loop": LOOP.format("\n        ".join(["x = 1"] * 20_000)),
    "2,000 loops": "import asyncio\n" + "async def f(x):\n    while x.alive:\n        await x.step()\n" * 2000,
    "2 to the 60 paths": _many_ifs(60),
    "1,000 calls deep": _deep_calls(1000),
    "calls that fan out": _fan_out(40),
    "awaits 1,000 deep": _in_loop("await " * 3000 + "x"),
    "starred": _in_loop("[" + "*" * 3000 + "x]"),
    "10,000 decorators": "@x\n" * 10_000 + "async def f():\n    while True:\n        pass\n",
    "10,000 arguments": "async def f("
    + ", ".join(f"a{n}" for n in range(10_000))
    + "):\n    while a0:\n        pass\n",
    "open brackets only": "async def f():\n    while True: pass\nx = " + "(" * 100_000,
}

PYTHON_2 = b"""\
import urllib2, Queue
async = True

class Poller(threading.Thread):
    def run(self):
        while self.alive:
            try:
                job = self.queue.get_nowait()
            except Queue.Empty, e:
                print >>sys.stderr, "empty", `e`
                continue
            exec job in {}
            if job <> None and not self.seen.has_key(job):
                raise ValueError, "no job", 0777 or 10L or ur"x"
"""

BROKEN = {
    "empty": b"",
    "only a BOM": b"\xef\xbb\xbf",
    "NUL bytes": b"async def f():\n    while True:\x00\n        pass\n",
    "only NUL bytes": b"\x00" * 1000,
    "not UTF-8": b"# \xff\xfe\nasync def f():\n    while True:\n        pass\n",
    "UTF-16": "async def f():\n    while True:\n        pass\n".encode("utf-16"),
    "unknown encoding": b"# coding: klingon\nasync def f(): pass\n",
    "no text encoding": b"# coding: rot13\nasync def f(): pass\n",
    "two encodings": b"\xef\xbb\xbf# coding: latin-1\nasync def f(): pass\n",
    "Python 2": b"print 'hello'\nexec 'x'\nasync = 1\n",
    "a Python 2 module": PYTHON_2,
    "half a def": b"async def f(:\n    while True\n",
    "unclosed string": b"async def f():\n    while True:\n        x = '''\n",
    "tabs and blanks": b"async def f():\n\twhile True:\n        pass\n",
    "wrong dedent": b"async def f():\n        while True:\n            pass\n    x = 1\n",
    "control characters": bytes(range(1, 32)) + b"async def f(): pass\n",
    "backslash at the end": b"async def f():\n    while True:\n        pass\n\\",
    "await outside": b"await x\nwhile True:\n    await x\n",
    "return outside": b"return 1\n",
    "break outside": b"async def f():\n    break\n    while True:\n        def g():\n            continue\n",
    "yield from in async": b"async def f():\n    while True:\n        yield from x\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
}

ODD = {
    "BOM": b"\xef\xbb\xbfasync def f():\n    while True:\n        pass\n",
    "latin-1": b"# coding: latin-1\n# \xe4\xf6\xfc\nasync def f():\n    while True:\n        pass\n",
    "CR only": b"async def f():\r    while True:\r        pass\r",
    "CRLF": b"async def f():\r\n    while True:\r\n        pass\r\n",
    "form feeds": b"\x0c\nasync def f():\n\x0c\n    while True:\n        pass\n",
    "no last newline": b"async def f():\n    while True:\n        pass",
    "wide characters": "async def f():\n    '\U0001f40d \u00e4'; x = 'ü'\n    while True:\n        pass\n".encode(),
    "surrogate escape": b"async def f():\n    x = '\\ud800'\n    while True:\n        pass\n",
    "one line": b"async def f():\n    while True: pass\n",
    "semicolons": b"async def f():\n    x = 1; y = 2\n    while True: x = 1; y = 2\n",
    "continued header": b"async def f():\n    while \\\n        True:\n        pass\n",
    "identifiers of the world": "async def grün():\n    while True:\n        pass\n".encode(),
}

TANGLED = {
    "class of itself": "class A(A):\n    async def run(self):\n        while True:\n            await self.step()\n",
    "circle of classes": (
        "class A(B):\n    async def run(self):\n        while True:\n            await self.step()\n"
        "class B(A):\n    async def step(self):\n        await super().step()\n"
    ),
    "callee of itself": (
        "async def f(x):\n    if x.a:\n        await f(x)\nasync def g(x):\n    while True:\n        await f(x)\n"
    ),
    "property of itself": (
        "class A:\n    @property\n    def p(self):\n        return self.p\n"
        "    async def run(self):\n        while self.p:\n            pass\n"
    ),
    "alias of itself": (
        "class A:\n    def __init__(self):\n        self.step = self.step\n"
        "    async def run(self):\n        while True:\n            await self.step()\n"
    ),
    "exception of itself": (
        "import asyncio\nclass TimeoutError(TimeoutError): pass\nclass E(F): pass\nclass F(E): pass\n"
        "async def f(x):\n    while True:\n        try:\n            raise E\n"
        "        except TimeoutError:\n            pass\n        except F:\n            pass\n"
    ),
    "generator of itself": (
        "async def g():\n    async for x in g():\n        yield x\nasync def f():\n    while True:\n"
        "        async for x in g():\n            pass\n"
    ),
    "import of itself": "from main import f as f\nasync def g():\n    while True:\n        await f()\n",
    "star import of itself": "from main import *\nasync def g():\n    while True:\n        await f()\n",
    "everything shadowed": (
        "asyncio = None\nTrue_ = print = len = bool = range = None\nasync def f():\n    while True:\n"
        "        await asyncio.sleep(len(range(bool(1))))\n"
    ),
    "loop that deletes its names": "async def f(x):\n    while x:\n        del x\n        await x\n",
    "global and nonlocal": (
        "async def f():\n    global x\n    n = 0\n    async def g():\n        nonlocal n\n        while n < 3:\n"
        "            n = n\n    while x:\n        await g()\n"
    ),
    "await in every place": (
        "async def f(x):\n    while await x(await x, *await x, **await x)[await x] if await x else await x:\n"
        "        async with await x as (await x).y:\n            assert await x, await x\n"
        "            del (await x)[await x]\n            return [await x async for x in await x]\n"
    ),
    "huge numbers": f"async def f(x):\n    while x < {'9' * 4000}:\n        x = 10 ** 10 ** 10\n",
    "huge repetition": "async def f(x):\n    n = 'a' * 10 ** 12\n    while n:\n        n = n * 10 ** 12 + n\n",
    "huge range": "async def f(x):\n    for n in range(10 ** 18):\n        [0] * n\n    while 1 << 10 ** 9: pass\n",
}
