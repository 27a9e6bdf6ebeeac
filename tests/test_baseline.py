"""The baseline: what it hides, what in it is stale, and how it reads in a diff."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from lint_rules.baseline import BaselineError, Entry, compare, entry_of, read, render, write
from lint_rules.engine import fingerprint
from surfaces import FIXTURES, SPINNING, finding, project, spinlint


def everywhere(path: Path, code: str) -> bool:
    return True


def test_an_entry_hides_one_finding_wherever_its_lines_are(tmp_path: Path) -> None:
    here = finding(tmp_path / "a.py", 9)
    moved = replace(here, line=90, end_line=91)
    entries = [entry_of(here, tmp_path)]
    assert compare([moved], entries, tmp_path, everywhere).fresh == ()
    assert compare([moved, here], entries, tmp_path, everywhere).fresh == (here,)


def test_another_code_function_or_loop_is_new(tmp_path: Path) -> None:
    here = finding(tmp_path / "a.py")
    others = (
        replace(here, code="SPN102"),
        replace(here, function="Worker.other"),
        replace(here, fingerprint="another loop"),
    )
    compared = compare(others, [entry_of(here, tmp_path)], tmp_path, everywhere)
    assert compared.fresh == others
    assert compared.stale == (entry_of(here, tmp_path),)


def test_a_moved_file_keeps_its_entries_but_a_copy_is_new(tmp_path: Path) -> None:
    old, new = finding(tmp_path / "old.py"), finding(tmp_path / "new.py", fingerprint="SPN101-old.py")
    entries = [entry_of(old, tmp_path)]
    assert compare([new], entries, tmp_path, everywhere).fresh == ()
    assert compare([old, new], entries, tmp_path, everywhere).fresh == (new,)
    (tmp_path / "old.py").touch()
    only_new = compare([new], entries, tmp_path, lambda path, code: path.name == "new.py")
    assert (only_new.fresh, only_new.stale) == ((new,), ())


def test_it_is_sorted_and_has_one_entry_to_a_line(tmp_path: Path) -> None:
    entries = [Entry("b.py", "SPN101", "f", "2", "while True:"), Entry("a.py", "SPN103", "g", "1")]
    text = render(entries)
    assert text == render(reversed(entries))
    assert [line for line in text.splitlines() if "fingerprint" in line] == [
        '    {"path": "a.py", "code": "SPN103", "function": "g", "fingerprint": "1", "text": ""},',
        '    {"path": "b.py", "code": "SPN101", "function": "f", "fingerprint": "2", "text": "while True:"}',
    ]
    write(tmp_path / "known.json", entries)
    assert read(tmp_path / "known.json") == tuple(sorted(entries))
    assert render([]) == '{\n  "version": 1,\n  "entries": []\n}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not a baseline"),
        ("[]", "no list of entries"),
        ('{"version": 2, "entries": []}', "has version 2; this spinlint reads version 1"),
        ('{"version": 1, "entries": [{"path": "a.py"}]}', "entry 1 must have the strings"),
    ],
)
def test_what_is_no_baseline_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "known.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BaselineError, match=re.escape(message)):
        read(path)


def test_from_writing_to_pruning_as_a_user_does_it(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING}, 'baseline = "known.json"\n')
    written = spinlint("baseline", cwd=folder)
    assert (written.returncode, written.stderr) == (0, "spinlint: known.json: 1 finding\n")
    entries = json.loads((folder / "known.json").read_text(encoding="utf-8"))["entries"]
    assert [(e["path"], e["code"], e["function"], e["text"]) for e in entries] == [
        ("worker.py", "SPN101", "Worker.run", "while True:")
    ]
    assert spinlint("check", cwd=folder).returncode == 0
    assert spinlint("check", "--no-baseline", cwd=folder).returncode == 1

    reformatted = "# moved down\n\n" + SPINNING.replace(
        "await self.step()", "await (\n                self.step()\n            )"
    )
    (folder / "worker.py").write_text(reformatted, encoding="utf-8")
    assert spinlint("check", cwd=folder).returncode == 0

    (folder / "second.py").write_text(SPINNING, encoding="utf-8")
    second = spinlint("check", "--format", "concise", cwd=folder)
    assert (second.returncode, second.stdout.count("\n"), second.stdout[:12]) == (1, 1, "second.py:9:")
    (folder / "second.py").unlink()

    (folder / "worker.py").write_text(SPINNING.replace("return", "raise ValueError"), encoding="utf-8")
    stale = spinlint("check", cwd=folder)
    assert (stale.returncode, "known.json: stale: worker.py SPN101 in Worker.run" in stale.stderr) == (0, True)
    assert spinlint("check", "--prune", cwd=folder).returncode == 0
    assert read(folder / "known.json") == ()


def test_writing_for_one_file_keeps_the_entries_of_the_others(tmp_path: Path) -> None:
    folder = project(tmp_path, {"a.py": SPINNING, "b.py": SPINNING}, 'baseline = "known.json"\n')
    assert spinlint("baseline", cwd=folder).returncode == 0
    (folder / "a.py").write_text("x = 1\n", encoding="utf-8")
    assert spinlint("baseline", "a.py", cwd=folder).returncode == 0
    assert [entry.path for entry in read(folder / "known.json")] == ["b.py"]


def test_what_was_not_selected_is_neither_stale_nor_dropped(tmp_path: Path) -> None:
    text = (FIXTURES / "SPN201" / "bad_two_counters.py").read_text(encoding="utf-8")
    folder = project(tmp_path, {"a.py": text}, 'baseline = "known.json"\n')
    assert spinlint("baseline", cwd=folder).returncode == 0
    entries = read(folder / "known.json")
    assert {"SPN201"} < {entry.code for entry in entries}
    for arguments in (("--select", "SPN201"), ("--ignore", "SPN201")):
        part = spinlint("check", "--prune", *arguments, cwd=folder)
        assert (part.returncode, part.stderr) == (0, "")
        assert spinlint("baseline", *arguments, cwd=folder).returncode == 0
        assert read(folder / "known.json") == entries
    (folder / "a.py").rename(folder / "b.py")
    moved = spinlint("check", "--select", "SPN201", cwd=folder)
    assert (moved.returncode, moved.stderr) == (0, "")


def test_writing_says_how_to_use_what_was_written(tmp_path: Path) -> None:
    folder = project(tmp_path, {"a.py": SPINNING})
    lines = spinlint("baseline", cwd=folder).stderr.splitlines()
    assert lines[0] == "spinlint: .spinlint-baseline.json: 1 finding"
    assert "check --baseline .spinlint-baseline.json" in lines[1]
    assert spinlint("check", "--baseline", ".spinlint-baseline.json", cwd=folder).returncode == 0


def test_pruning_needs_a_baseline(tmp_path: Path) -> None:
    folder = project(tmp_path, {"a.py": SPINNING})
    result = spinlint("check", "--prune", cwd=folder)
    assert (result.returncode, result.stderr[:36]) == (2, "spinlint: --prune needs a baseline: ")


LOOP = """\
while True:
    x = f"{a!r:>{w}} b {c['d']}" "e"; y: int = 3
    async with a as b, c: pass
    async for i in z():
        def f(a, /, b=1, *, c: int=2, **k) -> None: return lambda q: q
        class C(B, metaclass=M): u'x'
    match p:
        case {"a": [1, *r], **kw} if q: pass
        case C(x=1)|None: pass
    try: await g(*a, k=1, **z)
    except (A, B) as e: raise X from None
    else: d[1:2, ::3]
    finally: del t
    print(1e3, 0x10, 1_000, b"x", ..., -1, 1j, not x)
"""


def test_a_fingerprint_is_the_same_on_every_python() -> None:
    """A baseline is committed and read by others. Worked out with 3.10, 3.11, 3.12 and 3.13."""
    assert fingerprint("SPN101", "f", LOOP) == "7354296a6252ec5a23a9"
    assert (
        fingerprint("SPN101", "f", LOOP.replace("print(1e3,", "print(  # why\n        1000.0,"))
        == "7354296a6252ec5a23a9"
    )
    assert fingerprint("SPN101", "f", LOOP.replace("1j", "2j")) != "7354296a6252ec5a23a9"
