"""Lookups find a thing under every spelling and along the bases; what the user says goes before what we say."""

from __future__ import annotations

import pytest

from lint_rules.models import lookup
from lint_rules.models.describe import describe
from lint_rules.models.load import load_models
from lint_rules.models.schema import Form

MODELS = load_models()
SUBCLASS = {
    "types": {
        "app.Queue": {"bases": ["asyncio.PriorityQueue"]},
        "app.Ws": {"bases": ["aiohttp.client_ws.ClientWebSocketResponse"]},
    }
}


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("asyncio.tasks.wait_for", "asyncio.wait_for"),
        ("asyncio.streams.StreamReader.read", "asyncio.StreamReader.read"),
        ("asyncio.exceptions.TimeoutError", "TimeoutError"),
        ("asyncio.TimeoutError", "TimeoutError"),
        ("builtins.OSError", "OSError"),
        ("IOError", "OSError"),
        ("aiohttp.client_ws.ClientWebSocketResponse.receive", "aiohttp.ClientWebSocketResponse.receive"),
        ("fastapi.WebSocket.receive_text", "starlette.websockets.WebSocket.receive_text"),
        ("aioredis.from_url", "redis.asyncio.from_url"),
        ("app.asyncio.wait_for", "app.asyncio.wait_for"),
        ("asyncio_extra.wait_for", "asyncio_extra.wait_for"),
    ],
)
def test_canonical(spelling: str, name: str) -> None:
    assert lookup.canonical(MODELS, spelling) == name


def test_aliases_in_a_circle_end() -> None:
    models = load_models({"aliases": {"a.x": "b.x", "b.x": "a.x"}})
    assert lookup.canonical(models, "a.x.y") in ("a.x.y", "b.x.y")


@pytest.mark.parametrize(
    ("name", "form", "when"),
    [
        ("asyncio.Task", "await", ("done", "!failed")),
        ("asyncio.Task.done", "call", ()),
        ("asyncio.PriorityQueue.get", "await", ("!empty",)),
        ("asyncio.BoundedSemaphore", "async with", ("!locked",)),
        ("websockets.ClientConnection.recv", "await", ("closed", "clean")),
        ("app.Queue.get_nowait", "call", ("!empty",)),
        ("app.Ws.receive", "await", ("closed",)),
    ],
)
def test_rows_are_inherited(name: str, form: Form, when: tuple[str, ...]) -> None:
    assert lookup.rows(load_models(SUBCLASS), name, form)[0].when == when


def test_a_class_of_its_own_hides_the_rows_of_its_base() -> None:
    assert [row.when for row in lookup.rows(MODELS, "asyncio.Task.cancel", "call")] == [("done",), ("!done",)]
    assert [row.when for row in lookup.rows(MODELS, "asyncio.Future.cancel", "call")] == [("done",)]


def test_nothing_is_known_of_the_unknown() -> None:
    assert lookup.rows(MODELS, "app.thing.run", "await") == ()
    assert lookup.function(MODELS, "app.thing.run") is None
    assert lookup.find_type(MODELS, "app.Thing") is None
    assert lookup.attribute(MODELS, "app.Thing", "closed") is None
    assert lookup.exception_bases(MODELS, "app.Error") == ()


@pytest.mark.parametrize(
    ("declared", "error"), [(None, "aiohttp.ClientConnectionResetError"), ("3.9.5", "ConnectionResetError")]
)
def test_the_version_decides_between_rows(declared: str | None, error: str) -> None:
    rows = lookup.rows(MODELS, "aiohttp.ClientWebSocketResponse.send_str", "await", declared)
    assert [row.raises for row in rows] == [error]


def test_a_version_that_no_row_covers_takes_the_newest() -> None:
    rows = lookup.rows(MODELS, "aiohttp.ClientWebSocketResponse.send_str", "await", "2.0")
    assert [row.raises for row in rows] == ["aiohttp.ClientConnectionResetError"]
    assert not lookup.row_holds(rows[0], "2.0")


@pytest.mark.parametrize(
    ("version", "holds"), [("3.11.0", True), ("3.10.11", False), ("4.0.0b1", True), (None, True), ("unknown", False)]
)
def test_row_holds(version: str | None, holds: bool) -> None:
    row = lookup.rows(MODELS, "aiohttp.ClientWebSocketResponse.ping", "await")[0]
    assert row.versions == ">=3.11"
    assert lookup.row_holds(row, version) is holds


