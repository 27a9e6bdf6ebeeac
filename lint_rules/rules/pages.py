"""The page of a rule, taken from the docstring of its module: what `spinlint rule`, the documentation and pylint's
help show.

Invariant: every page has the same headings in the same order, and its two examples are files that the tests run.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from pathlib import Path

from lint_rules.rules.registry import RULES, Rule

HEADINGS = ("What it finds", "Why it is bad", "Example", "Instead", "Fix", "Limits")
PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Page:
    """`sections` maps each heading to its text; `bad` and `good` are the sources of the two examples."""

    rule: Rule
    summary: str
    sections: dict[str, str]
    bad: str
    good: str


def page(rule: Rule) -> Page:
    """Raises ValueError if the docstring does not keep the fixed headings."""
    tree = ast.parse((PACKAGE / "rules" / f"{rule.module}.py").read_text(encoding="utf-8"))
    summary, _, body = (ast.get_docstring(tree) or "").partition("\n\n")
    sections = _sections(body)
    if tuple(sections) != HEADINGS:
        raise ValueError(f"the page of {rule.code} has the headings {tuple(sections)}, not {HEADINGS}")
    return Page(rule, summary, sections, _example(rule, sections["Example"]), _example(rule, sections["Instead"]))


def _sections(body: str) -> dict[str, str]:
    sections: dict[str, list[str]] = {}
    lines = body.splitlines()
    current: list[str] = []
    for number, line in enumerate(lines):
        underline = lines[number + 1] if number + 1 < len(lines) else ""
        if line and underline and set(underline) == {"-"} and len(underline) == len(line):
            current = sections.setdefault(line, [])
        elif not (line and set(line) == {"-"}):
            current.append(line)
    return {heading: "\n".join(text).strip() for heading, text in sections.items()}


def _example(rule: Rule, name: str) -> str:
    """An installed package carries the examples inside itself, a checkout has them beside it."""
    for folder in (PACKAGE / "examples", PACKAGE.parent / "fixtures"):
        path = folder / rule.code / name
        if path.is_file():
            return path.read_text(encoding="utf-8").strip("\n")
    raise ValueError(f"the page of {rule.code} names the example {name}, which does not exist")


def plain(rule: Rule) -> str:
    """The page without the examples' source, for hosts that show a paragraph or two."""
    found = page(rule)
    texts = (f"{heading}: {' '.join(text.split())}" for heading, text in found.sections.items())
    return "\n".join([found.summary, *(text for text in texts if not text.startswith(("Example:", "Instead:")))])


def markdown(rule: Rule) -> str:
    """The page as it stands under docs/rules."""
    found = page(rule)
    parts = [f"# {rule.code} {rule.name}", f"{found.summary} (pylint: {rule.pylint_id})"]
    for heading, text in found.sections.items():
        source = {"Example": found.bad, "Instead": found.good}.get(heading)
        parts += [f"## {heading}", text if source is None else f"`{text}`\n\n```python\n{source}\n```"]
    return "\n\n".join(parts) + "\n"


def terminal(rule: Rule) -> str:
    """The page for a terminal without markup."""
    found = page(rule)
    parts = [f"{rule.code} {rule.name}", found.summary]
    for heading, text in found.sections.items():
        source = {"Example": found.bad, "Instead": found.good}.get(heading)
        parts += [heading.upper(), textwrap.indent(text if source is None else f"{text}:\n\n{source}", "    ")]
    return "\n\n".join(parts) + "\n"


def as_data(rule: Rule) -> dict[str, object]:
    """The page as JSON-able data."""
    found = page(rule)
    return {
        "code": rule.code,
        "name": rule.name,
        "pylint": rule.pylint_id,
        "title": rule.title,
        "summary": found.summary,
        "sections": found.sections,
        "bad": found.bad,
        "good": found.good,
    }


def table() -> str:
    """The table of codes, in Markdown."""
    rows = [f"| [{r.code}](docs/rules/{r.code}.md) | {r.name} | {r.pylint_id} | {r.title} |" for r in RULES]
    return "\n".join(["| code | name | pylint | what |", "|---|---|---|---|", *rows])
