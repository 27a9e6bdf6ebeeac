"""Stand-ins: for names that the harness does not know (awaited, they wait), and for library objects in a known state.

Invariant: a stand-in that is awaited either does what a row of the library's model says of its state, or waits for
ever.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import enum
import sys
from collections.abc import Awaitable, Callable, Generator
from typing import Any

Rows = list[dict[str, Any]]


class World:
    """What stand-ins know of libraries, and what was asked of them that they do not know."""

    def __init__(self, knowledge: dict[str, Any]) -> None:
        self.types: dict[str, dict[str, Any]] = knowledge.get("types", {})
        self.functions: dict[str, dict[str, Any]] = knowledge.get("functions", {})
        self.bases: dict[str, list[str]] = knowledge.get("exceptions", {})
        self.aliases: dict[str, str] = knowledge.get("aliases", {})
        self.enums = {name: _enum(name, members) for name, members in knowledge.get("enums", {}).items()}
        self.exceptions: dict[str, type[BaseException]] = {}
        self.project: Callable[[str], Any] = lambda name: None
        self.assumed: dict[str, None] = {}
        self.clumsy = ""  # a stand-in got in the way: what was raised because of it

    def canonical(self, name: str) -> str:
        head, tail = name, ""
        while head:
            if head in self.aliases:
                return self.aliases[head] + tail
            head, _, last = head.rpartition(".")
            tail = f".{last}{tail}"
        return name

    def named(self, name: str) -> Any:
        """What stands for a dotted name of a library."""
        name = self.canonical(name)
        if name in self.enums:
            return self.enums[name]
        if name in self.functions:
            return Modelled(self, name)
        if name in self.bases:
            return self.exception(name)
        return self.project(name) or Stub(self, name)

    def exception(self, name: str) -> type[BaseException]:
        """The class of an exception that is not installed here, with the bases that the models give it."""
        name = self.canonical(name).removesuffix("()").removeprefix("builtins.")
        last = name.rpartition(".")[2]
        real = getattr(asyncio if name.startswith("asyncio.") else builtins, last, None)
        if isinstance(real, type) and issubclass(real, BaseException) and name in (last, f"asyncio.{last}"):
            return real
        if name not in self.exceptions:
            bases = tuple(self.exception(base) for base in self.bases.get(name, ["Exception"]))
            self.exceptions[name] = type(last, bases, {})
        return self.exceptions[name]

    def value(self, text: str) -> Any:
        """What a model calls a value: a literal or a dotted name."""
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError):
            owner, _, member = self.canonical(text).rpartition(".")
            return self.enums[owner][member] if owner in self.enums else self.named(text)


def _enum(name: str, members: dict[str, Any]) -> Any:
    kind = int if all(isinstance(value, int) for value in members.values()) else str
    return enum.Enum(name.rpartition(".")[2], members, type=kind)


async def forever() -> None:
    """Wait for what never comes."""
    await asyncio.get_running_loop().create_future()


class Stub:
    """A name that the harness does not know: it can be read, called and compared; awaited, it waits."""

    def __init__(self, world: World, name: str, **known: Any) -> None:
        self.__dict__.update(known, _world_=world, _name_=name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.__dict__[name] = self._world_.named(f"{self._name_}.{name}")
        return found

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return Stub(self._world_, f"{self._name_}()")

    def __await__(self) -> Generator[Any, None, None]:
        return forever().__await__()

    async def __aenter__(self) -> Any:
        await forever()

    async def __aexit__(self, *_: object) -> None: ...

    async def __anext__(self) -> Any:
        await forever()

    def __aiter__(self) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __iter__(self) -> Any:
        self._assume("is empty", True)
        return iter(())

    def __getitem__(self, key: object) -> Any:
        return Stub(self._world_, f"{self._name_}[...]")

    def __setitem__(self, key: object, value: object) -> None: ...

    def __delitem__(self, key: object) -> None: ...

    def __contains__(self, item: object) -> bool:
        return self._assume("contains nothing", False)

    def __bool__(self) -> bool:
        return self._assume("is true", True)

    def __eq__(self, other: object) -> bool:
        return other is self or self._assume("equals nothing else", False)

    def __gt__(self, other: object) -> bool:
        return self._assume("is larger than anything", True)

    __ge__ = __gt__

    def __lt__(self, other: object) -> bool:
        return self._assume("is larger than anything", False)

    __le__ = __lt__

    def __hash__(self) -> int:
        return id(self)

    def __instancecheck__(self, thing: object) -> bool:
        return self._assume("is the class of nothing", False)

    __subclasscheck__ = __instancecheck__

    def __repr__(self) -> str:
        return f"<{self._name_}>"

    def _assume(self, what: str, answer: bool) -> bool:
        self._world_.assumed[f"{self._name_} {what}"] = None
        return answer

    def _made(self, *_: object) -> Any:
        return Stub(self._world_, f"({self._name_})")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _made
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __abs__ = _made
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __round__ = _made


class Library(Stub):
    """An object of a library, in a state; it does what the rows of its type say of that state."""

    def __init__(self, world: World, type_name: str, states: dict[str, bool], **known: Any) -> None:
        super().__init__(world, type_name.rpartition(".")[2], **known)
        self.__dict__.update(_model_=world.types.get(type_name, {}), _states_=states)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        reads = self._model_.get("attributes", {}).get(name)
        if reads is not None and reads.lstrip("!") in self._states_:
            return self._holds(reads)
        none = self._model_.get("none", {}).get(name)
        if none is not None and self._holds(none):
            return None
        method = self._model_.get("methods", {}).get(name)
        if method is None:
            return super().__getattr__(name)
        return lambda *args, **keywords: _act(Call(self._world_, f"{self._name_}.{name}", method, self, args, keywords))

    def __bool__(self) -> bool:
        return True

    def _holds(self, state: str) -> bool:
        known = self._states_.get(state.lstrip("!"))
        return known is not None and known != state.startswith("!")

    def _itself(self) -> Call:
        return Call(self._world_, self._name_, self._model_.get("methods", {}).get("", {}), self, (), {})

    def __await__(self) -> Generator[Any, None, Any]:
        return self._itself().__await__()

    async def __aenter__(self) -> Any:
        return await self._itself().__aenter__()

    def __aiter__(self) -> Any:
        return self._itself()


class Modelled(Stub):
    """A function of a library that does what its rows say."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        model = self._world_.functions[self._name_]
        return _act(Call(self._world_, self._name_, model, None, args, keywords))


