"""Whatever a file holds: an answer, the same one twice, in time, and never a traceback, a crash or a hang.

What could kill the process runs in one of its own. The bound of time is generous: it tells slow from never.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import resource
import subprocess
import sys
import sysconfig
import threading
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from drives import FIXTURES
from expectations import describe
from hostile import BROKEN, DEEP, ODD, TANGLED
from lint_rules.config import Settings
from lint_rules.engine import check

PATIENCE = 60
MIXED = re.compile(rb"^[ \t\f]*(?: \t|\t |[ \t]\f|\f[ \t])", re.MULTILINE)
ROOT = Path(__file__).parents[1]
STDLIB = Path(sysconfig.get_paths()["stdlib"])


def spinlint(*args: str, cwd: Path, stdin: bytes = b"", patience: float = PATIENCE) -> tuple[int, dict[str, Any]]:
    """Run the command in a process of its own, which may have 256 files open at once, and read its JSON."""
    result = subprocess.run(
        [sys.executable, "-m", "lint_rules", "check", "--format", "json", *args],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=patience,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    words = result.stderr.decode(errors="replace")
    assert result.returncode in (0, 1, 2), (result.returncode, words[-2000:])
    assert "Traceback" not in words, words[-2000:]
    return result.returncode, json.loads(result.stdout)


def parses(data: bytes) -> bool:
    """The yardstick is the Python that runs the test: it must decode the file and parse it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            data.decode(encoding)
            ast.parse(data)
        except (SyntaxError, ValueError, LookupError):
            return False
    return True


