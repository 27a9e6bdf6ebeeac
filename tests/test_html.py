"""The HTML report as a document: complete, self-contained, and unmoved by what files and functions are called."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lint_rules.findings import Fix, Incomplete, Level, Problem, Step
from lint_rules.reports import html
from lint_rules.reports.html.frames import frames_of, note_of
from lint_rules.run import Outcome
from surfaces import FIXTURES, ROOT, SPINNING, finding, spinlint

EVIL = "<script>alert(1)</script>\x1b[2J\u202e\udcff\"'&"
VOID = {"meta", "path", "link", "br"}


class Page(HTMLParser):
    """The elements of a page, as (tag, attributes, text within)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.open: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(text)
        self.close()
        assert self.open == [], "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = (tag, {key: value or "" for key, value in attrs}, [])
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element[2].append(data)

    def having(self, tag: str, **attributes: str) -> list[str]:
        """The texts of the elements that have these attributes, `class_` as one of several."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            "".join(text)
            for name, own, text in self.elements
            if name == tag and all(value in own.get(key, "").split() for key, value in wanted.items())
        ]


def outcome_of(folder: Path) -> Outcome:
    worker = folder / "worker.py"
    worker.write_text(SPINNING, encoding="utf-8")
    odd = folder / f"{EVIL.replace('/', '|')}.py"
    return Outcome(
        findings=[
            finding(worker, fix=Fix("raise `when` there is no <b>job</b>", "safe")),
            finding(worker, 10, "SPN201", fingerprint="x"),
            finding(odd, level=Level.POSSIBLE, message=EVIL, function=EVIL, witness=(EVIL,), assumptions=(EVIL,)),
            finding(worker, level=Level.LIKELY, function=EVIL, steps=(), fingerprint="y"),
        ],
        errors=[Problem(odd, 3, EVIL)],
        incomplete=[Incomplete(odd, 30, EVIL, EVIL)],
        files=4,
        hidden={"in the baseline": 2, EVIL: 1},
    )


def lines_of(path: Path) -> tuple[str, ...]:
    return (
        tuple(path.read_text(encoding="utf-8").split("\n")) if path.name == "worker.py" else (EVIL, f"def x(): {EVIL}")
    )


def test_every_finding_and_step_is_on_the_page_of_a_real_run(tmp_path: Path) -> None:
    """Each step has one note in the code and one in the list, on the line that the JSON report names."""
    names = (
        "SPN101/bad_qq_gateway.py",
        "SPN101/bad_watchdog.py",
        "SPN103/bad_helper_read.py",
        "SPN106/bad_never_cleared.py",
    )
    files = [FIXTURES / name for name in names]
    made = spinlint("check", "--format", "html", "--output", tmp_path / "page.html", *files, cwd=ROOT)
    assert made.returncode == 1
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    found = json.loads(spinlint("check", "--format", "json", *files, cwd=ROOT).stdout)["findings"]
    titles = [" ".join(text.split()) for text in page.having("h3")]
    for each in found:
        title = f"{each['code']} {each['name']} {each['level']} line {each['line']} in {each['function']}"
        assert title in titles
    drawn: dict[str, dict[int, int]] = {}
    for row in re.findall(r'<div class="row on">.*?</div>', text):
        [line] = re.findall(r'<span class="no">(\d+)</span>', row)
        for lap, number in re.findall(r'id="(lap\d+)-s(\d+)"', row):
            assert number not in drawn.setdefault(lap, {})
            drawn[lap][int(number)] = int(line)
    laps = {(f["path"], json.dumps(f["steps"])): [step["line"] for step in f["steps"]] for f in found}
    assert sorted([lines[n] for n in sorted(lines)] for lines in drawn.values()) == sorted(laps.values())
    assert len(page.having("span", class_="note")) == 2 * sum(map(len, laps.values()))


def test_a_step_stands_on_its_own_line(tmp_path: Path) -> None:
    outcome = outcome_of(tmp_path)
    each = outcome.findings[0]
    notes = [note_of(number, step) for number, step in enumerate(each.steps, 1)]
    [frame] = frames_of(each, notes, lines_of)
    rows = [row for block in frame.blocks for row in block.rows]
    assert frame.name == "Worker.run"
    assert [(row.number, [note.number for note in row.notes]) for row in rows] == [(8, []), (9, [1]), (10, [2])]
    assert "".join(text for _, text in rows[1].pieces) == "        while True:"
    assert ("k", "while") in rows[1].pieces


def test_caller_and_callee_have_a_frame_each_and_what_is_far_is_folded(tmp_path: Path) -> None:
    far = tmp_path / "far.py"
    far.write_text("async def f():\n" + "    x = 1\n" * 20 + "    if x:\n        return\n", encoding="utf-8")
    worker = outcome_of(tmp_path).findings[0].path
    steps = (
        Step(worker, 9, 9, "true in this state", "while True:", 0, "header"),
        Step(worker, 10, 13, "runs f inline", "await f()", 0, "call"),
        Step(far, 22, 5, "false", "if x:", 1, "branch"),
        Step(worker, 10, 13, "f returns without suspending", "await f()", 0, "return"),
        Step(worker, 9, 9, "the same state again: looping back", "while True:", 0, "again"),
    )
    each = finding(worker, steps=steps)
    notes = [note_of(number, step) for number, step in enumerate(steps, 1)]
    caller, callee = frames_of(each, notes, lambda path: tuple(path.read_text(encoding="utf-8").split("\n")))
    assert [note.mark for note in notes] == ["yes", "call", "no", "return", "again"]
    assert [(frame.name, frame.depth, frame.caller) for frame in (caller, callee)] == [
        ("Worker.run", 0, 0),
        ("f", 1, 2),
    ]
    assert [(len(block.rows), block.folded) for block in callee.blocks] == [(1, False), (19, True), (3, False)]
    assert [(r.number, [n.number for n in r.notes]) for b in caller.blocks for r in b.rows if r.notes] == [
        (9, [1, 5]),
        (10, [2, 4]),
    ]


@pytest.mark.parametrize(
    "text",
    ["async def f(:\n    while x:\n        await g()\n", "", "\n\n\n"],
    ids=["no Python", "cannot be read", "too short"],
)
def test_a_text_that_is_not_what_it_was_still_shows_every_step(tmp_path: Path, text: str) -> None:
    path = tmp_path / "worker.py"
    each = finding(path, 2)
    notes = [note_of(number, step) for number, step in enumerate(each.steps, 1)]
    frames = frames_of(each, notes, lambda _: tuple(text.split("\n")) if text else ())
    shown = [note.number for frame in frames for block in frame.blocks for row in block.rows for note in row.notes]
    assert shown == [1, 2]
    assert Page(html.render(Outcome([each], files=1), lambda _: ())).having("article") != []


def test_findings_on_one_lap_share_a_picture(tmp_path: Path) -> None:
    both = finding(tmp_path / "worker.py"), finding(tmp_path / "worker.py", 9, "SPN201")
    other = replace(both[0], witness=("self.job is not None",))
    page = Page(html.render(Outcome([*both, other], files=1), lambda _: ("x",) * 20))
    assert [len(re.findall("SPN...", text)) for text in page.having("article")] == [2, 1]


def test_no_name_becomes_markup(tmp_path: Path) -> None:
    text = html.render(outcome_of(tmp_path), lines_of)
    page = Page(text)
    assert len(page.having("script")) == 1
    assert not {"\x1b", "\u202e", "\udcff"} & set(text)
    shown = "<script>alert(1)</script>\\x1b[2J\\u202e\\udcff\"'&"
    everywhere = "".join(page.elements[0][2])
    assert everywhere.count(shown) >= 9
    assert "job" not in page.having("b")
    assert "raise when there is no <b>job</b>" in everywhere


def test_the_page_loads_nothing_and_runs_only_its_own_script(tmp_path: Path) -> None:
    text = html.render(outcome_of(tmp_path), lines_of)
    page = Page(text)
    loading = [
        (tag, a) for tag, a, _ in page.elements if {"src", "srcset", "data", "action", "onclick", "style"} & set(a)
    ]
    links = [a["href"] for _, a, _ in page.elements if "href" in a and not a["href"].startswith("#")]
    assert (loading, links) == ([], [])
    assert "url(http" not in text and "@import" not in text
    [policy] = [a["content"] for tag, a, _ in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    for tag in ("script", "style"):
        [own] = page.having(tag)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")


def test_links_within_the_page_lead_somewhere(tmp_path: Path) -> None:
    page = Page(html.render(outcome_of(tmp_path), lines_of))
    ids = [a["id"] for _, a, _ in page.elements if "id" in a]
    links = {a["href"][1:] for _, a, _ in page.elements if a.get("href", "").startswith("#")}
    assert len(ids) == len(set(ids))
    assert links <= set(ids)
    assert len(links) > 8


def test_what_else_happened_is_said(tmp_path: Path) -> None:
    outcome = outcome_of(tmp_path)
    page = Page(html.render(outcome, lines_of))
    assert [" ".join(text.split()) for text in page.having("p", class_="sums")] == [
        "2 certain 1 likely 1 possible in 4 files 1 <script>alert(1)</script>\\x1b[2J\\u202e\\udcff\"'& "
        "2 in the baseline Light or dark"
    ]
    assert len(page.having("section", id="errors")) == len(page.having("section", id="incomplete")) == 1
    clean = Page(html.render(Outcome(files=3), lines_of))
    assert clean.having("span", class_="clean") == ["no findings"]
    assert clean.having("article") == []


def test_the_same_findings_give_the_same_page(tmp_path: Path) -> None:
    assert html.render(outcome_of(tmp_path), lines_of) == html.render(outcome_of(tmp_path), lines_of)
