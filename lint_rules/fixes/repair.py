"""Repairs loops: offers in their order, the first that passes all gates, again until the loop is clean.

Invariant: texts are changed in memory only; a loop that cannot be made clean stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lint_rules.config import Settings
from lint_rules.findings import Edit, Finding, Level
from lint_rules.fixes import (
    clear_event,
    end_of_stream,
    raise_at_entry,
    raise_in_loop,
    real_delay,
    reset_moved,
    sleep_in_loop,
    sleep_when_idle,
    wider_handler,
)
from lint_rules.fixes.edits import Unwritable, apply, by_path
from lint_rules.fixes.gates import analysis_problem, text_problem
from lint_rules.fixes.places import Tree
from lint_rules.fixes.proposal import SAFE, UNSAFE, Context, Offer, Proposal, Refusal
from lint_rules.session import Session
from lint_rules.sites import Site, sites_of
from lint_rules.source import may_matter, project_root

FIXERS = (
    raise_at_entry, raise_in_loop, reset_moved, end_of_stream, clear_event, wider_handler, sleep_when_idle, real_delay,
    sleep_in_loop,
)  # fmt: skip
KINDS = tuple(dict.fromkeys(fixer.KIND for fixer in FIXERS))
MAX_ROUNDS = 4
MAX_CALLERS = 12
LoopKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came of one loop. Without proposals it was refused, and `reason` says why."""

    finding: Finding
    proposals: tuple[Proposal, ...] = ()
    texts: Mapping[Path, bytes] = field(default_factory=dict)
    reason: str = ""

    @property
    def safety(self) -> str:
        unsafe = any(p.safety == UNSAFE for p in self.proposals) or self.finding.level < Level.CERTAIN
        return UNSAFE if unsafe else SAFE

    @property
    def title(self) -> str:
        return "; ".join(dict.fromkeys(p.title for p in self.proposals))

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.note for p in self.proposals if p.note))


