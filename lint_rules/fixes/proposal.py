"""What a fixer offers: edits with a title and a safety class, or the reason why there are none.

Invariant: `safe` means that in every run in which the inserted code executes, the original would have gone round for
ever; all other runs are unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from lint_rules.config import Settings
from lint_rules.findings import Edit
from lint_rules.fixes.places import Tree
from lint_rules.resolve import Resolver
from lint_rules.sites import Site

SAFE, UNSAFE = "safe", "unsafe"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One repair. `functions` are those whose text changes; `note` is what the user has to know about it."""

    kind: str
    title: str
    safety: str
    edits: tuple[Edit, ...]
    functions: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a kind of fix is not offered; `told`: the reason already says what to do by hand."""

    reason: str
    told: bool = False


Offer = Proposal | Refusal
Offers = Iterator[Offer]


@dataclass(frozen=True, slots=True)
class Context:
    """What the fixers of one site share; `others` are the other ways in which its loop spins."""

    site: Site
    tree: Tree
    resolver: Resolver
    settings: Settings
    others: tuple[Site, ...] = ()

    def lines(self) -> tuple[str, ...]:
        return self.resolver.project.text(self.site.finding.path.absolute()).lines


def doubts(ctx: Context) -> bool:
    return doubtful(ctx.site)


def doubtful(site: Site) -> bool:
    """Whether the witness alone does not prove that the run would have diverged: another class may wait, a loop that
    yields gives others their turn, and `async for` has a state of its own.
    """
    iterates = isinstance(site.loop, cst.For) and site.loop.asynchronous is not None
    return not site.every_class or site.yields or iterates