class Call:
    """One call of a modelled function: it may be awaited, entered or iterated over."""

    def __init__(
        self, world: World, name: str, model: dict[str, Any], of: Library | None, args: tuple[Any, ...], keywords: Any
    ) -> None:
        self.world, self.name, self.model, self.of = world, name, model, of
        names = model.get("parameters", [])
        defaults = {key: ast.literal_eval(text) for key, text in model.get("defaults", {}).items()}
        self.given = {**defaults, **dict(zip(names, args, strict=False)), **keywords}

    def row(self, form: str) -> dict[str, Any] | None:
        rows: Rows = self.model.get("rows", [])
        return next((r for r in rows if r["form"] == form and all(map(self.holds, r.get("when", ())))), None)

    def holds(self, guard: str) -> bool:
        """A state of the object, or a test of an argument."""
        subject, _, test = guard.partition(" ")
        for sign in ("<=0", ">0"):
            if guard.endswith(sign):
                subject, test = guard.removesuffix(sign).strip(), sign
        if not test:
            return self.of is not None and self.of._holds(guard)
        if subject not in self.given:
            return False
        return TESTS[test](self.given[subject])

    async def run(self, form: str) -> Any:
        row = self.row(form)
        if row is None:
            await forever()
        else:
            if row.get("suspends") == "yield":
                await asyncio.sleep(0)
            elif row.get("suspends", "none") != "none":
                await forever()
            return self.give(row)

    def give(self, row: dict[str, Any]) -> Any:
        for state in row.get("sets", ()):
            if self.of is not None:
                self.of._states_[state.lstrip("!")] = not state.startswith("!")
        if "raises" in row:
            raise self.world.exception(row["raises"])("as the model says")
        if "ends" in row:
            raise StopAsyncIteration
        if "fields" in row:
            fields = {name: self.world.value(text) for name, text in row["fields"].items()}
            return Stub(self.world, f"{self.name}()", **fields)
        text = row.get("returns")
        if text is None:
            return Stub(self.world, f"{self.name}()")
        if text.startswith("state:"):
            return self.of is not None and self.of._holds(text[6:])
        return self.world.value(text)

    def __await__(self) -> Generator[Any, None, Any]:
        return self.run("await").__await__()

    async def __aenter__(self) -> Any:
        return await self.run("async with")

    async def __aexit__(self, *_: object) -> None: ...

    def __enter__(self) -> Any:
        return Stub(self.world, f"{self.name}()")

    def __exit__(self, *_: object) -> None: ...

    def __aiter__(self) -> Call:
        return self

    async def __anext__(self) -> Any:
        return await self.run("async for")


