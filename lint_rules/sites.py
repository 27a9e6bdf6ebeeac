"""What a fixer sees of a spinning lap: trees, the steps of the lap and its state as Python text.

Invariant: a `Site` holds no symbolic value; a literal whose text is "" cannot be said in the scope of the loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import libcst as cst

from lint_rules.candidates import Candidate, Loop, candidates, concrete_classes, loops_of, owner_of
from lint_rules.conditions import truth
from lint_rules.findings import Finding
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import Event
from lint_rules.index import FunctionInfo, ModuleInfo
from lint_rules.judge import judge
from lint_rules.recurrence import Lap
from lint_rules.resets import Reset
from lint_rules.session import Session
from lint_rules.spins import Spin, describe
from lint_rules.syntax import Slice, Unparseable
from lint_rules.wording import Literal, Writer


@dataclass(frozen=True, slots=True)
class Mark:
    """One step of the lap; `own`: in the function of the loop itself."""

    kind: str
    text: str
    own: bool
    depth: int
    node: cst.CSTNode
    slice: Slice
    path: Path
    fn: FunctionInfo


@dataclass(frozen=True, slots=True)
class Callee:
    """The coroutine of the project that the loop awaits last on the lap; `call` is the await in the loop."""

    fn: FunctionInfo
    node: cst.FunctionDef
    slice: Slice
    path: Path
    module: ModuleInfo
    call: cst.CSTNode
    decorated: bool
    overridden: bool


@dataclass(frozen=True, slots=True)
class Site:
    """One spinning lap. `literals` are its state, in the order of the decisions; `falsy` names variables that are false
    where it ends.

    `inherited`: it spins for a subclass of the loop's own class; `every_class`: for every class that runs this loop.
    """

    finding: Finding
    fn: FunctionInfo
    module: ModuleInfo
    slice: Slice
    function: cst.FunctionDef
    loop: Loop
    ordinal: int
    yields: bool
    literals: tuple[Literal, ...]
    marks: tuple[Mark, ...]
    callee: Callee | None
    falsy: frozenset[str]
    resets: tuple[Reset, ...]
    inherited: str
    every_class: bool

    @property
    def key(self) -> tuple[str, str, int, str]:
        return (str(self.finding.path.absolute()), self.fn.qualname, self.ordinal, self.finding.code)

    def own(self, *kinds: str) -> list[Mark]:
        """The steps of these kinds in the loop's own function."""
        return [m for m in self.marks if m.own and m.kind in kinds]


def sites_of(session: Session, path: Path) -> list[Site]:
    """The spinning laps of a file, each once whatever classes it spins for."""
    module = session.project.module(path)
    found: dict[object, Site] = {}
    classes: dict[object, set[str]] = {}
    for fn in module.looping if module is not None else ():
        try:
            for site, name in _of_function(session, path, fn):
                key = (*site.key, site.finding.witness)
                if key not in found or not site.inherited:
                    found[key] = site
                classes.setdefault(key, set()).add(name)
        except (Unparseable, OSError):
            continue  # the check says so
    session.project.drop_slices()
    all_classes = {site.fn: len(concrete_classes(session.resolver, site.fn)) for site in found.values()}
    return [replace(site, every_class=len(classes[key]) == all_classes[site.fn]) for key, site in found.items()]


def _of_function(session: Session, path: Path, fn: FunctionInfo) -> Iterator[tuple[Site, str]]:
    for c in candidates(session.resolver, fn):
        result, m = session.search(c)
        for lap in result.laps:
            verdict = judge(m, lap)
            if verdict.level is not None:
                spin = describe(m, c, lap, verdict)
                site = _site(m, c, lap, spin, session.findings_of(path, c, spin)[0])
                yield site, c.cls.full if c.cls is not None else ""


def _site(m: Machine, c: Candidate, lap: Lap, spin: Spin, finding: Finding) -> Site:
    st = lap.state
    events = list(st.trace or ())
    paths = {e.frame.module.name: m.resolver.project.path_of(e.frame.module.name) for e in events}
    marks = tuple(_mark(e, lap, paths[e.frame.module.name]) for e in events)
    owner = owner_of(m.resolver, c.fn)
    subclass = c.cls.name if c.cls is not None and owner is not None and c.cls is not owner else ""
    return Site(
        finding, c.fn, lap.frame.module, c.slice, c.function, c.loop, loops_of(c.function).index(c.loop), spin.yields,
        Writer(m, lap.frame).literals(st), marks, _callee(m, lap, marks),
        frozenset(name for (frame, name), v in st.env.items() if frame == lap.frame.id and truth(st, v) is False),
        spin.resets, subclass, False,
    )  # fmt: skip


def _mark(e: Event, lap: Lap, path: Path) -> Mark:
    return Mark(e.kind, e.text, e.frame is lap.frame, e.depth, e.node, e.frame.slice, path, e.frame.fn)


def _callee(m: Machine, lap: Lap, marks: tuple[Mark, ...]) -> Callee | None:
    calls = [i for i, mark in enumerate(marks) if mark.own and mark.kind == "call"]
    if not calls:
        return None
    inside = [mark for mark in marks[calls[-1] + 1 :] if mark.depth == 1]
    if not inside:
        return None
    fn, part = inside[0].fn, inside[0].slice
    cls = m.resolver.class_at(fn)
    overridden = cls is not None and any(fn.name in sub.methods for sub in m.resolver.subclasses(cls))
    plain = all(d[-1] in ("staticmethod", "classmethod", "override", "final") for d in fn.decorators)
    module = m.resolver.module_of(fn.module)
    node, call = part.functions[fn.ordinal], marks[calls[-1]].node
    return Callee(fn, node, part, inside[0].path, module, call, not plain, overridden)
