"""Loops of a few lines, each about one thing; the state to run it in, and what is to be said of it.

`said` is the level of the finding, or "" for none. A case is run by the harness too: what is certain must spin there,
what is silent must not, unless its name begins with FN.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD = """\
import asyncio
import itertools
import time


class Lost(Exception):
    pass


class Items:
    def __init__(self, left: int) -> None:
        self.left = left

    def __aiter__(self) -> "Items":
        return self

    async def __anext__(self) -> int:
        if self.left == 0:
            raise StopAsyncIteration
        await asyncio.sleep(1)
        return 1


class Stream:
    def __init__(self, open: bool) -> None:
        self.open = open

    async def __aiter__(self):
        if not self.open:
            return
        await asyncio.sleep(1)
        yield 1


class Endless:
    def __aiter__(self) -> "Endless":
        return self

    async def __anext__(self) -> int:
        return 1


class Feed:
    def __init__(self, ready: bool) -> None:
        self.ready = ready

    def __aiter__(self) -> "Feed":
        return self

    async def __anext__(self) -> int:
        if not self.ready:
            await asyncio.sleep(1)
        return 1


class W:
    def __init__(self, {parameters}) -> None:
        {assignments}

    async def quiet(self) -> None:
        return

    async def wait(self) -> None:
        await asyncio.sleep(1)

    async def none(self):
        return
        yield

    async def one(self):
        yield 1

    async def ticks(self):
        while True:
            yield 1

    def nothing(self):
        return
        yield

    def pair(self):
        yield 1
        yield 2

    def poll(self) -> int:
        return 1

    async def run(self, n: int = 0) -> None:
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    body: str
    said: str = "certain"
    types: dict[str, str] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)

    @property
    def source(self) -> str:
        parameters = ", ".join(f"{name}: {kind}" for name, kind in self.types.items()) or "*, _: int = 0"
        assignments = "\n        ".join(f"self.{name} = {name}" for name in self.types) or "pass"
        lines = ["        " + line for line in self.body.strip("\n").split("\n")]
        return HEAD.format(parameters=parameters, assignments=assignments) + "\n".join(lines) + "\n"


def loop(body: str, said: str = "certain", **state: tuple[str, object]) -> Snippet:
    """`while True` around a body."""
    inner = "\n".join("    " + line for line in body.strip("\n").split("\n"))
    return plain(f"while True:\n{inner}", said, **state)


def plain(body: str, said: str = "certain", **state: tuple[str, object]) -> Snippet:
    return Snippet(body, said, {k: t for k, (t, _) in state.items()}, {k: v for k, (_, v) in state.items()})


