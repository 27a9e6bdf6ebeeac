"""The fixes that would be made, beside the findings that they repair: for reports that machines read.

Invariant: a fix is named only after it has passed every gate; its edits belong to the texts as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from lint_rules.config import Settings
from lint_rules.findings import Finding, Fix
from lint_rules.fixes.edits import difference
from lint_rules.fixes.repair import Repaired, Workshop


def with_fixes(
    findings: Iterable[Finding], settings_of: Mapping[Path, Settings], texts: Mapping[Path, bytes]
) -> list[Finding]:
    """The findings, each with its fix where there is one; a counter reset has the fix of its loop."""
    by_path: dict[Path, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    out = []
    for path, own in by_path.items():
        fixes: dict[tuple[str, int], Fix] = {}
        functions: dict[str, Fix] = {}
        shop = Workshop(path, settings_of[path], texts)
        for loop, codes in shop.loops(path, own):
            tried = (shop.repair(path, loop, codes, unsafe) for unsafe in (False, True))
            done = next((repaired for repaired in tried if repaired is not None and repaired.proposals), None)
            if done is not None:
                fix = _fix(done, shop)
                functions[done.finding.function] = fix
                fixes |= {(code, done.finding.line): fix for code in codes}
        for f in own:
            fix_or_none = functions.get(f.function) if f.code == "SPN201" else fixes.get((f.code, f.line))
            out.append(replace(f, fix=fix_or_none))
    return out


def _fix(done: Repaired, shop: Workshop) -> Fix:
    edits = [
        edit
        for path, data in done.texts.items()
        if shop.texts.get(path) != data
        for edit in difference(path, shop.texts.get(path) or shop.originals[path], data)
    ]
    return Fix(done.title, done.safety, tuple(edits))
