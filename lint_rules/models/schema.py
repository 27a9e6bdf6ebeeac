"""What a model of a library says, as plain data; one file per library in `data/`, a user's models have the same shape.

Every name is fully qualified; `aliases` are other qualified names of the same thing. What no row of an awaitable covers
waits; what no row of a plain call covers is unknown. A row with `suspends = "wait"` says that it was measured to wait.

    library = "aiohttp"                     # the distribution on the package index
    measured = ["3.9.5", "3.14.5"]          # versions on which the rows were run
    versions = ">=3.8"                      # of the library, for all rows that give none

    [types."aiohttp.ClientWebSocketResponse"]
    aliases = ["aiohttp.client_ws.ClientWebSocketResponse"]
    bases = []                              # rows, attributes and states are inherited
    truth = "always"                        # neither __bool__ nor __len__ | sized: __len__ | custom | unknown
    names = ["ws", "websocket"]             # a variable or attribute with this name (leading underscores dropped)
                                            # and no known type may be this: level likely
    attributes = { closed = "closed" }      # reading it reads a state of the receiver ("!closed" negates it)
    attribute_types = { stdout = "asyncio.StreamReader" }
    attribute_none = { close_code = "!closed" }              # it is None exactly when this state holds
    initial = { empty = "True" }            # states of a new object; a state that is not named here is False
    never_both = { full = "empty" }         # two states that do not hold together
    only_by = { shutdown = "shutdown" }     # a state that only a call of this method brings about: no call, no state
    by_code = ["done"]                      # states that nothing but code which has the object changes
    begun_by = { connected = "subscribe" }  # a state that calls of these methods ("a b") bring about, to last until
    ended_by = { connected = "close" }      # one of these is called
    follows = { "content.at_eof" = "closed" }                # where what the attribute holds is in the first state, the
                                            # object itself is in the second
    attribute_values = { state = { "websockets.protocol.State.OPEN" = "!closed" } }
    states = { set = "is_set()" }           # a state in Python, after "receiver." or with {} for the receiver

    [functions."aiohttp.ClientSession.ws_connect"]           # callables: signature and result
    aliases = []
    parameters = ["url"]                    # positional order, without self
    defaults = { timeout = "None" }         # Python literals, as text
    returns = "aiohttp.ClientWebSocketResponse"              # type of what the call gives, after await or
                                            # `async with ... as`; "tuple[A, B]"; builtins as "bytes", "list"
    given = { sock = "socket.socket" }      # types of parameters whose states the rows ask for
    telling = true                          # a method of this name on an object of no known type is this one: likely
    callback = ["handler", "A", "B"]        # it calls what this parameter gets, with objects of these types
    combinator = "wait_for"                 # behaviour that depends on awaitable arguments; one of COMBINATORS
    pure = true                             # a plain function without effects and without answers from outside
    answer = "clock"                        # a plain function without effects, its answer from outside: clock |
                                            # outside; or `new`: an object of the type that it returns

    [[rows]]                                # what happens in one state; rows of one name and form have disjoint guards
    name = "aiohttp.ClientWebSocketResponse.receive"         # or a list of names that behave alike
    form = "await"                          # await | call | async for | async with | with; or a list
    when = ["closed"]                       # all must hold: "closed", "!closed" (state of the receiver), "ARG.closed",
                                            # "!ARG.closed" (of an argument), or of a parameter "ARG<=0", "ARG>0",
                                            # "ARG is None", "ARG is not None", "ARG falsy", "ARG truthy"; for
                                            # combinators also "ARG silent" (a coroutine that does not suspend), "ARG
                                            # done" (finished futures), "ARG empty" (nothing to await): such rows are
                                            # the evidence for the combinator's rule
    suspends = "none"                       # none | yield | wait | block (a plain call that blocks the thread), or
                                            # from a Python version on: { "3.10" = "yield", "3.12" = "none" }
    returns = "b''"                         # a Python literal, a qualified enum member, or "state:closed" (its truth)
    fields = { type = "aiohttp.WSMsgType.CLOSED", data = "None" }    # attributes of the result, or of what it raises
    raises = "asyncio.QueueEmpty"           # instead of returns
    consumes = true                         # takes something from the receiver: progress
    sets = ["!set"]                         # states of the receiver afterwards
    ends = true                             # form "async for": ends at once without an item
    label = "end"                           # why it does not wait: end (of stream) | ready (event, future, task)
                                            # | free (lock, room) | zero (delay)
    persists = true                         # the next call in the state behaves the same; else progress, not a trap
    fills = true                            # with persists = false: a receiver without a limit is never full
    versions = ">=3.0"                      # of the library
    source = "executed on 3.14.5: closed -> CLOSED, 0 yields, 1000 times in a row"

    [exceptions]                            # qualified name = its bases
    "websockets.exceptions.ConnectionClosedOK" = ["websockets.exceptions.ConnectionClosed"]

    [enums."aiohttp.WSMsgType"]             # members that compare equal to these integers or strings
    TEXT = 1

    [aliases]                               # other spellings; a module may stand for all that is in it
    "asyncio.streams" = "asyncio"

    [plain]                                 # lists of names, for functions of which no more is to be said
    pure = ["logging.debug"]                # as `pure = true`
    clock = ["time.monotonic"]              # as `answer = "clock"`
    outside = ["random.random"]             # as `answer = "outside"`
    block = ["subprocess.run"]              # as a row of form "call" that blocks the thread
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

USER = "[tool.spinlint.models]"  # the origin of what the user says
COMBINATORS = frozenset(
    {
        "sleep",  # waits for its delay: the first parameter
        "wait_for",  # awaits its first argument inline from 3.12, in a task before
        "shield",  # awaits its first argument in a task
        "predicate",  # asks its first argument, and waits only where the answer is false
        "gather",  # awaits all its arguments; nothing to await: returns at once
        "wait",  # awaits a collection of tasks, FIRST_COMPLETED or all
        "spawn",  # starts its first argument as a task and gives the task
        "as_completed",  # iterates over awaitables
        "timeout",  # a context manager that does not suspend by itself
        "suppress",  # a context manager that swallows exceptions
        "task_group",  # a context manager that awaits what was spawned in it
        "nullcontext",  # a context manager that does nothing
        "exit_stack",  # a context manager that leaves what it entered
    }
)

Form = Literal["await", "call", "async for", "async with", "with"]
FORMS: tuple[Form, ...] = ("await", "call", "async for", "async with", "with")
Suspends = Literal["none", "yield", "wait", "block"]


@dataclass(frozen=True, slots=True)
class Row:
    """What one callable does in one state. `suspends` maps the Python version from which it holds to the class."""

    name: str
    form: Form
    when: tuple[str, ...] = ()
    suspends: tuple[tuple[tuple[int, int], Suspends], ...] = (((3, 8), "none"),)
    returns: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    raises: str | None = None
    consumes: bool = False
    sets: tuple[str, ...] = ()
    ends: bool = False
    label: str = ""
    persists: bool = True
    fills: bool = False
    versions: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class FunctionModel:
    """Signature and result of a callable. `parameters` leaves out self; `defaults` are Python literals as text."""

    name: str
    parameters: tuple[str, ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    returns: str | None = None
    combinator: str | None = None
    pure: bool = False
    answer: str = ""
    callback: tuple[str, ...] = ()
    telling: bool = False
    given: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TypeModel:
    """A class of a library: which attributes read which state, and whether an instance can be falsy."""

    name: str
    bases: tuple[str, ...] = ()
    truth: str = "unknown"
    names: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    attribute_types: tuple[tuple[str, str], ...] = ()
    attribute_none: tuple[tuple[str, str], ...] = ()
    attribute_values: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    states: tuple[tuple[str, str], ...] = ()
    initial: tuple[tuple[str, str], ...] = ()
    only_by: tuple[tuple[str, str], ...] = ()
    by_code: tuple[str, ...] = ()
    begun_by: tuple[tuple[str, str], ...] = ()
    ended_by: tuple[tuple[str, str], ...] = ()
    follows: tuple[tuple[str, str], ...] = ()
    never_both: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A short form of the user's: it speaks of all callables whose name, base class or decorator matches `glob`."""

    kind: Literal["name", "base", "decorator"]
    glob: str
    rows: tuple[Row, ...]
    combinator: str | None = None


@dataclass(slots=True)
class Models:
    """All models of one run, by canonical qualified name. `alias` maps every other spelling to the canonical one.

    `lookup` knows aliases and bases: to it, `asyncio.Task.done` has the rows of `asyncio.Future.done`.
    """

    types: dict[str, TypeModel] = field(default_factory=dict)
    functions: dict[str, FunctionModel] = field(default_factory=dict)
    rows: dict[tuple[str, str], tuple[Row, ...]] = field(default_factory=dict)
    exceptions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    enums: dict[str, dict[str, int | str]] = field(default_factory=dict)
    alias: dict[str, str] = field(default_factory=dict)
    measured: dict[str, tuple[str, ...]] = field(default_factory=dict)
    library_of: dict[str, str] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    patterns: list[Pattern] = field(default_factory=list)
    canonical: dict[str, str] = field(default_factory=dict, compare=False, repr=False)  # answers of `lookup.canonical`
