"""How long spinlint takes, next to ruff, flake8 and pylint in the same run, on a real project of 27 MB.

    python benchmarks/bench.py [--runs 5] [--only ROW,ROW] [--output FILE]

Fetches one release of hermes-agent from the package index; needs the extra `test`.
Invariant: what is compared runs in turn, A B A B ..., and every figure is a median; nothing is compared with a figure
of another day or machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from growth import SHAPES, write_shape  # noqa: E402

from lint_rules.source import may_matter  # noqa: E402
from wild import folder_of  # noqa: E402

RELEASE = "hermes-agent 0.19.0"
CHANGED = "gateway/run.py"
SPINLINT = (sys.executable, "-m", "lint_rules", "check", "--root", ".", "--format", "concise")
RUFF = (sys.executable, "-m", "ruff", "check", "--select", "ASYNC", "--preview", "--no-cache", "--quiet", ".")
HOST = (sys.executable, str(ROOT / "benchmarks" / "host.py"))


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process and all that it waited for; `peak` is that of the largest of them, in MB. One process alone is
    told by `cpu`, which is its time on an idle machine whatever else runs.
    """

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ratio` is the median of the ratios of neighbouring runs, or a difference in seconds."""

    name: str
    ours: str
    theirs: str
    figure: float
    target: float
    unit: str
    runs: int

    @property
    def reached(self) -> bool:
        return self.figure <= self.target


def measure(command: Sequence[str], folder: Path) -> Cost:
    """Runs a command to its end. Its output goes nowhere. Python keeps its bytecode, as of an installed program."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in range(32):
        raise SystemExit(f"{' '.join(command[:6])}: ended with {process.returncode}")
    return Cost(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def in_turn(
    ours: Sequence[str], theirs: Sequence[str], folder: Path, runs: int, before: Callable[[int], None] = lambda n: None
) -> tuple[list[Cost], list[Cost]]:
    a, b = [], []
    for n in range(runs):
        before(n)
        a.append(measure(ours, folder))
        b.append(measure(theirs, folder))
    return a, b


def median(costs: Sequence[Cost], what: str) -> float:
    return statistics.median(getattr(cost, what) for cost in costs)


def ratio_row(name: str, costs: tuple[list[Cost], list[Cost]], target: float, what: str = "wall") -> Row:
    ours, theirs = costs
    ratio = statistics.median(getattr(a, what) / getattr(b, what) for a, b in zip(ours, theirs, strict=True))
    shown = (f"{median(ours, what):.2f} s", f"{median(theirs, what):.2f} s")
    return Row(name, *shown, round(ratio, 2), target, "x", len(ours))


# ---------------------------------------------------------------------- the rows


def cold(tree: Path, runs: int) -> Iterator[Row]:
    costs = in_turn((*SPINLINT, "--no-cache", "."), RUFF, tree, runs)
    yield ratio_row("cold, whole project, all rules, `--no-cache` / ruff", costs, 10)
    with folder_for_cache() as kept:
        command = (*SPINLINT, "--cache-dir", str(kept), ".")
        writing = in_turn(command, RUFF, tree, runs, lambda n: shutil.rmtree(kept, ignore_errors=True))
    yield ratio_row("the same, with the cache to be filled / ruff", writing, 10)
    peak = max(cost.peak for cost in costs[0])
    yield Row("peak memory of a process, whole project", f"{peak:.0f} MB", "", round(peak), 400, "MB", runs)


def warm(tree: Path, runs: int) -> Iterator[Row]:
    with folder_for_cache() as kept:
        command = (*SPINLINT, "--cache-dir", str(kept), ".")
        measure(command, tree)
        yield ratio_row("warm, nothing changed / ruff", in_turn(command, RUFF, tree, runs), 1)


def warm_one_changed(tree: Path, runs: int) -> Iterator[Row]:
    path = tree / CHANGED
    original = path.read_bytes()
    edits = (("a remark", _remark), ("a new function", _function), ("a call in a function with a loop", _call))
    for name, edit in edits:
        with folder_for_cache() as kept:
            command = (*SPINLINT, "--cache-dir", str(kept), ".")
            measure(command, tree)
            try:
                costs = in_turn(command, RUFF, tree, runs, lambda n, e=edit: path.write_bytes(e(original, n)))  # type: ignore[misc]
            finally:
                path.write_bytes(original)
        size = len(original) / 1e6
        yield ratio_row(f"warm, {name} put into one file of {size:.1f} MB / ruff", costs, 2)


def _remark(text: bytes, n: int) -> bytes:
    """At the top, so that every line moves."""
    return b"# %d\n" % n * (n + 1) + text


def _function(text: bytes, n: int) -> bytes:
    """At the end: a name that nobody has asked for yet."""
    return text + b"\n\ndef added_%d(value):\n    return value\n" % n


def _call(text: bytes, n: int) -> bytes:
    at = text.index(b"\n", text.index(b"while self._running"))
    line = text.rindex(b"\n", 0, at) + 1
    indent = text[line:].split(b"while")[0]
    return text[:line] + indent + b"print(%d)\n" % n + text[line:]


def one_file(tree: Path, runs: int) -> Iterator[Row]:
    files = [path for path in tree.rglob("*.py") if may_matter(path.read_bytes())]
    path = min(files, key=lambda p: abs(len(p.read_bytes().splitlines()) - 3000))
    lines = len(path.read_bytes().splitlines())
    command = (*SPINLINT, "--no-cache", str(path.relative_to(tree)))
    a, b = in_turn(command, (sys.executable, "-c", "import libcst"), tree, runs)
    more = statistics.median(x.cpu - y.cpu for x, y in zip(a, b, strict=True))
    name = f"one file of {lines:,} lines, cold, processor time more than `import libcst`"
    yield Row(name, f"{median(a, 'cpu'):.2f} s", f"{median(b, 'cpu'):.2f} s", round(more, 2), 0.5, "s", runs)


def flake8(tree: Path, runs: int) -> Iterator[Row]:
    files = largest(tree)
    ours = (*HOST, "flake8", "-j1", "--isolated", *files)
    theirs = (*HOST, "--without-spinlint", *ours[2:])
    measure(ours, tree)
    yield ratio_row("flake8 with the plugin, warm / without, 20 files", in_turn(ours, theirs, tree, runs), 1.1, "cpu")
    drop = lambda n: shutil.rmtree(tree / ".spinlint_cache", ignore_errors=True)  # noqa: E731
    yield ratio_row("the same, cold", in_turn(ours, theirs, tree, runs, drop), 1.1, "cpu")


def pylint(tree: Path, runs: int) -> Iterator[Row]:
    files = largest(tree)
    base = (sys.executable, "-m", "pylint", "--rcfile", os.devnull, "--disable=all", "--enable=E")
    plugin = ("--load-plugins=lint_rules.pylint_plugin", "--enable=spinlint")
    measure((*base, *plugin, *files), tree)
    costs = in_turn((*base, *plugin, *files), (*base, *files), tree, runs)
    yield ratio_row("pylint with the plugin, warm / without, 20 files", costs, 1.1, "cpu")


def largest(tree: Path) -> list[str]:
    files = [path for path in tree.rglob("*.py") if may_matter(path.read_bytes())]
    return [str(path.relative_to(tree)) for path in sorted(files, key=lambda p: (-p.stat().st_size, p))[:20]]


def copies(tree: Path, runs: int) -> Iterator[Row]:
    """Time by the byte, of 1, 2, 4 and 8 copies; the worst against the best."""
    by_count = {}
    with tempfile.TemporaryDirectory() as name:
        for count in (1, 2, 4, 8):
            for n in range(count):
                if not (Path(name) / f"copy{n}").exists():
                    shutil.copytree(tree, Path(name) / f"copy{n}", ignore=shutil.ignore_patterns(".spinlint_cache"))
            measured = [measure((*SPINLINT, "--no-cache", "."), Path(name)) for _ in range(min(runs, 3))]
            by_count[count] = median(measured, "cpu") / count
    worst = max(by_count.values()) / by_count[1]
    shown = ", ".join(f"{cost:.1f}" for cost in by_count.values())
    yield Row("processor time for one of 1, 2, 4, 8 copies", f"{shown} s", "", round(worst, 2), 1.15, "x", min(runs, 3))


def shapes(tree: Path, runs: int) -> Iterator[Row]:
    """Four times as much of one thing: the time beyond start-up, by four."""
    with tempfile.TemporaryDirectory() as name:
        empty = write_shape(Path(name) / "empty.py", "branches", 1)
        start = median([measure((*SPINLINT, "--no-cache", empty.name), Path(name)) for _ in range(runs)], "cpu")
        for shape in SHAPES:
            small, large = (write_shape(Path(name) / f"n{n}.py", shape, n) for n in (25, 100))
            costs = [
                max(
                    median([measure((*SPINLINT, "--no-cache", p.name), Path(name)) for _ in range(runs)], "cpu")
                    - start,
                    0.02,
                )
                for p in (small, large)
            ]
            given_up = gives_up(large)
            shown = f"{costs[0]:.2f} s, {costs[1]:.2f} s" + (" (budget reported)" if given_up else "")
            growth = costs[1] / costs[0] / 4
            yield Row(f"growth by proportion: {shape}, 25 and 100", shown, "", round(growth, 2), 3, "x", runs)


def gives_up(path: Path) -> bool:
    command = (*SPINLINT, "--no-cache", path.name)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True, check=False)
    return "gave up" in done.stderr


ROWS = {
    "cold": cold,
    "warm": warm,
    "changed": warm_one_changed,
    "file": one_file,
    "flake8": flake8,
    "pylint": pylint,
    "copies": copies,
    "shapes": shapes,
}


@contextmanager
def folder_for_cache() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def machine() -> dict[str, object]:
    tools = ("spinlint", "libcst", "ruff", "flake8", "pylint")
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "versions": {tool: version(tool) for tool in tools},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default=",".join(ROWS), help=f"of {', '.join(ROWS)}")
    parser.add_argument("--output", type=Path, default=Path("benchmark.json"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "hermes"
        shutil.copytree(folder_of(RELEASE), tree)
        sizes = [path.stat().st_size for path in tree.rglob("*.py")]
        about = {"release": RELEASE, "files": len(sizes), "bytes": sum(sizes), **machine()}
        print(f"{RELEASE}: {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB; {about['processors']} processors, "
              f"Python {about['python']}, ruff {version('ruff')}, libcst {version('libcst')}\n")  # fmt: skip
        print("| run | spinlint | the other | figure | target | |\n|---|---|---|---|---|---|", flush=True)
        rows = []
        for key in args.only.split(","):
            for row in ROWS[key](tree, args.runs):
                rows.append(row)
                mark = "reached" if row.reached else "**missed**"
                figures = f"{row.figure:g} {row.unit} | {row.target:g} {row.unit}"
                print(f"| {row.name} | {row.ours} | {row.theirs} | {figures} | {mark} |", flush=True)
    document = {**about, "rows": [{**asdict(row), "reached": row.reached} for row in rows]}
    args.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
