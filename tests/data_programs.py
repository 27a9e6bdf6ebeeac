"""Makes small random coroutines with one loop over data: a list, a table, a set, a count, things that may be None.

The same seed gives the same program on every Python version. Nothing nests growth in growth, so every lap is short.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

PRELUDE = '''\
"""Generated coroutines over data."""
import asyncio


class Conn:
    pass


class State:
    def __init__(self, items: list[int], table: dict[int, int], flag: bool, conn: Conn | None, n: int) -> None:
        self.items = items
        self.table = table
        self.flag = flag
        self.conn = conn
        self.n = n
        self.seen: set[int] = set()
        self.last: int | None = None


def drop(s: State) -> None:
    if s.items:
        s.items.pop()


def take(s: State) -> int | None:
    return s.items.pop(0) if s.items else None


def full(s: State) -> bool:
    return len(s.items) >= 2


async def maybe(s: State) -> int:
    if s.conn is None:
        return 0
    await asyncio.sleep(1)
    return 1


async def pull(s: State) -> int | None:
    if not s.items:
        return None
    return s.items.pop()


async def need(s: State) -> None:
    if not s.table:
        raise KeyError(1)
    await asyncio.sleep(1)
'''
TESTS = (
    "s.items", "not s.items", "len(s.items) > 1", "len(s.items) == 0", "s.n > 2", "s.n < 2", "s.n == 0", "s.conn",
    "s.conn is None", "s.conn is not None", "1 in s.table", "s.table", "not s.table", "s.flag", "not s.flag", "full(s)",
    "s.table.get(1)", "s.table.get(1) is None", "s.last is None", "s.last", "1 in s.seen", "s.seen",
)  # fmt: skip
LOCAL_TESTS = {
    "local": ("local", "not local", "len(local) > 0"),
    "v": ("v is None", "v", "not v", "v is not None"),
    "k": ("k > 1", "k == 0", "k"),
}
STATEMENTS = (
    "s.items.append(1)", "s.items.clear()", "s.items.insert(0, 3)", "s.items = []", "s.n += 1", "s.n -= 1", "s.n = 0",
    "s.conn = None", "s.conn = Conn()", "s.table[1] = 2", "s.table.pop(1, None)", "s.table.clear()", "s.flag = False",
    "s.flag = True", "s.flag = not s.flag", "drop(s)", "s.last = take(s)", "s.seen.add(1)", "s.seen.discard(1)",
    "local = []", "local = list(s.items)", "local = [x for x in s.items if x > 1]", "local = sorted(s.table)",
    "local = s.items[:]", "local, s.items = s.items, []", "local = s.items.copy()", "v = take(s)", "v = s.table.get(1)",
    "v = await pull(s)", "v = s.last", "v = s.items[0] if s.items else None", "v = next(iter(s.items), None)",
    "v = max(s.items, default=None)", "k = len(s.items)", "k = s.n", "k = await maybe(s)", "k = min(s.n, 3)",
    "k = sum(s.items)", "await maybe(s)", "await need(s)", "await asyncio.sleep(1)",
    "await asyncio.sleep(0 if s.flag else 1)",
)  # fmt: skip
ITERABLES = ("list(s.items)", "s.items.copy()", "sorted(s.table)", "(1, 2)", "range(s.n)", "tuple(s.seen)")
LEAVES = ("continue", "break", "return", "continue", "continue")


@dataclass(slots=True)
class _Maker:
    random: Random
    known: frozenset[str] = frozenset()
    lines: list[str] = field(default_factory=list)

    def test(self, joined: bool = True) -> str:
        choices = [*TESTS, *(t for name in sorted(self.known) for t in LOCAL_TESTS[name] * 3)]
        one = self.random.choice(choices)
        if joined and self.random.random() < 0.15:
            return f"{one} {self.random.choice(('and', 'or'))} {self.test(joined=False)}"
        return one

    def statement(self) -> str:
        text = self.random.choice([*STATEMENTS, *(["local.append(1)"] * 2 if "local" in self.known else [])])
        name = text.split(",")[0].split(" =")[0]
        if name in LOCAL_TESTS and " = " in text:
            self.known |= {name}
        return text

    def block(self, indent: int, depth: int, in_loop: bool, count: int = 0) -> None:
        for _ in range(count or self.random.randint(1, 3)):
            pick = self.random.random()
            if pick < 0.45 or depth > 2:
                self.line(indent, self.statement())
            elif pick < 0.7:
                self.branch(indent, depth, in_loop)
            elif pick < 0.8:
                self.inner(indent, depth)
            elif pick < 0.9:
                self.handler(indent, depth, in_loop)
            else:
                self.line(indent, self.random.choice(LEAVES) if in_loop else "pass")
                return

    def line(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def part(self, header: str, indent: int, depth: int, in_loop: bool, count: int = 0) -> None:
        """A suite whose own variables nobody behind it relies on."""
        before = self.known
        self.line(indent, header)
        self.block(indent + 1, depth + 1, in_loop, count)
        self.known = before

    def branch(self, indent: int, depth: int, in_loop: bool) -> None:
        self.part(f"if {self.test()}:", indent, depth, in_loop)
        if self.random.random() < 0.4:
            self.part("else:", indent, depth, in_loop)

    def inner(self, indent: int, depth: int) -> None:
        self.part(f"for x in {self.random.choice(ITERABLES)}:", indent, depth, in_loop=True)

    def handler(self, indent: int, depth: int, in_loop: bool) -> None:
        self.part("try:", indent, depth, in_loop)
        self.part(f"except {self.random.choice(('Exception', 'KeyError', 'IndexError'))}:", indent, depth, in_loop)
        if self.random.random() < 0.3:
            self.part("finally:", indent, 3, in_loop=False, count=1)


def source(seed: int, counted: bool = False) -> str:
    """The coroutine `f<seed>`; `counted`: its loop calls `tick(s)` on every lap."""
    random = Random(seed)
    maker = _Maker(random)
    maker.line(0, f"async def f{seed}(s: State) -> None:")
    for name, start, share in (("local", "[]", 0.3), ("v", "None", 0.2), ("k", "0", 0.3)):
        if random.random() < share:
            maker.line(1, f"{name} = {start}")
            maker.known |= {name}
    maker.line(1, f"while {'True' if random.random() < 0.4 else maker.test()}:")
    if counted:
        maker.line(2, "tick(s)")
    maker.block(2, 0, in_loop=True, count=random.randint(1, 4))
    return "\n".join(maker.lines) + "\n"
