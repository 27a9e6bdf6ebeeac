"""Draws packages that nobody tuned the analysis to, analyses them, and prints what has to be read by hand.

    python benchmarks/precision.py [--seed N] [--output FILE]

Invariant: the packages are drawn by the seed alone from tests/data/async_packages.txt; one without candidate loops
does not count. Each package is analysed in a process of its own, so that a crash or a hang is a line of the report.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from lint_rules import engine, session  # noqa: E402
from lint_rules.candidates import Candidate  # noqa: E402
from lint_rules.config import load_settings  # noqa: E402
from lint_rules.flow.machine import Machine, Pruned  # noqa: E402
from lint_rules.laps import Search  # noqa: E402
from lint_rules.models import lookup  # noqa: E402

SEED = 20240611
PACKAGES = 30
LOOPS = 1000
SECONDS = 900
UNKNOWN = (
    "waits",
    "waits in a call",
    "waits entering a context",
    "waits for the next item",
    "calls too deep",
    "cannot be parsed",
    "raises an exception whose handler is unknown",
)


@dataclass(slots=True)
class Tally:
    """What one package gave. `unknown` counts loops without a finding for which something was taken to wait unseen."""

    package: str = ""
    version: str = ""
    files: int = 0
    loops: int = 0
    unknown: int = 0
    incomplete: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    findings: list[dict[str, object]] = field(default_factory=list)
    seconds: float = 0.0

    def of_level(self, level: str) -> int:
        return sum(finding["level"] == level for finding in self.findings)


class Recorder(session.Session):
    """A session that remembers the loops on which something unknown was taken to wait."""

    def search(self, c: Candidate) -> tuple[Search, Machine]:
        result, machine = super().search(c)
        if not result.gave_up and any(_is_unknown(machine, pruned) for pruned in result.pruned):
            RECORDED.add((str(self.project.path_of(c.fn.module)), c.slice.place(c.loop)[0]))
        return result, machine


RECORDED: set[tuple[str, int]] = set()


def _is_unknown(machine: Machine, pruned: Pruned) -> bool:
    """Whether a path was dropped because nobody knows what is awaited there."""
    if pruned.reason in UNKNOWN or pruned.reason.endswith("which is abstract"):
        return True
    for opening in ("waits in ", "waits entering "):
        if pruned.reason.startswith(opening):
            name = pruned.reason.removeprefix(opening)
            forms = ("await", "async with", "async for", "call")
            known = lookup.function(machine.models, name) is not None
            return not known and not any(lookup.rows(machine.models, name, form) for form in forms)
    return False


def analyse(folder: Path) -> Tally:
    """As `spinlint check --level possible` does, and counts what stayed unknown."""
    session.Session = Recorder  # type: ignore[misc]
    report = engine.check([folder], replace(load_settings(folder), root=folder))
    here = {(str(f.path.absolute()), f.line) for f in report.findings}
    return Tally(
        files=report.files,
        loops=report.loops,
        unknown=len(RECORDED - here),
        incomplete=[f"{i.path.relative_to(folder)}:{i.line} {i.function}: {i.reason}" for i in report.incomplete],
        errors=[f"{e.path.relative_to(folder)}:{e.line}: {e.message}" for e in report.errors],
        findings=[
            {
                "code": f.code,
                "level": f.level.word,
                "path": f.path.relative_to(folder).as_posix(),
                "line": f.line,
                "function": f.function,
                "message": f.message,
                "witness": f.witness,
                "assumptions": f.assumptions,
                "steps": [f"{s.path.name}:{s.line} {s.source.strip()}  [{s.message}]" for s in f.steps],
            }
            for f in report.findings
        ],
    )


def in_process(name: str, version: str, folder: Path) -> Tally:
    """Another process analyses; what happens to it is part of the answer."""
    start = time.monotonic()
    command = [sys.executable, str(Path(__file__)), "--folder", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        tally = Tally(**json.loads(done.stdout)) if done.returncode == 0 else Tally(errors=[done.stderr[-2000:]])
    except subprocess.TimeoutExpired:
        tally = Tally(errors=[f"not finished after {SECONDS} s"])
    tally.package, tally.version, tally.seconds = name, version, round(time.monotonic() - start, 1)
    return tally


def draw(names: list[str], seed: int, packages: int, loops: int) -> list[Tally]:
    from releases import RefusedError, newest

    drawn: list[Tally] = []
    for name in random.Random(seed).sample(names, len(names)):
        if len(drawn) >= packages and sum(t.loops for t in drawn) >= loops:
            break
        try:
            release = newest(name)
        except RefusedError as exc:
            print(f"{name}: {exc}", file=sys.stderr)
            continue
        if release is None:
            print(f"{name}: nothing to read", file=sys.stderr)
            continue
        tally = in_process(name, release.version, release.folder)
        if tally.loops or tally.errors:
            drawn.append(tally)
            show(tally)
    return drawn


def show(t: Tally) -> None:
    levels = " ".join(f"{t.of_level(level):4}" for level in ("certain", "likely", "possible"))
    name = f"{t.package} {t.version}"
    others = f"{t.loops:5} {t.unknown:7} {len(t.incomplete):10} {levels} {len(t.errors):6}"
    print(f"{name:44} {others} {t.seconds:7}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--packages", type=int, default=PACKAGES)
    parser.add_argument("--loops", type=int, default=LOOPS)
    parser.add_argument("--output", type=Path, help="everything, as JSON")
    parser.add_argument("--names", type=Path, default=ROOT / "tests/data/async_packages.txt", help="what is drawn from")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.folder:
        print(json.dumps(asdict(analyse(args.folder))))
        return
    lines = args.names.read_text(encoding="utf-8").split("\n")
    names = [line for line in lines if line and not line.startswith("#")]
    print(f"{'package':44} loops unknown incomplete cert like poss errors seconds")
    drawn = draw(names, args.seed, args.packages, args.loops)
    if args.output:
        args.output.write_text(json.dumps([asdict(t) for t in drawn], indent=1), encoding="utf-8")
    total = Tally(package="all", version=f"({len(drawn)} packages)")
    for t in drawn:
        total.loops += t.loops
        total.unknown += t.unknown
        total.incomplete += t.incomplete
        total.errors += t.errors
        total.findings += t.findings
        total.seconds = round(total.seconds + t.seconds, 1)
    show(total)


if __name__ == "__main__":
    main()
