"""Registry, rule modules, fixtures, documents and hosts name the same rules; what is generated is up to date."""

from __future__ import annotations

import importlib
import json
import runpy
import sys
from pathlib import Path

import pytest

from lint_rules.config import KEYS
from lint_rules.rules.pages import HEADINGS, page
from lint_rules.rules.registry import RULES, Rule
from surfaces import FIXTURES, ROOT, run, spinlint

CODES = [rule.code for rule in RULES]
ALL_RULES = ", ".join(f"{rule.code} {rule.name}" for rule in RULES)
generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))


def test_a_code_a_name_and_an_id_name_one_rule() -> None:
    for values in (CODES, [r.name for r in RULES], [r.pylint_id for r in RULES]):
        assert len(set(values)) == len(values) == 7
    assert [(rule.code, rule.pylint_id) for rule in RULES] == [
        *((f"SPN10{n}", f"W780{n}") for n in range(1, 7)),
        ("SPN201", "W7821"),
    ]


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_every_rule_has_its_module_page_and_fixtures(rule: Rule) -> None:
    module = importlib.import_module(f"lint_rules.rules.{rule.module}")
    assert module.RULE is rule
    found = page(rule)
    assert tuple(found.sections) == HEADINGS
    assert all(found.sections.values())
    assert f"# expect: {rule.code}" in found.bad
    assert "# expect:" not in found.good
    folder = FIXTURES / rule.code
    bad = {path.name.removeprefix("bad_") for path in folder.glob("bad_*.py") if not path.name.endswith(".fixed.py")}
    good = {path.name.removeprefix("good_") for path in folder.glob("good_*.py")}
    assert bad == good
    assert len(bad) >= 4


def test_nothing_documents_a_rule_that_does_not_exist() -> None:
    assert sorted(path.name for path in FIXTURES.glob("SPN*")) == CODES
    assert sorted(path.stem for path in (ROOT / "docs" / "rules").glob("*")) == CODES
    modules = {path.stem for path in (ROOT / "lint_rules" / "rules").glob("spn*.py")}
    assert modules == {rule.module for rule in RULES}


def test_the_changelog_names_every_rule() -> None:
    changelog = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    assert [rule.code for rule in RULES if f"{rule.code} {rule.name}" not in changelog] == []


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [key for key in KEYS if f"| `{key}` |" not in text] == []


def test_what_is_generated_is_up_to_date() -> None:
    stale = [path.name for path, text in generate["generated"]().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run: python docs/generate.py"


def test_links_between_documents_lead_somewhere() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    links = [
        (path, link.split("#")[0])
        for path in documents
        for part in path.read_text(encoding="utf-8").split("](")[1:]
        if not (link := part.split(")")[0]).startswith(("http", "#"))
    ]
    assert [(path.name, link) for path, link in links if not (path.parent / link).exists()] == []
    assert len(links) > 10


def test_the_command_shows_pages(tmp_path: Path) -> None:
    text = spinlint("rule", "SPN103", cwd=tmp_path)
    assert (text.returncode, text.stdout[:21]) == (0, "SPN103 end-of-stream\n")
    for other in ("end-of-stream", "W7803", "w7803"):
        assert spinlint("rule", other, cwd=tmp_path).stdout == text.stdout
    markdown = spinlint("rule", "SPN103", "--format", "markdown", cwd=tmp_path).stdout
    assert markdown == (ROOT / "docs" / "rules" / "SPN103.md").read_text(encoding="utf-8")
    pages = json.loads(spinlint("rule", "--all", "--format", "json", cwd=tmp_path).stdout)
    assert [each["code"] for each in pages] == CODES
    assert all(each["bad"] in (FIXTURES / each["code"] / each["sections"]["Example"]).read_text() for each in pages)
    assert json.loads(spinlint("rule", "spn103", "--format", "json", cwd=tmp_path).stdout) == pages[2]
    coloured = spinlint("rule", "SPN103", cwd=tmp_path, env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[" in coloured


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("SPN999",), f"unknown rule 'SPN999'; valid: {ALL_RULES}"),
        (("W7899",), f"unknown rule 'W7899'; valid: {ALL_RULES}"),
        (("silent",), "unknown rule 'silent'; did you mean 'silent-return'?"),
        ((), "name one or more rules, or --all"),
        (("SPN101", "--all"), "name one or more rules, or --all"),
    ],
)
def test_a_rule_that_does_not_exist_is_an_error(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = spinlint("rule", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (2, "", f"spinlint: {message}\n")


def test_pylint_shows_the_same_text(tmp_path: Path) -> None:
    shown = run(
        sys.executable,
        "-m",
        "pylint",
        "--load-plugins=lint_rules.pylint_plugin",
        f"--help-msg={','.join(rule.name for rule in RULES)}",
        cwd=tmp_path,
    ).stdout
    words = shown.split()
    for rule in RULES:
        wanted = page(rule).sections["Why it is bad"].split()
        assert any(words[start : start + len(wanted)] == wanted for start in range(len(words))), rule.code
        assert f"({rule.pylint_id})" in shown


def test_flake8_knows_the_plugin(tmp_path: Path) -> None:
    assert "spinlint" in run(sys.executable, "-m", "flake8", "--version", cwd=tmp_path).stdout