@pytest.mark.parametrize("text", DEEP.values(), ids=list(DEEP))
def test_too_deep_or_too_long(text: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(text)
    (tmp_path / "other.py").write_text("async def f():\n    while True:\n        pass\n")
    code, report = spinlint(".", cwd=tmp_path)
    assert [finding["path"] for finding in report["findings"]].count("other.py") == 1
    assert code == (2 if report["errors"] else 1)
    assert {error["path"] for error in report["errors"]} <= {"main.py"}


def test_one_process_survives_all_of_them(tmp_path: Path) -> None:
    for number, text in enumerate((*BROKEN.values(), *ODD.values(), *(text.encode() for text in TANGLED.values()))):
        (tmp_path / f"file_{number}.py").write_bytes(text)
    code, report = spinlint(".", cwd=tmp_path)
    assert code == 2 and report["findings"]
    assert (code, report) == spinlint(".", cwd=tmp_path)


@pytest.mark.parametrize("data", BROKEN.values(), ids=list(BROKEN))
def test_broken_is_an_error_with_a_line_or_clean(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "main.py"
    path.write_bytes(data)
    report = check([path], Settings(root=tmp_path))
    assert all(error.path == path and error.line >= 1 and error.message for error in report.errors)
    assert bool(report.errors) != parses(data)


@pytest.mark.parametrize("data", ODD.values(), ids=list(ODD))
def test_odd_but_valid_is_analysed(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "main.py"
    path.write_bytes(data)
    report = check([path], Settings(root=tmp_path))
    assert not report.errors
    (finding,) = report.findings
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    assert b"while" in lines[finding.line - 1] and finding.code == "SPN104"


@pytest.mark.parametrize("text", TANGLED.values(), ids=list(TANGLED))
def test_tangled_code_ends(text: str, tmp_path: Path) -> None:
    path = tmp_path / "main.py"
    path.write_text(text)
    first = check([path], Settings(root=tmp_path))
    assert first.loops >= 1
    again = check([path], Settings(root=tmp_path))
    assert describe(first.findings) == describe(again.findings)


# --- mutations


def mutated(data: bytes, rng: Random) -> bytes:
    """A few bytes, lines or pieces of a file changed, lost, doubled or exchanged."""
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data) + 1)
        end = min(len(data), place + rng.choice((1, 1, 4, 40)))
        kind = rng.randrange(6)
        if kind == 0:
            data = data[:place] + data[end:]
        elif kind == 1:
            data = data[:place] + bytes([rng.randrange(256)]) + data[place:]
        elif kind == 2:
            data = data[:place] + data[place:end] * 2 + data[end:]
        elif kind == 3:
            data = (
                data[:place]
                + rng.choice((b"(", b"[", b":", b"\n", b"'", b'"""', b"\\", b"\t", b"await "))
                + data[place:]
            )
        else:
            lines = data.split(b"\n")
            one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
            if kind == 4:
                lines[one], lines[two] = lines[two], lines[one]
            else:
                del lines[one]
            data = b"\n".join(lines)
    return data


def mutation_run(count: int, seed: int, folder: Path) -> int:
    rng = Random(seed)
    sources = [path.read_bytes() for path in sorted(FIXTURES.glob("**/*.py"))]
    files = []
    for number in range(count):
        path = folder / f"mutant_{number}.py"
        path.write_bytes(mutated(rng.choice(sources), rng))
        files.append(path)
    report = check(files, Settings(root=folder))
    again = check(files, Settings(root=folder))
    assert describe(report.findings) == describe(again.findings)
    assert report.errors == again.errors
    broken = {error.path for error in report.errors}
    for path in files:
        data = path.read_bytes()
        errors = [error for error in report.errors if error.path == path]
        if errors and MIXED.search(data):  # docs/limits.md: libcst does not read what Python reads; it is said
            continue
        if re.search(rb"\bwhile\b", data) and b"async" in data:  # what cannot hold a loop need not be parsed
            assert bool(errors) != parses(data), (path, errors)
        assert not (errors and parses(data)), (path, errors)
    return len(files) - len(broken)


def test_mutated_fixtures(tmp_path: Path) -> None:
    assert mutation_run(400, 7, tmp_path) > 40


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_many_mutated_fixtures(seed: int, tmp_path: Path) -> None:
    assert mutation_run(2000, 1000 + seed, tmp_path) > 200


# --- other people's code


def analysed(files: Iterable[Path]) -> tuple[int, int]:
    files = list(files)
    report = check(files, Settings(root=STDLIB))
    assert [error for error in report.errors if parses(error.path.read_bytes())] == []
    return report.files, report.loops


def test_a_sample_of_the_standard_library() -> None:
    files, loops = analysed(sorted((STDLIB / "asyncio").glob("*.py")) + sorted(STDLIB.glob("*.py"))[::10])
    assert files > 40 and loops > 8


@pytest.mark.slow
def test_the_whole_standard_library(capsys: pytest.CaptureFixture[str]) -> None:
    files, loops = analysed(path for path in sorted(STDLIB.glob("**/*.py")) if "site-packages" not in path.parts)
    with capsys.disabled():
        print(f"\n{files} files, {loops} loops")
    assert files > 1000 and loops > 50


@pytest.mark.slow
def test_installed_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty and more, each a folder with its own code; a project by itself, as its author would check it."""
    site = Path(sysconfig.get_paths()["purelib"])
    found = {path: sorted(path.glob("**/*.py")) for path in sorted(site.iterdir()) if (path / "__init__.py").exists()}
    counted = [analysed(files) for files in found.values() if len(files) > 10]
    assert len(counted) >= 20 and sum(files for files, _ in counted) > 1000
    with capsys.disabled():
        files, loops = (sum(column) for column in zip(*counted, strict=True))
        print(f"\n{len(counted)} packages, {files} files, {loops} loops")


# --- the file system


def test_names_that_no_terminal_likes(tmp_path: Path) -> None:
    names = ["new\nline.py", "escape\x1b[31m.py", "blank s.py", "-dash.py", "ünï.py", os.fsdecode(b"bad\xff.py")]
    for file in names:
        (tmp_path / file).write_text("async def f():\n    while True:\n        pass\n")
    code, report = spinlint(".", cwd=tmp_path)
    assert code == 1 and len(report["findings"]) == len(names)


def test_symlinks_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("async def f():\n    while True:\n        pass\n")
    (tmp_path / "down").mkdir()
    (tmp_path / "down" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.py").symlink_to("self.py")
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    code, report = spinlint(".", cwd=tmp_path)
    assert code == 2
    assert [finding["path"] for finding in report["findings"]] == ["main.py"]
    assert {error["path"] for error in report["errors"]} == {"self.py", "gone.py"}


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "main.py").write_text("async def f():\n    while True:\n        pass\n")
    code, report = spinlint(".", "missing.py", cwd=tmp_path)
    assert code == 2
    assert [finding["path"] for finding in report["findings"]] == ["main.py"]
    assert "missing.py" in {error["path"] for error in report["errors"]}


def test_a_mixed_indent_is_read_or_named(tmp_path: Path) -> None:
    """Blanks and then a tab: Python reads it, libcst does not. It is an error with its line, never silence."""
    path = tmp_path / "main.py"
    path.write_bytes(b"async def f(x):\n    while x:\n        if x:\n    \t    continue\n        await x\n")
    assert parses(path.read_bytes())
    report = check([path], Settings(root=tmp_path, cache=False))
    assert [finding.line for finding in report.findings] + [error.line for error in report.errors] in ([1], [2])


@pytest.mark.parametrize("value", ["(a if b else c)or d", "a or(lambda: b)"])
def test_what_libcst_refuses_is_named(tmp_path: Path, value: str) -> None:
    """Python reads it; libcst's checks of its own tree do not."""
    path = tmp_path / "main.py"
    path.write_text(f"async def f(a, b, c, d):\n    while a:\n        x = {value}\n        await x\n")
    assert parses(path.read_bytes())
    report = check([path], Settings(root=tmp_path, cache=False))
    assert report.findings == [] and [error.line for error in report.errors] in ([], [1])


def test_a_file_that_vanishes_is_an_error_and_no_more(tmp_path: Path) -> None:
    kept, gone = tmp_path / "kept.py", tmp_path / "gone.py"
    kept.write_text("async def f():\n    while True:\n        pass\n")
    report = check([gone, kept], Settings(root=tmp_path))
    assert [error.path for error in report.errors] == [gone]
    assert [finding.path for finding in report.findings] == [kept]


def test_files_that_change_while_they_are_read(tmp_path: Path) -> None:
    """Somebody rewrites, empties, removes and brings back files all the time; the others stay what they are."""
    spin = b"async def f():\n    while True:\n        pass\n"
    churned = [tmp_path / f"churned_{number}.py" for number in range(60)]
    for path in [*churned, *(tmp_path / f"kept_{number}.py" for number in range(60))]:
        path.write_bytes(spin)
    over = threading.Event()
    changes = Counter[str]()

    def churn() -> None:
        rng = Random(5)
        while not over.is_set():
            path = rng.choice(churned)
            kind = rng.choice(("rewritten", "half written", "removed", "made a folder"))
            changes[kind] += 1
            if path.is_dir():
                path.rmdir()
            path.unlink(missing_ok=True)
            if kind == "made a folder":
                path.mkdir()
            elif kind != "removed":
                path.write_bytes(spin + spin if kind == "rewritten" else spin[: rng.randrange(len(spin))])

    other = threading.Thread(target=churn)
    other.start()
    try:
        for options in ((), ("--no-cache",), ("--jobs", "2")):
            code, report = spinlint(*options, ".", cwd=tmp_path)
            assert code in (1, 2)
            kept = {finding["path"] for finding in report["findings"] if finding["path"].startswith("kept_")}
            assert len(kept) == 60
            assert all(error["path"].startswith("churned_") for error in report["errors"]), report["errors"]
    finally:
        over.set()
        other.join()
    assert min(changes.values()) > 20


def test_standard_input_of_any_bytes(tmp_path: Path) -> None:
    for data in (b"", b"\xff\xfe\x00", b"async def f(:", b"(" * 5000):
        code, report = spinlint("-", "--stdin-filename", "x.py", cwd=tmp_path, stdin=data)
        assert code == (2 if report["errors"] else 0)


def _many_files(folder: Path, count: int) -> None:
    (folder / "flat").mkdir()
    for number in range(count):
        (folder / "flat" / f"m{number}.py").write_text("x = 1\n")
    (folder / "main.py").write_text("async def f():\n    while True:\n        pass\n")


def test_a_folder_of_many_files(tmp_path: Path) -> None:
    _many_files(tmp_path, 3000)
    code, report = spinlint(".", cwd=tmp_path)
    assert (code, len(report["findings"]), report["files"]) == (1, 1, 3001)


@pytest.mark.slow
def test_a_folder_of_a_hundred_thousand_files(tmp_path: Path) -> None:
    _many_files(tmp_path, 100_000)
    code, report = spinlint(".", cwd=tmp_path, patience=5 * PATIENCE)
    assert (code, len(report["findings"]), report["files"]) == (1, 1, 100_001)


@pytest.mark.slow
def test_programs_that_hypothesmith_makes(tmp_path: Path) -> None:
    """Any program that compiles, put into a loop's file: an answer, and the same one twice."""
    import hypothesmith
    from hypothesis import HealthCheck, given, settings

    @given(hypothesmith.from_grammar())
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    def run(text: str) -> None:
        path = tmp_path / "main.py"
        path.write_text(text + "\nasync def f():\n    while True:\n        pass\n", encoding="utf-8", newline="")
        report = check([path], Settings(root=tmp_path))
        assert describe(report.findings) == describe(check([path], Settings(root=tmp_path)).findings)
        assert [finding.code for finding in report.findings if finding.function == "f"] == ["SPN104"]

    run()


@pytest.mark.parametrize(("target", "codes"), [(".", ["SPN104"]), ("loop.py", ["SPN104"]), ("pipe.py", [])])
def test_a_pipe_is_not_waited_for(tmp_path: Path, target: str, codes: list[str]) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").write_text(
        "async def f(q):\n    while True:\n        if q:\n            continue\n        await q.get()\n"
    )
    _, report = spinlint("--no-cache", "--root", ".", target, cwd=tmp_path)
    assert [finding["code"] for finding in report["findings"]] == codes
    assert bool(report["errors"]) is not bool(codes)