class Workshop:
    """The texts of one project while they are repaired, and what the analysis says of them.

    `kinds` are the fixes that are tried, `only` is the one file that may change.
    """

    def __init__(
        self,
        path: Path,
        settings: Settings,
        texts: Mapping[Path, bytes],
        kinds: Collection[str] = KINDS,
        only: Path | None = None,
    ) -> None:
        self.root = settings.root or project_root(path.absolute())
        self.settings = settings
        self.texts = dict(texts)
        self.kinds = kinds
        self.only = only
        self.originals: dict[Path, bytes] = {}
        self._sessions: dict[tuple[tuple[Path, bytes], ...], tuple[Session, dict[Path, list[Site]]]] = {}

    def session(self, texts: Mapping[Path, bytes]) -> tuple[Session, dict[Path, list[Site]]]:
        key = tuple(sorted(texts.items()))
        if key not in self._sessions:
            if len(self._sessions) > 3:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[key] = Session(self.root, self.settings, dict(texts)), {}
        return self._sessions[key]

    def sites(self, texts: Mapping[Path, bytes], path: Path) -> list[Site]:
        session, known = self.session(texts)
        if path not in known:
            known[path] = sites_of(session, path)
        return known[path]

    # ------------------------------------------------------------------ one loop

    def repair(self, path: Path, loop: LoopKey, codes: Collection[str], unsafe: bool) -> Repaired | None:
        """Repairs one loop; None where nothing is wrong with it. What is unsafe is tried only if it is allowed, and
        taken where safe fixes leave something or are many.
        """
        safe = self._repair(path, loop, codes, False)
        if not unsafe or safe is None:
            return safe
        enough = safe.proposals and not self._left(safe, path, loop, codes)
        if enough and len(safe.proposals) == 1:
            return safe
        other = self._repair(path, loop, codes, True)
        shorter = other is not None and other.proposals and len(other.proposals) < len(safe.proposals)
        return safe if enough and not shorter else other

    def _left(self, done: Repaired, path: Path, loop: LoopKey, codes: Collection[str]) -> bool:
        """Whether safe fixes left something: another way to spin, or a counter that is set back behind a mere pause."""
        pauses = all(p.kind == sleep_in_loop.KIND for p in done.proposals)
        resets = any(s.resets for s in self.sites(self.texts, path) if s.key[:3] == loop)
        return (pauses and resets) or self._worst(done.texts, path, loop, codes, Level.LIKELY) is not None

    def _repair(self, path: Path, loop: LoopKey, codes: Collection[str], unsafe: bool) -> Repaired | None:
        texts = dict(self.texts)
        first: Finding | None = None
        done: list[Proposal] = []
        level = Level.LIKELY if unsafe else Level.CERTAIN
        for _ in range(MAX_ROUNDS):
            site = self._worst(texts, path, loop, codes, level)
            if site is None and first is not None:
                return Repaired(first, tuple(done), texts)
            if site is None:
                likely = self._worst(texts, path, loop, codes, Level.LIKELY)
                return Repaired(likely.finding, reason="it is only likely") if likely is not None else None
            first = first or site.finding
            found = self._first_fit(texts, site, unsafe)
            if isinstance(found, Refusal):
                return Repaired(first, reason=found.reason)
            proposal, texts = found
            done.append(proposal)
        assert first is not None
        return Repaired(first, reason="it spins in too many ways; restructure the loop by hand")

    def _worst(
        self, texts: Mapping[Path, bytes], path: Path, loop: LoopKey, codes: Collection[str], level: Level
    ) -> Site | None:
        """The site that the report shows first."""
        here = [s for s in self.sites(texts, path) if s.key[:3] == loop and s.finding.code in codes]
        return min((s for s in here if s.finding.level >= level), key=_order, default=None)

    def _first_fit(
        self, texts: Mapping[Path, bytes], site: Site, unsafe: bool
    ) -> tuple[Proposal, dict[Path, bytes]] | Refusal:
        """The first offer that passes and leaves the loop clean; else the first that passes."""
        reasons: list[str] = []
        told = False
        partly: list[tuple[Proposal, dict[Path, bytes]]] = []
        for offer in self.offers(texts, site):
            if isinstance(offer, Refusal):
                reasons.append(offer.reason)
                told = told or offer.told
            elif offer.safety == UNSAFE and not unsafe:
                reasons.append(f"`{offer.title}` needs --unsafe")
            else:
                tried = self.attempt(texts, site, offer)
                if isinstance(tried, Refusal):
                    reasons.append(f"`{offer.title}` was dropped: {tried.reason}")
                elif self._clean(tried, site):
                    return offer, tried
                else:
                    partly.append((offer, tried))
        if partly:
            return partly[0]
        advice = [] if told else [f"by hand: {ADVICE[site.finding.code]}"]
        return Refusal("; ".join([*dict.fromkeys(reasons), *advice]))

    def _clean(self, texts: Mapping[Path, bytes], site: Site) -> bool:
        left = self.sites(texts, site.finding.path)
        return not any(s.key[:3] == site.key[:3] and s.finding.level >= site.finding.level for s in left)

    def offers(self, texts: Mapping[Path, bytes], site: Site) -> Iterable[Offer]:
        if site.inherited and site.finding.code != "SPN103":  # that is written in the loop itself, for every class
            yield Refusal(f"it spins for {site.inherited} only; make the methods of that class wait", True)
            return
        if site.fn.is_generator:
            yield Refusal("the loop is in a generator; wait or leave between its yields by hand", True)
            return
        session, _ = self.session(texts)
        others = tuple(
            other
            for other in self.sites(texts, site.finding.path)
            if other is not site and other.key[:3] == site.key[:3] and other.finding.level >= site.finding.level
        )
        ctx = Context(site, Tree(site.slice, site.function), session.resolver, self.settings, others)
        for fixer in FIXERS:
            if fixer.KIND in self.kinds:
                yield from fixer.propose(ctx)

    def attempt(self, texts: Mapping[Path, bytes], site: Site, offer: Proposal) -> dict[Path, bytes] | Refusal:
        """The texts with an offer in them, if it passes all gates."""
        session, _ = self.session(texts)
        edits = by_path(offer.edits)
        if self.only is not None and set(edits) != {self.only}:
            return Refusal("it would change another file: use `spinlint fix`")
        before = {path: session.project.data(path) for path in edits}
        try:
            after = {path: apply(before[path], own) for path, own in edits.items()}
        except Unwritable as exc:
            return Refusal(str(exc))
        problem = text_problem(before, after, offer.edits, self.settings.targets)
        if problem:
            return Refusal(problem)
        self.originals = {path: data for path, data in before.items() if path not in texts} | self.originals
        new = {**texts, **after}
        files = self._affected(session, site, offer, edits)
        old_sites = [s for path in files for s in self.sites(texts, path)]
        problem = analysis_problem(site, old_sites, [s for path in files for s in self.sites(new, path)])
        return Refusal(problem) if problem else new

    def _affected(self, session: Session, site: Site, offer: Proposal, edits: Mapping[Path, list[Edit]]) -> list[Path]:
        """The edited files, the loop's file, and those that may call what was edited."""
        own = dict.fromkeys([site.finding.path.absolute(), *edits])
        words = [name.encode() for name in offer.functions]
        homes = [path.stem.encode() for path in edits] + [site.fn.qualname.split(".")[0].encode()]
        callers = []
        for path in session.project.files():
            try:
                data = session.project.data(path)
            except OSError:
                continue
            calls = any(re.search(rb"\b" + re.escape(w) + rb"\s*\(", data) for w in words)
            if path not in own and calls and any(h in data for h in homes) and may_matter(data):
                callers.append(path)
        return [*own, *callers[:MAX_CALLERS]]

    def loops(self, path: Path, findings: Iterable[Finding]) -> list[tuple[LoopKey, frozenset[str]]]:
        """The loops that these findings speak of, from top to bottom, each with the codes found there."""
        wanted = list(findings)
        sites = sorted(self.sites(self.texts, path), key=lambda s: (s.finding.line, s.finding.column))
        same = {site.finding.fingerprint for site in sites}
        prints = {f.fingerprint for f in wanted}
        changed = {(f.function, f.code) for f in wanted if f.fingerprint not in same}  # by a fix of another file
        found: dict[LoopKey, set[str]] = {}
        for site in sites:
            if site.finding.fingerprint in prints or (site.finding.function, site.finding.code) in changed:
                found.setdefault(site.key[:3], set()).add(site.finding.code)
        return [(key, frozenset(codes)) for key, codes in found.items()]


def _order(site: Site) -> tuple[int, int, int, int]:
    finding = site.finding
    return (-finding.level, len(finding.assumptions), len(finding.steps), len(site.literals))


ADVICE = {
    "SPN101": "make the silent path of the callee wait, raise or leave",
    "SPN102": "wait in the handler, limit the attempts, or leave the loop",
    "SPN103": "leave the loop when the read gives nothing",
    "SPN104": "put the wait where every lap passes",
    "SPN105": "wait for an event or a queue, or sleep for a real time",
    "SPN106": "clear the event, or stop waiting for what is over",
}
