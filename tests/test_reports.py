"""The reports: each format against its contract, with findings made up to be awkward."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from lint_rules.findings import Fix, Incomplete, Level, Problem, Step
from lint_rules.reports import concise, github, gitlab, json_report, junit, sarif, text
from lint_rules.reports.common import printable
from lint_rules.run import Outcome
from surfaces import ROOT, SPINNING, finding, project, spinlint

ESCAPES = "evil\x1b[2J\u202e\udcff\n::error::<script>%,"
REPORT_SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
DATA = ROOT / "tests" / "data"
SARIF_SCHEMA = json.loads((DATA / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
CODE_CLIMATE = json.loads((DATA / "codeclimate-issue.schema.json").read_text(encoding="utf-8"))
JUNIT = etree.XMLSchema(etree.parse(DATA / "junit-10.xsd"))


@pytest.fixture
def outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "pkg"
    folder.mkdir()
    worker = folder / "worker.py"
    worker.write_text(SPINNING, encoding="utf-8")
    plain = finding(worker, fix=Fix("raise when there is no job", "safe"))
    across = replace(
        finding(worker, 12, "SPN201", level=Level.LIKELY, assumptions=("the job is set to None elsewhere",)),
        steps=(
            Step(worker, 9, 9, "always true", "while True:"),
            Step(folder / "other.py", 3, 1, "returns", "await f()", 1),
        ),
    )
    awkward = finding(tmp_path / f"{ESCAPES}.py", level=Level.POSSIBLE, message=ESCAPES, function=ESCAPES, witness=())
    return Outcome(
        findings=[plain, across, awkward],
        errors=[Problem(tmp_path / "broken.py", 3, "syntax error: invalid syntax")],
        incomplete=[Incomplete(worker, 30, "Worker.other", "20000 steps")],
        files=4,
        loops=7,
    )


def lines_of(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8").split("\n")) if path.name == "worker.py" else ()


def show(outcome: Outcome) -> str:
    return "".join(f"{text.plain(line)}\n" for line in text.render(outcome, lines_of))


def test_json_keeps_its_contract(outcome: Outcome) -> None:
    document = json.loads(json_report.render(outcome))
    jsonschema.validate(document, REPORT_SCHEMA)
    assert list(document) == ["schema", "version", "findings", "errors", "incomplete", "files"]
    assert document["findings"][0] == {
        "code": "SPN101",
        "name": "silent-return",
        "level": "certain",
        "path": "pkg/worker.py",
        "line": 9,
        "column": 9,
        "end_line": 10,
        "function": "Worker.run",
        "message": "the loop can go round for ever without waiting",
        "witness": ["self.job is None"],
        "steps": [
            {"path": "pkg/worker.py", "line": 9, "message": "always true"},
            {"path": "pkg/worker.py", "line": 10, "message": "returns"},
        ],
        "fix": {"title": "raise when there is no job", "safety": "safe"},
        "fingerprint": "SPN101-worker.py",
    }
    assert document["errors"] == [{"path": "broken.py", "line": 3, "message": "syntax error: invalid syntax"}]
    assert document["incomplete"] == [
        {"path": "pkg/worker.py", "line": 30, "function": "Worker.other", "reason": "20000 steps"}
    ]
    assert document["files"] == 4


def test_a_path_outside_the_working_directory_is_absolute(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    where = outcome.findings[0].path
    monkeypatch.chdir(where.parent / "..")
    assert json.loads(json_report.render(outcome))["findings"][0]["path"] == "pkg/worker.py"
    monkeypatch.chdir(ROOT)
    assert json.loads(json_report.render(outcome))["findings"][0]["path"] == where.as_posix()


def test_sarif_is_valid_and_shows_the_path(outcome: Outcome) -> None:
    document = json.loads(sarif.render(outcome))
    jsonschema.validate(document, SARIF_SCHEMA)
    run = document["runs"][0]
    first, second, _ = run["results"]
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    assert [rules[each["ruleIndex"]] for each in run["results"]] == [each["ruleId"] for each in run["results"]]
    assert [each["level"] for each in run["results"]] == ["error", "warning", "note"]
    assert first["partialFingerprints"] == {"spinlint/v1": "SPN101-worker.py"}
    flow = second["codeFlows"][0]["threadFlows"][0]["locations"]
    places = [each["location"]["physicalLocation"] for each in flow]
    assert [(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places] == [
        ("pkg/worker.py", 9),
        ("pkg/other.py", 3),
    ]
    assert [each["nestingLevel"] for each in flow] == [0, 1]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert all(rule["help"]["markdown"].startswith(f"# {rule['id']}") for rule in run["tool"]["driver"]["rules"])


def test_sarif_of_nothing_is_valid() -> None:
    document = json.loads(sarif.render(Outcome()))
    jsonschema.validate(document, SARIF_SCHEMA)
    assert document["runs"][0]["invocations"][0]["executionSuccessful"] is True


def test_text_shows_code_witness_and_every_step(outcome: Outcome) -> None:
    outcome.findings = outcome.findings[:2]
    first, second = show(outcome).split("\n\n")[:2]
    assert first == (
        "pkg/worker.py:9:9: SPN101 silent-return [certain] in Worker.run\n"
        "  the loop can go round for ever without waiting\n"
        "  >  9 |         while True:\n"
        "       |         ^\n"
        "  > 10 |             await self.step()\n"
        "  state in which it spins: self.job is None\n"
        "  the lap, step by step:\n"
        "    pkg/worker.py\n"
        "     9  while True:        always true\n"
        "    10  await self.step()  returns\n"
        "  fix: raise when there is no job (safe)"
    )
    assert "    pkg/other.py\n    3    await f()" in second
    assert "  assumed: the job is set to None elsewhere" in second


def test_text_says_what_was_found_and_what_was_hidden(outcome: Outcome) -> None:
    outcome.hidden = {"in the baseline": 2, "below the shown level": 0}
    assert show(outcome).endswith(
        "\n3 findings (1 certain, 1 likely, 1 possible) in 4 files; hidden: 2 in the baseline; 1 error\n"
    )
    assert show(Outcome(files=1)) == "no findings in 1 file\n"


def test_text_claims_nothing_of_what_was_not_analysed() -> None:
    error = Problem(Path("a.py"), 1, "syntax error")
    assert show(Outcome(errors=[error])) == show(Outcome(files=1, errors=[error])) == "nothing was analysed: 1 error\n"
    assert show(Outcome(files=3, errors=[error])) == "no findings in 3 files; 1 error\n"


def test_concise_is_one_line_each(outcome: Outcome) -> None:
    lines = concise.render(outcome).split("\n")
    assert lines[0] == (
        "pkg/worker.py:9:9: SPN101 silent-return [certain] the loop can go round for ever without waiting"
    )
    assert len(lines) == len(outcome.findings) + 1


def test_github_annotates(outcome: Outcome) -> None:
    lines = github.render(outcome).splitlines()
    assert lines[0] == (
        "::error file=pkg/worker.py,line=9,col=9,title=SPN101 silent-return::"
        "the loop can go round for ever without waiting"
        "%0Apkg/worker.py:9 while True: always true%0Apkg/worker.py:10 await self.step() returns"
    )
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice", "::error"]
    assert lines[2].startswith("::notice file=evil\\x1b[2J\\u202e\\udcff\\n%3A%3Aerror%3A%3A<script>%25%2C.py,line=9,")


def test_gitlab_is_valid_and_shows_the_path(outcome: Outcome) -> None:
    issues = json.loads(gitlab.render(outcome))
    jsonschema.validate(issues, CODE_CLIMATE)
    assert [each["severity"] for each in issues] == ["critical", "major", "minor", "blocker"]
    assert [each["check_name"] for each in issues[:2]] == ["SPN101 silent-return", "SPN201 counter-reset"]
    assert issues[0]["description"] == "the loop can go round for ever without waiting in `Worker.run`"
    assert issues[0]["location"] == {"path": "pkg/worker.py", "lines": {"begin": 9, "end": 10}}
    places = [(each["path"], each["lines"]["begin"]) for each in issues[1]["other_locations"]]
    assert places == [("pkg/worker.py", 9), ("pkg/other.py", 3)]
    assert issues[1]["content"]["body"].endswith("    pkg/other.py:3   await f()  returns\n")
    assert issues[3]["location"] == {"path": "broken.py", "lines": {"begin": 3, "end": 3}}
    assert issues[3]["description"] == "syntax error: invalid syntax"


def test_gitlab_tells_equal_loops_apart_and_follows_moved_ones(outcome: Outcome) -> None:
    first = outcome.findings[0]
    elsewhere = replace(first, path=first.path.with_name("copy.py"))
    moved = replace(first, line=90, end_line=91)

    def prints(*findings: object) -> list[str]:
        return [each["fingerprint"] for each in json.loads(gitlab.render(Outcome(findings=list(findings))))]

    assert len(set(prints(first, first, elsewhere))) == 3
    assert prints(moved, elsewhere) == prints(first, elsewhere)


def test_gitlab_takes_nothing_and_what_has_no_line(tmp_path: Path) -> None:
    assert json.loads(gitlab.render(Outcome())) == []
    [issue] = json.loads(gitlab.render(Outcome(errors=[Problem(tmp_path, 0, "is no folder")])))
    jsonschema.validate([issue], CODE_CLIMATE)


def parsed_junit(outcome: Outcome) -> etree._Element:
    root = etree.fromstring(junit.render(outcome, lines_of).encode())
    JUNIT.assertValid(root)
    return root


def test_junit_is_valid_and_fails_a_case_for_each_finding(outcome: Outcome) -> None:
    root = parsed_junit(outcome)
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "4",
        "failures": "3",
        "errors": "1",
    }
    assert (root[0].get("name"), root[0].get("tests")) == ("pkg/worker.py", "2")
    case = root[0][0]
    assert case.get("name") == "SPN101 silent-return in Worker.run"
    [failure] = case
    assert failure.get("type") == "SPN101 certain"
    assert failure.get("message") == "pkg/worker.py:9: the loop can go round for ever without waiting"
    assert failure.text + "\n" == show(Outcome(findings=outcome.findings[:1])).partition("\n\n")[0] + "\n"
    [error] = root.xpath("//error")
    assert error.get("message") == "broken.py:3: syntax error: invalid syntax"


def test_junit_of_nothing_is_a_case_that_passes() -> None:
    root = parsed_junit(Outcome(files=3))
    [case] = root.xpath("//testcase")
    assert (case.get("name"), len(case)) == ("no loop that spins in 3 files", 0)
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("1", "0", "0")


@pytest.mark.parametrize("form", ["gitlab", "junit", "html"])
def test_the_command_writes_these_forms_whatever_happens(tmp_path: Path, form: str) -> None:
    """Findings, none, and a file that is no Python: each time a whole document and the exit code of the text report."""
    made = {
        "spins.py": (SPINNING, 1),
        "waits.py": (SPINNING.replace("return", "await asyncio.sleep(1)"), 0),
        "broken.py": ("def f(:\n", 2),
    }
    for name, (source, code) in made.items():
        folder = project(tmp_path / name.split(".")[0], {name: source})
        result = spinlint("check", "--format", form, cwd=folder)
        assert result.returncode == code
        if form == "gitlab":
            jsonschema.validate(json.loads(result.stdout), CODE_CLIMATE)
        elif form == "junit":
            JUNIT.assertValid(etree.fromstring(result.stdout.encode()))
        else:
            assert result.stdout.startswith("<!doctype html>") and result.stdout.endswith("</html>\n")
        assert ("broken.py" in result.stdout) == (code == 2)


@pytest.mark.parametrize(
    "render",
    [show, concise.render, github.render, gitlab.render, lambda outcome: junit.render(outcome, lines_of)],
    ids=["text", "concise", "github", "gitlab", "junit"],
)
def test_no_name_steers_the_terminal(outcome: Outcome, render: object) -> None:
    assert callable(render)
    # JSON writes a backslash as two.
    shown = render(outcome).replace("\\\\", "\\")
    assert "evil\\x1b[2J\\u202e\\udcff\\n" in shown
    assert not {"\x1b", "\u202e", "\udcff"} & set(shown)


def test_printable_leaves_letters_of_the_world_alone() -> None:
    assert printable("连接\u3000é\t|") == "连接\u3000é    |"
    assert printable("a\x00\x7f\u2028") == "a\\x00\\x7f\\u2028"
