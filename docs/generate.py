"""Writes the generated parts of the documentation: `python docs/generate.py`; a test fails when they are out of date.

Invariant: everything generated comes from the rules, their fixtures and real runs of the program, nothing is kept here.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from lint_rules.rules.pages import markdown, table
from lint_rules.rules.registry import RULES

ROOT = Path(__file__).resolve().parent.parent
REPORT = ("check", "fixtures/SPN101/bad_qq_gateway.py")
EFFECTS = ("effects", "fixtures/SPN101/bad_qq_gateway.py:55")


def generated() -> dict[Path, str]:
    """Each generated file with the text that it should have."""
    files = {ROOT / "docs" / "rules" / f"{rule.code}.md": markdown(rule) for rule in RULES}
    readme = ROOT / "README.md"
    text = _block(readme.read_text(encoding="utf-8"), "codes", table())
    files[readme] = _block(text, "report", _run(REPORT, 1))
    hosts = ROOT / "docs" / "hosts.md"
    files[hosts] = _block(hosts.read_text(encoding="utf-8"), "effects", _run(EFFECTS, 0))
    return files


def _run(arguments: tuple[str, ...], code: int) -> str:
    command = [sys.executable, "-m", "lint_rules", *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    if result.returncode != code:
        raise SystemExit(f"{' '.join(command)} gave exit code {result.returncode}, not {code}: {result.stderr}")
    return f"```console\n$ spinlint {' '.join(arguments)}\n{result.stdout}```"


def _block(text: str, name: str, content: str) -> str:
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    if begin not in text or end not in text:
        raise SystemExit(f"no document has the block {name!r}")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text)


def main() -> None:
    for path, text in generated().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
