"""What the models say of types, exceptions, signatures and enums is compared with the real libraries.

A library that is not installed is skipped by name in the test of the rows; a fact of another is true, or stands in a
table with the reason.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from functools import cache

import pytest

from lint_rules.models import lookup
from lint_rules.models.load import load_models
from model_probes.real import resolve

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the facts are those of Python 3.11 and newer")
MODELS = load_models()
ALWAYS = {"asyncio", "python", "aiohttp", "builtins"}

# Names of newer or older versions than the newest measured one.
GONE_OR_NEW = {
    "BaseExceptionGroup",
    "EncodingWarning",
    "ExceptionGroup",
    "PythonFinalizationError",
    "asyncio.BrokenBarrierError",
    "asyncio.QueueShutDown",
    "queue.ShutDown",
}
# Never falsy, though a method could say so.
NEVER_FALSY = {
    "aiohttp.WSMessage": "a tuple of three",
    "aiohttp.web.BaseRequest": "its __bool__ is always true",
    "aiohttp.web.Request": "its __bool__ is always true",
    "aiohttp.web.StreamResponse": "its __bool__ is always true",
    "aiohttp.web.WebSocketResponse": "its __bool__ is always true",
    "starlette.websockets.WebSocket": "a mapping that holds at least its type",
    "redis.asyncio.client.Pipeline": "its __bool__ is always true",
    "starlette.requests.Request": "a mapping that holds at least its type",
}
# Aliases of things that are not the same object, and why they may stand for each other.
ONLY = "the only class that implements it"
SAME = "has the same methods, with the same behaviour"
ALIKE = {
    "aio_pika.abc.AbstractChannel": ONLY,
    "aio_pika.abc.AbstractConnection": ONLY,
    "aio_pika.abc.AbstractQueue": ONLY,
    "aio_pika.abc.AbstractQueueIterator": ONLY,
    "aio_pika.abc.AbstractRobustChannel": ONLY,
    "aio_pika.abc.AbstractRobustConnection": ONLY,
    "aio_pika.abc.AbstractRobustQueue": ONLY,
    "aioredis": "what redis took it over from, under its old name",
    "asyncio.BaseEventLoop": SAME,
    "asyncio.BaseTransport": SAME,
    "asyncio.EventLoop": SAME,
    "asyncio.ProactorEventLoop": SAME,
    "asyncio.ReadTransport": SAME,
    "asyncio.SelectorEventLoop": SAME,
    "asyncio.WriteTransport": SAME,
    "asyncio_mqtt.Client": "the name of aiomqtt before its first release",
    "asyncpg.pool.PoolConnectionProxy": SAME,
    "grpc.aio.StreamStreamCall": SAME,
    "logging.Logger.warn": SAME,
    "logging.LoggerAdapter": SAME,
    "logging.warn": SAME,
    "queue.SimpleQueue": SAME,
    "trio.abc.ReceiveChannel": ONLY,
    "trio.abc.SendChannel": ONLY,
    "uvloop.Loop": SAME,
}
# What only instances have, or what is a function where others have a class.
NOT_ON_THE_CLASS = {
    "asyncio.Condition.acquire",
    "asyncio.Condition.locked",
    "asyncio.Condition.release",
    "threading.Lock",
    "threading.Lock.locked",
}


def here(name: str) -> bool:
    """Whether the library of a name is installed."""
    root = name.partition(".")[0]
    return "." not in name or importlib.util.find_spec(root) is not None


@cache
def real(name: str) -> object | None:
    try:
        return resolve(name)
    except LookupError:
        return None


def names_of(kind: str) -> list[pytest.ParameterSet]:
    """The installed names of one kind; those of libraries of the extra carry the marker, as in the test of the rows."""
    names = {
        "types": list(MODELS.types),
        "functions": list(MODELS.functions),
        "exceptions": list(MODELS.exceptions),
        "enums": list(MODELS.enums),
        "aliases": list(MODELS.alias),
        "rows": sorted({name for name, _ in MODELS.rows}),
    }[kind]
    libraries: dict[str, list[str]] = {}
    for name in filter(here, names):
        libraries.setdefault(MODELS.library_of.get(lookup.canonical(MODELS, name), name.partition(".")[0]), []).append(
            name
        )
    return [
        pytest.param(found, id=library, marks=() if library in ALWAYS else pytest.mark.libraries)
        for library, found in libraries.items()
    ]


@pytest.mark.parametrize("names", names_of("exceptions"))
def test_exceptions_derive_as_they_really_do(names: list[str]) -> None:
    wrong = []
    others = [name for name in MODELS.exceptions if here(name) and real(name) is not None]
    for name in names:
        kind = real(name)
        if kind is None:
            assert name in GONE_OR_NEW, name
            continue
        assert isinstance(kind, type)
        for other in others:
            above = real(other)
            assert isinstance(above, type)
            if lookup.catches(MODELS, name, other) is not issubclass(kind, above):
                wrong.append(f"{name} derives from {other}: {issubclass(kind, above)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("names", names_of("types"))
def test_types_are_truthy_as_they_really_are(names: list[str]) -> None:
    wrong = []
    for name in names:
        kind = real(name)
        if not isinstance(kind, type):
            if name in NOT_ON_THE_CLASS:
                continue
            wrong.append(f"{name} is no type")
            continue
        has_bool, has_len = hasattr(kind, "__bool__"), hasattr(kind, "__len__")
        truth = "custom" if has_bool else "sized" if has_len else "always"
        said = MODELS.types[name].truth
        if said != "unknown" and said != ("always" if name in NEVER_FALSY else truth):
            wrong.append(f"{name}: said {said}, is {truth}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("names", names_of("types"))
def test_bases_are_real(names: list[str]) -> None:
    wrong = []
    for name in names:
        for base in MODELS.types[name].bases:
            kind, above = real(name), real(base)
            if isinstance(kind, type) and isinstance(above, type) and not issubclass(kind, above):
                wrong.append(f"{name} does not derive from {base}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("names", names_of("functions"))
def test_functions_take_what_they_really_take(names: list[str]) -> None:
    wrong = []
    for name in names:
        function = real(name)
        if function is None:
            if name not in GONE_OR_NEW:
                wrong.append(f"there is no {name}")
            continue
        for parameter in MODELS.functions[name].parameters:
            if not takes(function, parameter):
                wrong.append(f"{name} takes no {parameter}")
    assert not wrong, "\n".join(wrong)


def takes(function: object, parameter: str) -> bool:
    if not callable(function):
        return False
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:  # written in C, without a signature
        return True
    return parameter in parameters or any(one.kind is one.POSITIONAL_ONLY for one in parameters.values())


@pytest.mark.parametrize("names", names_of("rows"))
def test_rows_name_what_exists(names: list[str]) -> None:
    assert [name for name in names if real(name) is None and name not in NOT_ON_THE_CLASS] == []


@pytest.mark.parametrize("names", names_of("enums"))
def test_enum_members_have_their_values(names: list[str]) -> None:
    for name in names:
        kind = real(name) or importlib.import_module(name)  # errno is a module of numbers
        members = {member: getattr(kind, member) for member in MODELS.enums[name]}
        assert {member: getattr(value, "value", value) for member, value in members.items()} == MODELS.enums[name]


@pytest.mark.parametrize("names", names_of("aliases"))
def test_aliases_mean_the_same(names: list[str]) -> None:
    wrong = []
    for name in names:
        thing, canonical = real(name), real(lookup.canonical(MODELS, name))
        if name not in ALIKE and not inspect.ismodule(thing) and (thing is None or thing is not canonical):
            wrong.append(f"{name} is {thing!r}, not {canonical!r}")
    assert not wrong, "\n".join(wrong)
