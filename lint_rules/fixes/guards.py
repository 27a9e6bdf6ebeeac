"""The condition behind which something is put at a place: what of the witness is not known there.

Where the loop spins in other ways too and these can be told at the same place, one condition says them all.
Invariant: a guard that is called safe holds only in states in which the loop spins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

from lint_rules.fixes.around import known_at, silent_rest, straight_start, waits
from lint_rules.fixes.logic import assumed, conjunction, facts, loose, residual, sayable
from lint_rules.fixes.meaning import says
from lint_rules.fixes.places import Place, Tree, source
from lint_rules.fixes.proposal import Context, doubtful
from lint_rules.sites import Site
from lint_rules.wording import Literal

Fits = Callable[[Tree, cst.While | cst.For, Place, frozenset[str]], bool]
MAX_TESTS = 3  # for several ways together
LONGEST = 4  # for one


@dataclass(frozen=True, slots=True)
class Guard:
    """`text` is "" where nothing is left to be tested; `left` is the first way, `tests` counts the conditions."""

    text: str
    safe: bool
    left: tuple[Literal, ...]
    tests: int = 0


def guard_at(ctx: Context, place: Place, fits: Fits) -> Guard:
    """The guard at a place for the witness and, where that stays short, for the other ways in which the loop spins."""
    known = known_at(ctx, place)
    ways = [ctx.site, *(site for site in ctx.others if _alike(ctx, site, place, fits))]
    guard = _guard(ctx, known, ways) if len(ways) > 1 else None
    return guard or _guard(ctx, known, ways[:1]) or Guard("", False, ())


def _guard(ctx: Context, known: frozenset[str], ways: list[Site]) -> Guard | None:
    """One condition for all of them, or None if it is too long to be read."""
    ways = sorted(ways, key=lambda site: len(residual(site.literals, known)))
    groups: list[list[Literal]] = []
    safe = True
    for site in ways:
        left = residual(site.literals, known)
        safe = safe and not doubtful(site) and not loose([*assumed(known), *left])
        if not left:
            return Guard("", safe, ())
        groups.append(left)
        if len(left) == 1:
            known |= facts(left[0].text, False)
    if not safe and isinstance(ctx.site.loop, cst.While):
        groups = [residual(group, says(ctx, ctx.site.loop.test)) or group for group in groups]
    texts = list(dict.fromkeys(conjunction(group) for group in groups))
    if len(texts) > 1 and sum(map(len, groups)) > MAX_TESTS:
        return None
    return Guard(_any_of(texts), safe, tuple(groups[ways.index(ctx.site)]), sum(map(len, groups)))


def negated_guard(ctx: Context, place: Place, tests: Sequence[cst.BaseExpression]) -> Guard | None:
    """The guard at a place, if that the tests fail there is all that it says."""
    if any(map(waits, tests)) or not sayable(ctx.site.literals):
        return None
    texts = frozenset(literal.text for literal in ctx.site.literals)
    if not silent_rest(ctx.tree, ctx.site.loop, Place(place.block, place.index + 1), texts):
        return None
    known = known_at(ctx, place).union(*(says(ctx, test, False) for test in tests))
    known |= {fact.replace(" >= ", " == ") for fact in known if fact.replace(" >= ", " <= ") in known}
    ways = [ctx.site, *(site for site in ctx.others if _alike(ctx, site, place, straight_start))]
    if not residual(ctx.site.literals, known):
        ways = ways[:1]
    elif len(tests) > 1 or not _are_failure(source(tests[0]), [residual(site.literals, known) for site in ways]):
        return None
    safe = all(not doubtful(site) and not loose([*assumed(known), *site.literals]) for site in ways)
    return Guard("", safe, ())


def _are_failure(test: str, groups: list[list[Literal]]) -> bool:
    """Whether these conditions together say just that `a and b` fails: `not a`, and `not b` where `a` may hold."""
    parts = facts(test)
    covered: set[frozenset[str]] = set()
    for group in sorted(groups, key=len):
        left = [lit for lit in group if not (facts(lit.text) <= parts and facts(lit.text, False) in covered)]
        if len(left) != 1:
            return False
        covered.add(facts(left[0].text))
    return covered == {facts(part, False) for part in parts}


def _alike(ctx: Context, site: Site, place: Place, fits: Fits) -> bool:
    texts = frozenset(literal.text for literal in site.literals)
    same = site.finding.code == ctx.site.finding.code and doubtful(site) == doubtful(ctx.site)
    return same and bool(texts) and sayable(site.literals) and fits(ctx.tree, ctx.site.loop, place, texts)


def _any_of(texts: list[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    return " or ".join(f"({text})" if " and " in text or " or " in text else text for text in texts)
