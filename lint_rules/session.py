"""One project under analysis: its index, its types and what was found in each file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from lint_rules.candidates import Candidate, candidates, loops_of
from lint_rules.config import Settings
from lint_rules.declared import declared_versions
from lint_rules.engine import best, fingerprint
from lint_rules.findings import Finding, Incomplete, Problem
from lint_rules.flow import values
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import Event
from lint_rules.flow.values import parts
from lint_rules.index import FunctionInfo, ModuleInfo
from lint_rules.judge import judge
from lint_rules.laps import Search, search
from lint_rules.memory import memory_of
from lint_rules.models.load import load_models
from lint_rules.project import Project
from lint_rules.render import literal, source, witness
from lint_rules.resolve import Resolver
from lint_rules.results import FileResult, FunctionResult, candidates_of, file_result
from lint_rules.rules import spn201_counter_reset
from lint_rules.rules.labels import label
from lint_rules.rules.registry import Rule
from lint_rules.spins import Spin, describe, lost_count
from lint_rules.syntax import Unparseable
from lint_rules.tree import Question
from lint_rules.types import Types


class NotFound(LookupError):
    """What was asked about is not there, or cannot be read."""


class Session:
    """Analyses files of one project. Lives as long as one run."""

    def __init__(
        self, root: Path, settings: Settings, texts: dict[Path, bytes], project: Project | None = None
    ) -> None:
        self.settings = settings
        self.project = project or Project(root, settings.src, texts, memory_of(root))
        self.declared = declared_versions(root)
        self.models = load_models(settings.models or None)
        self._pool: dict[Question, Question] = {}
        self._start_afresh()

    def _start_afresh(self) -> None:
        """What was worked out for one function must not hide from the next what it asks of the project."""
        self.project.asked = {}
        self.resolver = Resolver(self.project, self.models)
        self.types = Types(self.resolver)

    def check_file(self, path: Path, wanted: Collection[str] | None = None) -> FileResult:
        """What is found in a file (an absolute path), in the functions of these names or in all."""
        module = self.project.module(path)
        if module is None:
            return FileResult(self.project.content(path), Problem(path, *self.project.errors[path]))
        functions: dict[str, FunctionResult] = {}
        for name, fn in candidates_of(self.project, path).items():
            if wanted is None or name in wanted:
                functions[name] = self._check_function(path, fn)
        self.project.drop_slices()
        return file_result(self.project, path, functions)

    def _check_function(self, path: Path, fn: FunctionInfo) -> FunctionResult:
        found: list[tuple[Finding, int]] = []
        errors: list[Problem] = []
        incomplete: list[Incomplete] = []
        loops: set[int] = set()
        self._start_afresh()
        self.project.ask_text(fn)
        try:
            for c in candidates(self.resolver, fn):
                loops.add(id(c.loop))
                result, m = self.search(c)
                if result.gave_up:
                    line = _line(c)
                    incomplete.append(Incomplete(path, line, fn.qualname, "; ".join(dict.fromkeys(result.gave_up))))
                found.extend(self._findings(path, c, result, m))
                m.end()
        except Unparseable as exc:
            if exc.path in (None, path):
                errors.append(Problem(path, exc.line, exc.message))
            else:
                incomplete.append(Incomplete(path, fn.line, fn.qualname, str(exc)))
        except OSError as exc:
            errors.append(Problem(path, fn.line, f"cannot be read: {exc.strerror or exc}"))
        questions = tuple(self._pool.setdefault(each, each) for each in self.project.asked)
        return FunctionResult(tuple(best(found)), tuple(incomplete), tuple(errors), len(loops), questions, fn.first)

    def search(self, c: Candidate) -> tuple[Search, Machine]:
        values.forget()
        m = Machine(self.types, self.settings.targets)
        m.declared_versions = self.declared
        return search(m, c), m

    def _findings(self, path: Path, c: Candidate, result: Search, m: Machine) -> list[tuple[Finding, int]]:
        out: list[tuple[Finding, int]] = []
        for lap in result.laps:
            verdict = judge(m, lap)
            if verdict.level is not None:
                spin = describe(m, c, lap, verdict)
                out.extend((f, len(spin.steps) * spin.period) for f in self.findings_of(path, c, spin))
        assert result.frame is not None
        for st in result.lost_counts:
            lost = lost_count(m, c, result.frame, st)
            if lost is not None:
                out.extend((f, len(lost.steps)) for f in self._of_resets(path, c, lost))
        return out

    def findings_of(self, path: Path, c: Candidate, spin: Spin) -> list[Finding]:
        rule, message = label(spin)
        note = (
            f" (for the class {c.cls.name})"
            if c.cls is not None and c.cls.qualname != (c.fn.cls or c.cls.qualname)
            else ""
        )
        line, column, end = c.slice.place(c.loop)
        finding = self._finding(path, c, spin, rule, "")
        return [
            replace(finding, line=line, column=column, end_line=end, message=message + note),
            *self._of_resets(path, c, spin),
        ]

    def _of_resets(self, path: Path, c: Candidate, spin: Spin) -> list[Finding]:
        rule = spn201_counter_reset.RULE
        return [
            replace(
                self._finding(path, c, spin, rule, r.name),
                line=r.line,
                column=r.column,
                end_line=r.end_line,
                message=spn201_counter_reset.message(r),
            )
            for r in spin.resets
        ]

    def _finding(self, path: Path, c: Candidate, spin: Spin, rule: Rule, name: str) -> Finding:
        """All of a finding but its place and message."""
        steps = tuple(replace(s, path=path) if s.path == path.absolute() else s for s in spin.steps)
        key = fingerprint(rule.code, c.fn.qualname, c.slice.source(c.loop), name)
        return Finding(
            rule.code,
            rule.name,
            spin.level,
            path,
            0,
            0,
            0,
            c.fn.qualname,
            "",
            spin.witness,
            steps,
            key,
            spin.assumptions,
        )

    # ------------------------------------------------------------------ questions

    def module(self, path: Path) -> ModuleInfo:
        module = self.project.module(path)
        if module is None:
            line, message = self.project.errors[path]
            raise NotFound(f"line {line}: {message}")
        return module

    def explain(self, path: Path, line: int) -> list[str]:
        for fn in self.module(path).looping:
            if not fn.first <= line <= fn.last:
                continue
            out: list[str] = []
            for c in candidates(self.resolver, fn):
                if c.slice.place(c.loop)[0] == line:
                    out.extend(self._explain(c))
            if out:
                return out
        raise NotFound("no loop that this tool judges has its header on this line")

    def _not_recurrent(self, m: Machine, result: Search) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The laps that leave, those whose state does not come back, and those that wait: with the place that decides,
        and in which state.
        """
        for st in result.left:
            event = st.trace.event if st.trace is not None else None
            yield "leaves" + (f" at {_place(self, event)}" if event else ""), witness(m, st)
        for st, what in result.progress:
            names = {p.args[1] for p in parts(what) if p.kind in ("attr", "var")}
            written = [e for e in st.trace or () if e.kind == "write" and e.text in names]
            where = f"at {_place(self, written[-1])}" if written else "on the lap"
            yield f"progress: {source(m, what)} changes {where}", ()
        for p in result.pruned:
            line = p.frame.slice.place(p.node)[0]
            where = f"at {self.project.path_of(p.frame.module.name).name}:{line}"
            yield f"{p.reason} {where}", tuple(literal(m, v, want) for v, want in p.conditions if not v.round)

    def _explain(self, c: Candidate) -> list[str]:
        result, m = self.search(c)
        name = f" as {c.cls.name}" if c.cls is not None else ""
        counts = f"{len(result.laps)} recurrent, {len(result.progress)} with progress, {len(result.pruned)} dropped"
        out = [f"{c.fn.qualname}{name}: {counts}"]
        for lap in result.laps:
            verdict = judge(m, lap)
            word = verdict.level.word if verdict.level is not None else "infeasible"
            spin = describe(m, c, lap, verdict) if verdict.level is not None else None
            rule = label(spin)[0].code if spin is not None else ""
            out.append(f"  spins: {rule} {word} when {', '.join(spin.witness if spin else ())}".rstrip())
            out.extend(f"    if {note}" for note in verdict.assumptions)
        out.extend(f"  {line}" for line in _folded(self._not_recurrent(m, result)))
        out.extend(f"  gave up: {reason}" for reason in dict.fromkeys(result.gave_up))
        return list(dict.fromkeys(out))


def _folded(ways: Iterable[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """Laps that end in the same way at the same place are one line, with the conditions that all of them have."""
    states: dict[str, dict[tuple[str, ...], None]] = {}
    for what, conditions in ways:
        states.setdefault(what, {})[conditions] = None
    for what, found in states.items():
        first, *others = found
        common = ", ".join(each for each in first if all(each in other for other in others))
        if not others:
            yield what + (f" when {common}" if common else "")
        else:
            yield f"{what}, on {len(found)} laps" + (f", all when {common}" if common else "")


def _place(session: Session, e: Event) -> str:
    return f"{session.project.path_of(e.frame.module.name).name}:{e.frame.slice.place(e.node)[0]}"


def _line(c: Candidate) -> int:
    """Of the loop, by its order among the loops that the index knows: positions cost much more."""
    loops, lines = loops_of(c.function), sorted(c.fn.loops)
    return lines[loops.index(c.loop)] if len(loops) == len(lines) else c.slice.place(c.loop)[0]
