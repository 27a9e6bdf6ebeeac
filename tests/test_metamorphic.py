"""Findings do not change when code is rewritten into other code that does the same.

Every rewrite is first held against the interpreter: the rewritten programs still spin in the same states.
"""

from __future__ import annotations

import ast
import functools
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drives import FIXTURES, has_drive
from harness import HOOK, _lap, drive, instrument
from lint_rules.config import Settings
from lint_rules.engine import check
from metamorphic import REWRITES, SPELLINGS, loops, rewritten, split
from programs import PRELUDE, program
from test_permutations import states

Verdicts = dict[tuple[str, int], set[tuple[str, str]]]
SAMPLE = 12  # programs in one file
SEEDS = st.integers(0, 5000).map(lambda first: range(first * SAMPLE, (first + 1) * SAMPLE))
BADS = sorted(path for path in FIXTURES.glob("SPN1*/bad_*.py") if has_drive(path))


def name(path: Path) -> str:
    return str(path.relative_to(FIXTURES))


def source_of(seeds: range) -> str:
    return ast.unparse(ast.parse(PRELUDE + "\n".join(program(seed).source for seed in seeds))) + "\n"


def by_function(found: Verdicts) -> dict[str, list[list[tuple[str, str]]]]:
    """The verdicts of the loops of each function, whatever their order."""
    out: dict[str, list[list[tuple[str, str]]]] = {}
    for (function, _), said in found.items():
        out.setdefault(function, []).append(sorted(said))
    return {function: sorted(each) for function, each in out.items()}


def verdicts(files: dict[str, str]) -> Verdicts:
    """What is said of each loop of the first file: codes and levels of all findings that point at it."""
    main, text = next(iter(files.items()))
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files.items():
            (Path(folder) / file).write_text(content, newline="")
        report = check([Path(folder) / main], Settings(root=Path(folder)))
    assert not report.errors, report.errors
    known = loops(text)
    found: Verdicts = {}
    for finding in report.findings:
        if finding.code != "SPN201":
            found.setdefault(known[finding.line], set()).add((finding.code, finding.level.word))
    return found


def without_codes(found: Verdicts) -> dict[tuple[str, int], set[str]]:
    return {loop: {level for _, level in said} for loop, said in found.items()}


def runs(source: str, seeds: range) -> list[tuple[int, bool]]:
    """Seed and state number of every run, and whether it spins."""
    names: dict[str, Any] = {HOOK: functools.partial(_lap, "rewritten"), "__name__": "rewritten"}
    exec(instrument(source, "rewritten"), names)
    results = []
    for seed in seeds:
        for state in states(program(seed), (0,)):
            result = drive(lambda: names[f"P{seed}"](*state).run(), 70, waits=3)  # noqa: B023
            results.append((seed, result.verdict.spins))
    return results


@pytest.mark.parametrize("rewrite", REWRITES)
def test_rewritten_programs_do_the_same(rewrite: str) -> None:
    seeds = range(150)
    source = source_of(seeds)
    assert runs(rewritten(source, REWRITES[rewrite], Random(1)), seeds) == runs(source, seeds)


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(seeds=SEEDS, chance=st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_findings_survive_another_spelling(spelling: str, seeds: range, chance: int) -> None:
    source = source_of(seeds)
    changed = SPELLINGS[spelling](source, Random(chance))
    assert changed != source and ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source))
    assert verdicts({"main.py": changed}) == verdicts({"main.py": source})


@pytest.mark.parametrize("rewrite", sorted(set(REWRITES) - {"helpers"}))
@given(seeds=SEEDS, chance=st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_findings_survive(rewrite: str, seeds: range, chance: int) -> None:
    source = source_of(seeds)
    changed = rewritten(source, REWRITES[rewrite], Random(chance))
    found, wanted = verdicts({"main.py": changed}), verdicts({"main.py": source})
    if rewrite == "de_morgan":  # it changes branches about, and with them the order of the loops in a function
        assert by_function(found) == by_function(wanted)
    else:
        assert found == wanted


@given(seeds=SEEDS, chance=st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_findings_survive_helper_coroutines(seeds: range, chance: int) -> None:
    """The label may change (a wait that is skipped becomes a silent return), the loop and the level may not."""
    source = source_of(seeds)
    changed = rewritten(source, REWRITES["helpers"], Random(chance))
    assert without_codes(verdicts({"main.py": changed})) == without_codes(verdicts({"main.py": source}))


@given(seeds=SEEDS)
@settings(max_examples=12, deadline=None)
def test_findings_survive_a_move_to_another_module(seeds: range) -> None:
    source = source_of(seeds)
    main, base = split(source, "parts")
    kept = {loop: said for loop, said in verdicts({"main.py": source}).items() if loop[0].endswith(".run")}
    assert verdicts({"main.py": main, "parts.py": base}) == kept


@pytest.mark.parametrize("rewrite", ["reformat", "if_true", "dead_code", "de_morgan", "annotate"])
@pytest.mark.parametrize("path", BADS[::3], ids=name)
def test_fixtures_survive(path: Path, rewrite: str) -> None:
    source = path.read_text()
    changed = rewritten(source, REWRITES[rewrite], Random(len(source)))
    said = verdicts({"main.py": source})
    assert said and verdicts({"main.py": changed}) == said


def test_what_two_joined_paths_forgot_is_found_all_the_same() -> None:
    """Without the dead code between them two ways of program 36685 became one, and the spin in `self.a` was lost."""
    source = source_of(range(36684, 36696))
    said = verdicts({"main.py": source})
    assert said[".P36685.run", 0] == {("SPN101", "certain"), ("SPN104", "certain")}
    assert verdicts({"main.py": rewritten(source, REWRITES["dead_code"], Random(84))}) == said


def test_a_block_leaves_whatever_stands_behind_its_return() -> None:
    source = source_of(range(36828, 36840))
    assert verdicts({"main.py": rewritten(source, REWRITES["dead_code"], Random(49))}) == verdicts({"main.py": source})


def test_a_guard_that_leaves_within_another_block_is_seen() -> None:
    """Program 986 has a loop that nothing comes to; with `if True:` around the `raise` before it, that was not seen."""
    source = source_of(range(984, 996))
    said = verdicts({"main.py": source})
    assert said and verdicts({"main.py": rewritten(source, REWRITES["if_true"], Random(0))}) == said