TESTS: dict[str, Callable[[Any], bool]] = {
    "<=0": lambda given: given is not None and bool(given <= 0),
    ">0": lambda given: given is not None and bool(given > 0),
    "is None": lambda given: given is None,
    "is not None": lambda given: given is not None,
    "falsy": lambda given: not given,
    "truthy": lambda given: bool(given),
}


def _act(call: Call) -> Any:
    """A plain call is done at once; of any other, what is awaited or entered."""
    row = call.row("call")
    if row is not None:
        return call.give(row)
    rows: Rows = call.model.get("rows", [])
    if any(r["form"] != "call" for r in rows):
        return call
    return Stub(call.world, f"{call.name}()")


async def _awaited(thing: Awaitable[Any]) -> Any:
    return await thing


class Proxy:
    """A real module without what reaches out of the process; the rest of it waits."""

    def __init__(self, world: World, module: Any, closed: frozenset[str]) -> None:
        self.__dict__.update(_world_=world, _module_=module, _closed_=closed, _name_=module.__name__)

    def __getattr__(self, name: str) -> Any:
        if name in self._closed_:
            return Stub(self._world_, f"{self._name_}.{name}")
        return getattr(self._module_, name)


# Of asyncio, what reaches out of the process; and the modules that only compute.
OUTWARD = frozenset({
    "open_connection", "open_unix_connection", "start_server", "start_unix_server", "create_subprocess_exec",
    "subprocess", "create_subprocess_shell", "to_thread", "run", "Runner", "new_event_loop",
    "run_coroutine_threadsafe",
})  # fmt: skip
REAL = frozenset({
    "abc", "asyncio", "base64", "bisect", "collections", "concurrent", "contextlib", "contextvars", "copy",
    "dataclasses", "datetime", "decimal", "enum", "errno", "fractions", "functools", "hashlib", "heapq", "hmac",
    "inspect", "ipaddress", "itertools", "json", "math", "numbers", "operator", "queue", "random", "re", "secrets",
    "statistics", "string", "struct", "textwrap", "time", "types", "typing", "uuid", "weakref", "zlib", "__future__",
})  # fmt: skip


def real_module(world: World, name: str) -> Any:
    """A module of the standard library that only computes, or None."""
    if name == "asyncio":
        return Proxy(world, asyncio, OUTWARD)
    if name.partition(".")[0] not in REAL or name == "asyncio.subprocess":
        return None
    try:
        __import__(name)
    except ImportError:
        return None
    return sys.modules[name]
