"""Guards of model rows as data; two guards are exclusive only where the states or values themselves rule it out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

TESTS = ("<=0", ">0", "is None", "is not None", "falsy", "truthy", "silent", "done", "empty")
COMBINATOR_TESTS = frozenset({"silent", "done", "empty"})
EXCLUSIVE = frozenset(
    frozenset(pair)
    for pair in (
        ("<=0", ">0"),
        ("is None", "is not None"),
        ("is None", "<=0"),
        ("is None", ">0"),
        ("is None", "truthy"),
        ("falsy", "truthy"),
        ("falsy", ">0"),
        ("silent", "done"),
        ("silent", "empty"),
        ("done", "empty"),
    )
)
STATE = re.compile(r"!?(?:[a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*")
ARGUMENT = re.compile(rf"(\w+)\s*({'|'.join(map(re.escape, TESTS))})")


@dataclass(frozen=True, slots=True)
class Guard:
    """A state of the receiver or of an argument (`test` is "" or "!"), or a test of one parameter."""

    subject: str
    test: str

    @property
    def is_state(self) -> bool:
        return self.test in ("", "!")

    @property
    def argument(self) -> str:
        """The parameter whose state `sock.closed` asks for; "" for a state of the receiver."""
        return self.subject.rpartition(".")[0] if self.is_state else ""

    @property
    def state(self) -> str:
        return self.subject.rpartition(".")[2]

    def excludes(self, other: Guard) -> bool:
        if self.subject != other.subject or self.is_state != other.is_state:
            return False
        if self.is_state:
            return self.test != other.test
        return frozenset((self.test, other.test)) in EXCLUSIVE


def parse_guard(text: str) -> Guard | None:
    """The guard that a text of `when` means, or None if it is none."""
    if STATE.fullmatch(text):
        return Guard(text.lstrip("!"), "!" if text.startswith("!") else "")
    match = ARGUMENT.fullmatch(text)
    return Guard(match[1], match[2]) if match else None


def exclusive(first: Iterable[str], second: Iterable[str]) -> bool:
    """Whether no state satisfies all guards of both."""
    ours = [guard for text in first if (guard := parse_guard(text))]
    theirs = [guard for text in second if (guard := parse_guard(text))]
    return any(one.excludes(other) for one in ours for other in theirs)