YES, NO = ("bool", True), ("bool", False)
W = "    await self.wait()"
Q = "    await self.quiet()"
GUARD = "if n == 1:\n    return\nwhile True:\n    if n == 1:\n        continue\n    "
SNIPPETS = {
    # counted rounds
    "range of nothing": loop(f"for _ in range(0):\n{W}"),
    "range of three waits": loop(f"for _ in range(3):\n{W}", ""),
    "range of three is silent": loop(f"for _ in range(3):\n{Q}"),
    "range from behind its end": loop(f"for _ in range(5, 2):\n{W}"),
    "range backwards waits": loop(f"for _ in range(5, 2, -1):\n{W}", ""),
    "range of many is silent": loop(f"for _ in range(50):\n{Q}"),
    "range of many waits": loop(f"for _ in range(50):\n{W}", ""),
    "FN range of many that go to and fro": loop("for _ in range(50):\n    self.a = not self.a", "", a=YES),
    "range of three that ends another": loop(
        "self.a = False\nfor k in range(3):\n    self.a = k == 2\nif self.a:\n    await self.wait()", ""
    ),
    "range of an unknown number, of none": loop(f"for _ in range(self.k):\n{W}", k=("int", 0)),
    "range of an unknown number, silent": loop(f"for _ in range(self.k):\n{Q}", k=("int", 2)),
    "range between unknown numbers": loop(f"for _ in range(self.j, self.k):\n{W}", j=("int", 3), k=("int", 1)),
    "range left at once": loop(f"for _ in range(3):\n    break\nelse:\n{W}"),
    "range that comes to its else": loop(f"for _ in range(3):\n    if self.a:\n        break\nelse:\n{W}", a=YES),
    "range with a return": loop("for _ in range(2):\n    return", ""),
    "range with continue": loop(f"for _ in range(2):\n    if self.a:\n        continue\n{W}", a=YES),
    # inner while
    "while left by break": loop(f"while True:\n    if self.a:\n        break\n{W}", a=YES),
    "while that waits": loop(f"while self.a:\n{W}", "certain", a=NO),
    "while with else": loop("while self.a:\n    break\nelse:\n    await self.wait()", a=YES),
    "while counted": loop("k = 0\nwhile k < 3:\n    k += 1\n    if k == 3:\n        await self.wait()", ""),
    "while counted, silent": loop("k = 0\nwhile k < 3:\n    k += 1"),
    "while that returns": loop("while self.a:\n    return", a=NO),
    "while that raises": loop("while self.a:\n    raise Lost", a=NO),
    # collections
    "list that is empty": loop(f"for _ in self.items:\n{W}", items=("list[int]", [])),
    "list of one, silent": loop(f"for _ in self.items:\n{Q}", items=("list[int]", [1])),
    "list taken from": loop("while self.items:\n    self.items.pop()\nawait self.wait()", "", items=("list[int]", [1])),
    "list that holds something": loop(f"for _ in self.items:\n{Q}\nif not self.items:\n{W}", items=("list[int]", [1])),
    "list and else": loop(f"for _ in self.items:\n    pass\nelse:\n{W}", "", items=("list[int]", [1])),
    "list with continue and else": loop(
        f"for _ in self.items:\n    continue\nelse:\n{W}", "", items=("list[int]", [1])
    ),
    "items of a dict that holds something": loop(
        f"if not self.table:\n{W}\nfor k, v in self.table.items():\n    if v:\n        continue\n{W}",
        table=("dict[str, bool]", {"a": True}),
    ),
    "items of a dict of anything": loop(
        f"if not self.table:\n{W}\nfor k, v in self.table.items():\n    if v:\n        continue\n{W}",
        table=("dict", {"a": True}),
    ),
    "first of enumerate that holds something": loop(
        f"if not self.items:\n{W}\nfor k, v in enumerate(self.items):\n    if k == 0:\n        continue\n{W}",
        items=("list[int]", [5]),
    ),
    "only the first of enumerate waits": loop(
        f"if not self.items:\n{W}\nfor k, v in enumerate(self.items):\n    if k != 0:\n        continue\n{W}",
        "",
        items=("list[int]", [5]),
    ),
    "counter that passes two numbers downwards": plain("k = 0\nwhile k != 5 and k != 9:\n    k -= 1"),
    "copy of a list": loop(f"for _ in list(self.items):\n{W}", items=("list[int]", [])),
    "sorted copy of a list": loop(f"for _ in sorted(self.items):\n{W}", items=("list[int]", [])),
    "values of a dict": loop(
        f"for v in self.table.values():\n    if v:\n        continue\n{W}", table=("dict[str, bool]", {"a": True})
    ),
    "items of a dict": loop(
        f"for k, v in self.table.items():\n    if v:\n        continue\n{W}", table=("dict[str, bool]", {"a": True})
    ),
    "keys of a dict": loop(f"for _ in self.table.keys():\n{W}", table=("dict[str, bool]", {})),
    "dict itself": loop(f"for _ in self.table:\n{W}", table=("dict[str, bool]", {})),
    "first of enumerate": loop(
        f"for k, v in enumerate(self.items):\n    if k == 0:\n        continue\n{W}", items=("list[int]", [5])
    ),
    "FN zip of nothing": loop(f"for _ in zip(self.items, self.items):\n{W}", "", items=("list[int]", [])),
    "tuple written out": loop(f"for _ in (1, 2):\n{W}", ""),
    "tuple written out, silent": loop(f"for _ in (1, 2):\n{Q}"),
    "empty tuple": loop(f"for _ in ():\n{W}"),
    "endless inner for": loop(f"for _ in itertools.count():\n    if self.a:\n        break\n{W}", a=YES),
    "FN inner iter with a sentinel": loop(f"for _ in iter(self.poll, 1):\n{W}", ""),
    # comprehensions
    "list comprehension that awaits": loop("[await self.wait() for _ in self.items]", items=("list[int]", [])),
    "list comprehension, silent": loop("[await self.quiet() for _ in self.items]", items=("list[int]", [1])),
    "comprehension whose test fails": loop(
        "[await self.wait() for x in self.items if self.a]", items=("list[int]", [1]), a=NO
    ),
    "comprehension in a comprehension": loop(
        "[await self.wait() for x in self.items for y in self.items]", items=("list[int]", [])
    ),
    "dict comprehension": loop("{x: await self.wait() for x in self.items}", items=("list[int]", [])),
    "set comprehension": loop("{await self.wait() for x in self.items}", items=("list[int]", [])),
    "what a comprehension made is empty": loop(
        f"found = [x for x in self.items]\nif found:\n{W}", items=("list[int]", [])
    ),
    "what a comprehension made is not": loop(
        f"found = [x for x in self.items]\nif not found:\n{W}", items=("list[int]", [1])
    ),
    "async comprehension over nothing": loop("[x async for x in self.none()]"),
    # async for
    "async for over nothing": loop(f"async for _ in self.none():\n{W}"),
    "async for over one": loop(f"async for _ in self.one():\n{Q}"),
    "async for over one that waits": loop(f"async for _ in self.one():\n{W}", ""),
    "async for left by break": loop(f"async for _ in self.one():\n    break\nelse:\n{W}"),
    "async for with else": loop(f"async for _ in self.none():\n    pass\nelse:\n{W}", ""),
    "iterator at its end": loop("async for _ in self.it:\n    pass", it=("Items", 0)),
    "iterator that waits": loop("async for _ in Items(2):\n    pass", ""),
    "iterable with a generator": loop("async for _ in self.it:\n    pass", it=("Stream", False)),
    "unknown iterable": loop("async for _ in self.it:\n    pass", "", it=("object", None)),
    # the loop itself
    "for of count": plain(f"for _ in itertools.count():\n{Q}"),
    "for of count that waits": plain(f"for _ in itertools.count():\n{W}", ""),
    "for of cycle": plain(f"for _ in itertools.cycle((1, 2)):\n{Q}"),
    "for of repeat": plain(f"for _ in itertools.repeat(1):\n{Q}"),
    "for of repeat, some times": plain(f"for _ in itertools.repeat(1, 3):\n{Q}", ""),
    "for of iter with a sentinel": plain(f"for _ in iter(self.poll, 0):\n{Q}"),
    "for of iter that ends": plain(f"for _ in iter(self.poll, 1):\n{Q}", ""),
    "for of a list": plain(f"for _ in self.items:\n{Q}", "", items=("list[int]", [1])),
    "async for of ticks": plain(f"async for _ in self.ticks():\n{Q}"),
    "async for of ticks that waits": plain(f"async for _ in self.ticks():\n{W}", ""),
    "async for of an endless object": plain(f"async for _ in Endless():\n{Q}"),
    "async for of an object that waits": plain(f"async for _ in Items(2):\n{Q}", ""),
    # what holds on the way to the loop
    "guard that leaves": plain(f"if n == 0:\n    return\nwhile n == 0:\n{Q}", ""),
    "guard around": plain(f"if n > 0:\n    while n <= 0:\n    {Q}", ""),
    "guard around, other side": plain(f"if n > 0:\n    pass\nelse:\n    while n <= 0:\n    {Q}"),
    "guard that says nothing": plain(f"if n < 5:\n    self.poll()\nwhile n < 5:\n{Q}"),
    "guard that raises": plain(f"if n < 1:\n    raise Lost\nwhile n < 1:\n{Q}", ""),
    "guard in a try": plain(f"try:\n    if n < 1:\n        return\n    while n < 1:\n    {Q}\nfinally:\n    n = 1", ""),
    "guard in a with": plain(
        f"async with asyncio.Lock():\n    if n < 1:\n        return\n    while n < 1:\n    {Q}", ""
    ),
    "guard of an elif": plain(f"if n > 3:\n    pass\nelif n > 0:\n    while n <= 0:\n    {Q}", ""),
    "guard in a case": plain(
        f"match n:\n    case 0:\n        if n < 1:\n            return\n        while n < 1:\n        {Q}", ""
    ),
    "guard whose variable the loop writes": plain(
        "if n != 0:\n    return\nwhile True:\n    if n == 1:\n        continue\n    n = 1\n    await self.wait()"
    ),
    "guard whose variable is written": plain(f"if n > 0:\n    return\nwhile n <= 0:\n    n = 0\n{Q}"),
    # numbers that change
    "counter that ends": plain("k = 0\nwhile k < 5:\n    k += 1", ""),
    "counter of another": plain("k = 0\nwhile k < 5:\n    n += 1"),
    "counter that passes its number": plain("k = 9\nwhile k != 5:\n    k += 1", "certain"),
    "counter reset": plain(f"k = 0\nwhile k < 3:\n    k += 1\n    if k == 2:\n        k = 0\n{Q}"),
    "counter downwards": plain("k = 9\nwhile k > 0:\n    k -= 2", ""),
    "two that turn": loop("self.a, self.b = self.b, self.a\nif self.a and self.b:\n    await self.wait()", a=YES, b=NO),
    # the clock
    "until a time": plain("end = time.monotonic() + 5\nwhile time.monotonic() < end:\n    pass", "possible"),
    "since a time": loop("if time.monotonic() - self.start > 5:\n    break", "possible", start=("float", 0.0)),
    "before a time that is moved": loop(
        "if time.monotonic() >= self.due:\n    self.due = time.monotonic() + 5\n    continue\nawait self.wait()",
        "",
        due=("float", 0.0),
    ),
    "after a time for ever": loop(
        "if time.monotonic() < self.start:\n    await self.wait()", "certain", start=("float", 0.0)
    ),
    "two readings of one lap": loop(
        "begun = time.monotonic()\nif time.monotonic() - begun < 1:\n    continue\nawait self.wait()", "certain"
    ),
    # exceptions
    "raise that is caught": loop("try:\n    raise Lost\nexcept Lost:\n    continue"),
    "raise that is not caught": loop("try:\n    raise Lost\nexcept ValueError:\n    continue", ""),
    "finally that goes on": loop("try:\n    return\nfinally:\n    continue"),
    "iterator that raises": loop(
        "try:\n    async for _ in self.it:\n        pass\nexcept Lost:\n    pass", it=("Items", 0)
    ),
    # generators and iterators inside
    "for over a generator of nothing": loop(f"for _ in self.nothing():\n{W}"),
    "for over a generator of nothing, else": loop(f"for _ in self.nothing():\n    pass\nelse:\n{W}", ""),
    "for over a generator of two": loop(f"for _ in self.pair():\n{W}", ""),
    "for over a generator of two, silent": loop(f"for _ in self.pair():\n{Q}"),
    "for over a generator, left at the second": loop(
        f"for k in self.pair():\n    if k == 2:\n        break\nelse:\n{W}"
    ),
    "for over a generator that waits at the second": loop(f"for k in self.pair():\n    if k == 2:\n    {W}", ""),
    "endless object left at once": loop("async for _ in Endless():\n    break"),
    "endless object left by return": loop("async for _ in Endless():\n    return", ""),
    "endless object left after a wait": loop(f"async for _ in Endless():\n{W}\n    break", ""),
    "endless object, else": loop(f"async for _ in Endless():\n    break\nelse:\n{W}"),
    "iterator at its end, else": loop(f"async for _ in self.it:\n    pass\nelse:\n{W}", "", it=("Items", 0)),
    "iterator at its end, left by break": loop(f"async for _ in self.it:\n    break\nelse:\n{Q}", it=("Items", 0)),
    "feed that the loop empties": plain(
        "feed = self.it\nasync for _ in feed:\n    feed.ready = False", "", it=("Feed", True)
    ),
    "feed of its own that the loop empties": plain(
        "async for _ in self.it:\n    self.it.ready = False", "", it=("Feed", True)
    ),
    "feed that is ready": plain(f"async for _ in self.it:\n{Q}", it=("Feed", True)),
    "feed that is filled again": plain("async for _ in self.it:\n    self.it.ready = True", it=("Feed", True)),
    "FN range of less than nothing": loop(f"for _ in range(self.k):\n{W}\nif self.k >= 0:\n{W}", "", k=("int", -1)),
    "range of less than nothing, of a variable": plain(
        f"while True:\n    for _ in range(n):\n    {W}\n    if n >= 0:\n    {W}", ""
    ),
    "range from one to an unknown number": loop(f"for _ in range(1, self.k):\n{W}", k=("int", 1)),
    "range up to one": loop(f"for k in range(self.j, 1):\n    if k == 0:\n        continue\n{W}", j=("int", 0)),
    # guards in every place
    "guard that leaves on its line": plain(f"if n == 0: return\nwhile n == 0:\n{Q}", ""),
    "guard that does something and leaves": plain(f"if n == 0:\n    self.poll()\n    return\nwhile n == 0:\n{Q}", ""),
    "guard that does something": plain(f"if n == 0:\n    self.poll()\nwhile n == 0:\n{Q}"),
    "guard with an else that leaves": plain(f"if n == 0:\n    pass\nelse:\n    return\nwhile n == 0:\n{Q}"),
    "guard before another block": plain(f"if n == 0:\n    return\nif self.poll():\n    while n == 0:\n    {Q}", ""),
    "guard in a block before": plain(f"if self.poll() == 2:\n    if n == 0:\n        return\nwhile n == 0:\n{Q}"),
    "guard in the else of an if": plain(
        f"if self.poll() == 2:\n    pass\nelse:\n    if n == 0:\n        return\n    while n == 0:\n    {Q}", ""
    ),
    "guard in a handler": plain(
        f"try:\n    raise Lost\nexcept Lost:\n    if n == 0:\n        return\n    while n == 0:\n    {Q}", ""
    ),
    "guard in the else of a try": plain(
        f"try:\n    pass\nexcept Lost:\n    pass\nelse:\n    if n == 0:\n        return\n    while n == 0:\n    {Q}", ""
    ),
    "guard in a finally": plain(f"try:\n    pass\nfinally:\n    if n != 0:\n        while n == 0:\n        {Q}", ""),
    "guard before a finally": plain(
        f"if n == 0:\n    return\ntry:\n    pass\nfinally:\n    while n == 0:\n    {Q}", ""
    ),
    "guard in a while": plain(
        f"while self.poll():\n    if n == 0:\n        break\n    while n == 0:\n    {Q}\n{W}", ""
    ),
    "guard in a for": plain(f"for _ in (1, 2):\n    if n == 0:\n        continue\n    while n == 0:\n    {Q}", ""),
    "guard in the else of a for": plain(
        f"for _ in (1, 2):\n    pass\nelse:\n    if n == 0:\n        return\n    while n == 0:\n    {Q}", ""
    ),
    "guard in the else of a while": plain(
        f"while self.poll() == 2:\n    pass\nelse:\n    if n == 0:\n        return\n    while n == 0:\n    {Q}", ""
    ),
    "guard of two": plain(f"if n == 0 or n == 1:\n    return\nwhile n == 0:\n{Q}", ""),
    "guard of one of two": plain(f"if n == 1 and self.poll():\n    return\nwhile n == 0:\n{Q}"),
    "guard over what is given once": plain(f"if not self.a:\n    return\nwhile not self.a:\n{Q}", "", a=NO),
    "guard over what the loop may change": plain(
        f"if self.a:\n    return\nwhile True:\n    if self.a:\n        continue\n    self.a = True\n{W}", a=NO
    ),
    # variables that the loop writes
    "guard, and n is counted": plain(f"{GUARD}n += 1\n{W}"),
    "guard, and n is annotated": plain(f"{GUARD}n: int = 1\n{W}"),
    "guard, and n is named in passing": plain(f"{GUARD}print((n := 1))\n{W}"),
    "guard, and n is one of two": plain(f"{GUARD}n, _ = 1, 2\n{W}"),
    "guard, and n is in a list": plain(f"{GUARD}[_, n] = 2, 1\n{W}"),
    "guard, and n is taken from a tuple": plain(f"{GUARD}for n in (1,):\n        pass\n{W}"),
    "guard, and n is matched": plain(f"{GUARD}match self.poll():\n        case n:\n            pass\n{W}"),
    "guard, and n is matched by its type": plain(
        f"{GUARD}match self.poll():\n        case int() as n:\n            pass\n{W}"
    ),
    "guard, and n is set by a function": plain(
        f"{GUARD}def put() -> None:\n        nonlocal n\n        n = 1\n    put()\n{W}"
    ),
    "guard, and another is written": plain(f"{GUARD}k = 1\n{W}", ""),
    "guard, and n is an argument elsewhere": plain(f"{GUARD}(lambda n: n)(1)\n{W}", ""),
    # numbers that pass by
    "counter that passes its number downwards": plain("k = 1\nwhile k != 5:\n    k -= 1"),
    "counter that passes two numbers": plain("k = 10\nwhile k != 5 and k != 9:\n    k += 1"),
    "counter that stands still": plain("k = 0\nwhile k != 5:\n    k += 0"),
    "turns by three": loop("self.k = (self.k + 1) % 3\nif self.k == 5:\n    await self.wait()", k=("int", 0)),
    "turns by three and waits": loop(
        "self.k = (self.k + 1) % 3\nif self.k == 2:\n    await self.wait()", "", k=("int", 0)
    ),
    "three that turn": loop(
        "self.a, self.b, self.c = self.b, self.c, self.a\nif self.a and self.b:\n    await self.wait()",
        a=YES,
        b=NO,
        c=NO,
    ),
    "after a time, for ever": loop(
        "if time.monotonic() >= self.start:\n    continue\nawait self.wait()", start=("float", 0.0)
    ),
    "for of repeat, some times by name": plain(f"for _ in itertools.repeat(1, times=3):\n{Q}", ""),
}
