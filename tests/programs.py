"""Makes small random programs with one loop over three booleans, from a seed: the shapes that loops of real code have.

A program is a class whose `run` holds the loop. Its state is `a`, `b`, `c` and perhaps a counter `n`, so that every
state can be run. Each program is valid Python, and the same seed gives the same program on every Python version.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FLAGS = ("self.a", "self.b", "self.c")
ERRORS = ("Lost", "Gone", "Other")  # Gone is a Lost
HANDLERS = ("Lost", "Gone", "Other", "(Gone, Other)", "Exception")

PRELUDE = '''\
"""Generated programs."""
import asyncio
import contextlib
import itertools


class Lost(Exception):
    pass


class Gone(Lost):
    pass


class Other(Exception):
    pass
'''


@dataclass(frozen=True, slots=True)
class Program:
    """`name` is the class; `counter` says where `n` lives: "", "local" or "self"."""

    name: str
    source: str
    counter: str


def program(seed: int) -> Program:
    """The program of this seed."""
    return _Maker(Random(seed)).make(f"P{seed}")


def _indent(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


class _Maker:
    """State of one program: what its statements may refer to, and which helpers they asked for."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.counter = rng.choices(("", "local", "self"), (6, 3, 2))[0]
        self.n = "self.n" if self.counter == "self" else "n"
        self.guard = self.condition()
        self.wanted: set[str] = set()
        self.depth_of_loops = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # --- conditions

    def literal(self) -> str:
        flag = self.rng.choice(FLAGS)
        return flag if self.chance(0.5) else f"not {flag}"

    def condition(self) -> str:
        kind = self.rng.choices(("one", "and", "or", "nand", "bool", "three"), (10, 4, 4, 2, 1, 1))[0]
        one, two, three = (flag if self.chance(0.5) else f"not {flag}" for flag in self.rng.sample(FLAGS, 3))
        return {
            "one": one,
            "and": f"{one} and {two}",
            "or": f"{one} or {two}",
            "nand": f"not ({one} and {two})",
            "bool": f"bool({self.rng.choice(FLAGS)})",
            "three": f"{one} and ({two} or {three})",
        }[kind]

    def related(self) -> str:
        """A guard that is equal to the loop's, weaker, stronger, its negation, or another one."""
        return self.rng.choice(
            (
                self.guard,
                f"({self.guard}) or {self.literal()}",
                f"({self.guard}) and {self.literal()}",
                f"not ({self.guard})",
                self.condition(),
                self.condition(),
            )
        )

    def test(self, counted: bool) -> str:
        if counted and self.counter and self.chance(0.35):
            return f"{self.n} {self.rng.choice(('<', '>', '>=', '=='))} {self.rng.randrange(1, 6)}"
        if self.chance(0.1):
            self.wanted.add("check")
            return "self.check()"
        return self.related()

    # --- statements

    def block(self, depth: int, place: str, most: int = 3) -> list[str]:
        lines: list[str] = []
        for _ in range(self.rng.randint(1, most)):
            lines += self.statement(depth, place)
            if lines[-1].split()[0] in ("continue", "break", "return", "raise"):
                break
        return lines

    def statement(self, depth: int, place: str) -> list[str]:
        """One statement; `place` is "loop" (in `run`'s loop), "callee" or "ticks" (a generator)."""
        simple = self.rng.choices(
            (self.call, self.wait, self.assign, self.leave, self.count), (5 if place == "loop" else 0, 3, 3, 4, 2)
        )[0]
        nested = self.rng.choices(
            (self.branch, self.attempt, self.suppress, self.lock, self.inner, self.match, self.asked),
            (6, 4, 1, 1, 2, 1, 1 if place == "loop" else 0),
        )[0]
        return nested(depth, place) if depth > 0 and self.chance(0.5) else simple(place)

    def call(self, place: str) -> list[str]:
        name = self.rng.choices(("step", "other"), (4, 1))[0]
        self.wanted.add(name)
        return [f"await self.{name}()"]

    def wait(self, place: str) -> list[str]:
        return [f"await asyncio.sleep({self.rng.choices((1, 0), (3, 1))[0]})"]

    def assign(self, place: str) -> list[str]:
        left, right = self.rng.choice(FLAGS), self.rng.choice(FLAGS)
        return [f"{left} = {self.rng.choice(('True', 'False', f'not {left}', f'not {right}', right))}"]

    def count(self, place: str) -> list[str]:
        if not self.counter or (self.counter == "local" and place != "loop"):
            return self.assign(place)
        cycle = f"{self.n} = ({self.n} + 1) % {self.rng.randint(2, 6)}"
        return [self.rng.choices((f"{self.n} += 1", f"{self.n} = 0", cycle), (5, 3, 1))[0]]

    def leave(self, place: str) -> list[str]:
        raising = f"raise {self.rng.choice(ERRORS)}"
        if self.depth_of_loops == 0:
            return [self.rng.choice(("return", raising))]
        return [self.rng.choices(("continue", "break", "return", raising), (5, 1, 1, 3))[0]]

    def branch(self, depth: int, place: str) -> list[str]:
        lines = [f"if {self.test(self.counter != 'local' or place == 'loop')}:", *_indent(self.block(depth - 1, place))]
        if self.chance(0.35):
            lines += ["else:", *_indent(self.block(depth - 1, place))]
        return lines

    def attempt(self, depth: int, place: str) -> list[str]:
        lines = ["try:", *_indent(self.block(depth - 1, place))]
        handlers = self.rng.sample(HANDLERS, self.rng.choices((0, 1, 2), (1, 6, 2))[0])
        for handler in handlers:
            body = self.block(depth - 1, place, 2)
            if self.chance(0.1):
                body = ["raise"]
            lines += [f"except {handler}:", *_indent(body)]
        if handlers and self.chance(0.25):
            lines += ["else:", *_indent(self.block(depth - 1, place, 2))]
        if not handlers or self.chance(0.25):
            lines += ["finally:", *_indent(self.block(0, place, 2))]
        return lines

    def suppress(self, depth: int, place: str) -> list[str]:
        errors = self.rng.choice(("Lost", "Gone", "Other", "Gone, Other"))
        return [f"with contextlib.suppress({errors}):", *_indent(self.block(depth - 1, place))]

    def lock(self, depth: int, place: str) -> list[str]:
        if "lock" in self.wanted:  # asyncio.Lock is not reentrant
            return self.branch(depth, place)
        self.wanted.add("lock")
        return ["async with self.lock:", *_indent(self.block(depth - 1, place))]

    def inner(self, depth: int, place: str) -> list[str]:
        kind = self.rng.choices(("while", "range", "items"), (3, 2, 2 if place == "loop" else 0))[0]
        head = {
            "while": f"while {self.related()}:",
            "range": f"for _ in range({self.rng.randint(0, 3)}):",
            "items": "async for _ in self.items():",
        }[kind]
        if kind == "items":
            self.wanted.add("items")
        self.depth_of_loops += 1
        lines = [head, *_indent(self.block(depth - 1, place, 2))]
        self.depth_of_loops -= 1
        if self.chance(0.15):
            lines += ["else:", *_indent(self.block(0, place, 1))]
        return lines

    def match(self, depth: int, place: str) -> list[str]:
        first = self.rng.choice(("True", "False"))
        cases = [f"case {first}:", *_indent(self.block(depth - 1, place, 2))]
        cases += ["case _:", *_indent(self.block(depth - 1, place, 2))]
        return [f"match {self.rng.choice(FLAGS)}:", *_indent(cases)]

    def asked(self, depth: int, place: str) -> list[str]:
        self.wanted.add("ask")
        head = self.rng.choice(
            (
                "if await self.ask():",
                "if not await self.ask():",
                f"if {self.literal()} and await self.ask():",
                f"if {self.literal()} or await self.ask():",
                "if answer := await self.ask():",
            )
        )
        return [head, *_indent(self.block(depth - 1, place, 2))]

    # --- the class

    def make(self, name: str) -> Program:
        run = self.run()
        methods = [run]
        makers = {
            "ticks": self.ticks,
            "step": self.callee,
            "other": self.callee,
            "ask": self.ask,
            "check": self.check,
            "items": self.items,
        }
        done: set[str] = set()
        while todo := [key for key in makers if key in self.wanted and key not in done]:
            done.add(todo[0])
            methods.append(makers[todo[0]](todo[0]))
        init = ["def __init__(self, a: bool, b: bool, c: bool, n: int = 0):"]
        init += _indent([f"self.{flag} = {flag}" for flag in ("a", "b", "c", "n")] + ["self.lock = asyncio.Lock()"])
        lines = [f"class {name}:"]
        for method in (init, *methods):
            lines += [*_indent(method), ""]
        return Program(name, "\n".join(lines), self.counter)

    def run(self) -> list[str]:
        head = self.rng.choices(("True", "guard", "count", "ticks"), (6, 8, 1, 1))[0]
        self.depth_of_loops = 1
        body = _indent(self.block(self.rng.choice((1, 2, 2, 3)), "loop"))
        self.depth_of_loops = 0
        if head == "ticks":
            self.wanted.add("ticks")
        heads = {
            "True": "while True:",
            "guard": f"while {self.guard}:",
            "count": "for _ in itertools.count():",
            "ticks": "async for _ in self.ticks():",
        }
        start = ["n = 0"] if self.counter == "local" else []
        return ["async def run(self):", *_indent([*start, heads[head], *body])]

    def ticks(self, name: str) -> list[str]:
        return ["async def ticks(self):", *_indent([f"while {self.guard}:", "    yield 1"])]

    def callee(self, name: str) -> list[str]:
        """Guards first, then perhaps the reader's loop of so many services, and at its end often a wait."""
        lines: list[str] = []
        while self.chance(0.6):
            leave = self.rng.choices(("return", f"raise {self.rng.choice(ERRORS)}"), (3, 2))[0]
            lines += [f"if {self.related()}:", *_indent([*(self.assign("callee") if self.chance(0.2) else []), leave])]
        if self.chance(0.25):
            lines += [f"while {self.related()}:", "    await asyncio.sleep(1)"]
        if self.chance(0.25):
            lines += self.statement(1, "callee")
        if not lines or self.chance(0.5):
            lines += self.wait("callee")
        return [f"async def {name}(self):", *_indent(lines)]

    def ask(self, name: str) -> list[str]:
        lines = [f"if {self.related()}:", "    return True"]
        if self.chance(0.5):
            lines += self.wait("callee")
        return [f"async def {name}(self):", *_indent([*lines, f"return {self.related()}"])]

    def check(self, name: str) -> list[str]:
        return ["def check(self):", f"    return {self.related()}"]

    def items(self, name: str) -> list[str]:
        lines = [f"if {self.related()}:", "    return"]
        if self.chance(0.5):
            lines += self.wait("callee")
        return ["async def items(self):", *_indent([*lines, "yield 1", *(["yield 2"] if self.chance(0.3) else [])])]
