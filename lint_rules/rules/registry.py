"""The rules by code: what a surface must know of a rule without loading the analysis.

Invariant: a code, a name and a pylint id each name one rule and are never given to another; the module of a rule
holds its page and its finder.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

PREFIX = "SPN"


@dataclass(frozen=True, slots=True)
class Rule:
    """`module` is the file in this package; `name` is also the pylint symbol."""

    code: str
    name: str
    pylint_id: str
    title: str

    @property
    def module(self) -> str:
        return f"{self.code}_{self.name}".lower().replace("-", "_")


RULES = (
    Rule(
        "SPN101", "silent-return", "W7801", "an awaited coroutine can return without waiting, and the loop goes round"
    ),
    Rule("SPN102", "swallowed-raise", "W7802", "an await can raise without waiting, and the loop swallows it"),
    Rule(
        "SPN103",
        "end-of-stream",
        "W7803",
        "a read at the end of its stream returns without waiting, and the loop reads on",
    ),
    Rule("SPN104", "skipped-wait", "W7804", "a branch goes round the only wait of the loop"),
    Rule("SPN105", "zero-delay", "W7805", "the loop yields but never waits: its delay can be zero"),
    Rule("SPN106", "stale-event", "W7806", "the loop waits for what has already happened and is never cleared"),
    Rule("SPN201", "counter-reset", "W7821", "a retry counter is reset on a lap that made no progress"),
)
BY_CODE = {rule.code: rule for rule in RULES}
BY_NAME = {rule.name: rule for rule in RULES}
BY_PYLINT_ID = {rule.pylint_id: rule for rule in RULES}


def rule(code: str) -> Rule:
    return BY_CODE[code]


def is_selector(text: str) -> bool:
    """Whether a text selects at least one rule: a code, the beginning of one (`SPN1`), a name, or `ALL`."""
    return bool(matching((text,)))


@lru_cache(maxsize=256)
def matching(selectors: tuple[str, ...]) -> frozenset[str]:
    """The codes that a list of selectors stands for."""
    return frozenset(each.code for each in RULES if any(_matches(each, selector) for selector in selectors))


def _matches(each: Rule, selector: str) -> bool:
    upper = selector.upper()
    return upper == "ALL" or selector.lower() == each.name or (upper.startswith(PREFIX) and each.code.startswith(upper))
