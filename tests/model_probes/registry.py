"""Which probe builds the state of which row; a row is named by name, form and guard, and has one probe at most."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from lint_rules.models.schema import Form, Row

Key = tuple[str, str, frozenset[str]]


@dataclass(slots=True)
class Case:
    """`attempt` makes what the row speaks of: an awaitable, an iterable, a context manager, or the value of a call.

    `receiver` is the object whose state the guards name; `outside` makes the same out of the state, for predicates.
    """

    attempt: Callable[[], object]
    receiver: object = None
    outside: Callable[[], object] | None = None


Probe = Callable[[str], AsyncIterator[Case]]
PROBES: dict[Key, Callable[[str], AbstractAsyncContextManager[Case]]] = {}
BACKEND: dict[Key, str] = {}


def probe(
    *names: str, form: Form = "await", when: tuple[str, ...] = (), backend: str = "asyncio"
) -> Callable[[Probe], Probe]:
    """Register a probe for rows; it is called with the last part of the row's name."""

    def register(build: Probe) -> Probe:
        for name in names:
            key = (name, form, frozenset(when))
            assert key not in PROBES, f"two probes for {key}"
            PROBES[key] = asynccontextmanager(build)
            BACKEND[key] = backend
        return build

    return register


def key_of(row: Row) -> Key:
    return row.name, row.form, frozenset(row.when)


def words(row: Row) -> str:
    """A row's name for people and for pytest."""
    return f"{row.name} [{row.form}] {' & '.join(row.when) or 'always'}"