def test_functions_are_inherited() -> None:
    model = lookup.function(MODELS, "asyncio.queues.LifoQueue.qsize")
    assert model is not None
    assert model.pure


def test_a_type_is_not_the_method_of_another() -> None:
    assert lookup.function(MODELS, "asyncio.Event") is None


def test_attributes() -> None:
    def of(type_name: str, name: str) -> lookup.Attribute | None:
        return lookup.attribute(MODELS, type_name, name)

    assert of("aiohttp.client.ClientWebSocketResponse", "closed") == lookup.Attribute(state="closed")
    assert of("websockets.ClientConnection", "open") == lookup.Attribute(state="!closed")
    assert of("websockets.ClientConnection", "close_code") == lookup.Attribute(none="!closed")
    assert of("asyncio.subprocess.Process", "stdout") == lookup.Attribute(type="asyncio.StreamReader")
    state = of("websockets.legacy.client.WebSocketClientProtocol", "state")
    assert state is not None
    assert dict(state.values) == {
        "websockets.protocol.State.OPEN": "!closed",
        "websockets.protocol.State.CLOSED": "closed",
    }


@pytest.mark.parametrize(
    ("type_name", "state", "source"),
    [
        ("asyncio.Event", "set", "self.e.is_set()"),
        ("asyncio.Task", "done", "self.e.done()"),
        ("aiohttp.ClientWebSocketResponse", "closed", "self.e.closed"),
        ("asyncio.Server", "closed", "not self.e.sockets"),
    ],
)
def test_states_are_written_in_python(type_name: str, state: str, source: str) -> None:
    assert lookup.state_source(MODELS, type_name, state, "self.e") == source


@pytest.mark.parametrize(
    ("variable", "members", "guess"),
    [
        ("_ws", ["receive"], "aiohttp.ClientWebSocketResponse"),
        ("ws", ["recv"], "websockets.asyncio.client.ClientConnection"),
        ("ws", ["closed", "receive"], "aiohttp.ClientWebSocketResponse"),
        ("ws", ["closed"], None),
        ("reader", ["readline"], "asyncio.StreamReader"),
        ("reader", ["fetch"], None),
        ("thing", ["receive"], None),
    ],
)
def test_guesses_by_name(variable: str, members: list[str], guess: str | None) -> None:
    assert lookup.guess_type(MODELS, variable, *members) == guess


@pytest.mark.parametrize(
    ("raised", "caught", "does"),
    [
        ("websockets.ConnectionClosedOK", "websockets.exceptions.ConnectionClosed", True),
        ("websockets.ConnectionClosedOK", "websockets.exceptions.ConnectionClosedError", False),
        ("aiohttp.ClientConnectionResetError", "ConnectionError", True),
        ("aiohttp.client_exceptions.ServerTimeoutError", "asyncio.TimeoutError", True),
        ("asyncio.CancelledError", "Exception", False),
        ("asyncio.CancelledError", "BaseException", True),
        ("asyncio.IncompleteReadError", "EOFError", True),
        ("app.Error", "Exception", False),
        ("app.Error", "app.Error", True),
    ],
)
def test_catches(raised: str, caught: str, does: bool) -> None:
    assert lookup.catches(MODELS, raised, caught) is does


# --- the user's models -----------------------------------------------------------------------------------------------

USER = {
    "app.client.fetch": "silent when closed",
    "app.clients.*.fetch": "raises app.Error",
    "app.clients.slow.*": "suspends",
    "app.nap": "delay",
    "base:app.Base.step": "yields",
    "base:app.Base.*": "suspends",
    "decorator:app.retry": "suspends",
}
SHORT = load_models({**USER, "types": {"app.client": {"attributes": {"closed": "closed"}}}})


@pytest.mark.parametrize(
    ("name", "bases", "decorators", "suspends", "raises"),
    [
        ("app.client.fetch", [], [], "none", None),
        ("app.clients.fast.fetch", [], [], "none", "app.Error"),
        ("app.clients.slow.other", [], [], "wait", None),
        ("app.x.Worker.step", ["app.Base"], [], "yield", None),
        ("app.x.Worker.run", ["app.Base"], [], "wait", None),
        ("app.x.load", [], ["app.retry"], "wait", None),
        ("app.clients.fast.fetch", ["app.Base"], ["app.retry"], "none", "app.Error"),
    ],
)
def test_short_forms(name: str, bases: list[str], decorators: list[str], suspends: str, raises: str | None) -> None:
    rows = lookup.user_model(SHORT, name, bases, decorators)
    assert rows is not None
    assert [(row.suspends, row.raises) for row in rows] == [((((3, 8), suspends),), raises)]


def test_short_forms_say_nothing_of_others() -> None:
    assert lookup.user_model(SHORT, "app.other.load", ["app.Other"], ["app.cache"]) is None


def test_the_longer_glob_wins() -> None:
    models = load_models({"app.*": "suspends", "app.deep.*": "silent"})
    rows = lookup.user_model(models, "app.deep.f", (), ())
    assert rows is not None
    assert rows[0].suspends == (((3, 8), "none"),)


def test_an_exact_short_form_is_a_row() -> None:
    rows = lookup.rows(SHORT, "app.client.fetch", "await")
    assert [(row.name, row.when) for row in rows] == [("app.client.fetch", ("closed",))]


def test_a_delay_is_a_sleep() -> None:
    model = lookup.function(SHORT, "app.nap")
    assert model is not None
    assert (model.combinator, model.parameters) == ("sleep", ("delay",))


def test_the_user_goes_before_us() -> None:
    models = load_models({"asyncio.Event.wait": "suspends"})
    assert [row.suspends for row in lookup.rows(models, "asyncio.locks.Event.wait", "await")] == [(((3, 8), "wait"),)]
    assert [row.suspends for row in lookup.rows(MODELS, "asyncio.Event.wait", "await")] == [(((3, 8), "none"),)]


def test_a_glob_of_the_user_speaks_of_libraries_too() -> None:
    user = {"asyncio.Event.*": "suspends", "asyncio.Event.wait": "silent", "ext.po*": "yields", "ext.nap*": "delay"}
    models = load_models(user)
    assert [row.suspends for row in lookup.rows(models, "ext.poll", "await")] == [(((3, 8), "yield"),)]
    assert [row.suspends for row in lookup.rows(models, "asyncio.Event.wait", "await")] == [(((3, 8), "none"),)]
    assert [row.suspends for row in lookup.rows(models, "asyncio.Event.other", "await")] == [(((3, 8), "wait"),)]
    assert (nap := lookup.function(models, "ext.nap_well")) is not None
    assert nap.combinator == "sleep"
    assert lookup.rows(models, "ext.other", "await") == ()
    assert lookup.rows(models, "asyncio.Lock.acquire", "await") == lookup.rows(MODELS, "asyncio.Lock.acquire", "await")


def test_full_rows_of_the_user_are_inherited_too() -> None:
    rows = [{"name": "app.Queue.drain", "when": ["empty"], "returns": "None"}]
    models = load_models({**SUBCLASS, "rows": rows})
    assert lookup.rows(models, "app.Queue.drain", "await")[0].returns == "None"
    assert models.origin["app.Queue.drain"] == "[tool.spinlint.models]"


# --- the listing -----------------------------------------------------------------------------------------------------


def test_the_listing_has_a_line_for_every_row() -> None:
    lines = describe(MODELS)
    rows = [row for found in MODELS.rows.values() for row in found]
    assert len([line for line in lines if line.split(" | ")[0] in {row.name for row in rows}]) == len(rows)
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    "line",
    [
        "asyncio.Event.wait | await | set -> at once, returns True | asyncio.toml | "
        "executed: set -> True, 0 yields, for ever",
        "time.monotonic | call | always -> no effect, answer from the clock | stdlib.toml |",
        "aiohttp.ClientSession.get | await | closed -> at once, raises RuntimeError, library >=3.8 | aiohttp.toml | "
        "executed: session closed -> RuntimeError, 0 yields, for ever",
    ],
)
def test_lines_of_the_listing(line: str) -> None:
    assert line in describe(MODELS)


def test_the_listing_tells_the_users_patterns() -> None:
    line = "base:app.Base.step | await | always -> yields | [tool.spinlint.models] | short form 'yields'"
    assert line in describe(SHORT)
