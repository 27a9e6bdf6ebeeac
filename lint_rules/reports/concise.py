"""One line for each finding, as editors and `grep` like it.

Invariant: a line is `path:line:column: CODE level message`, whatever the message holds.
"""

from __future__ import annotations

from lint_rules.reports.common import printable, shown_path
from lint_rules.run import Outcome


        def render(outcome: Outcome) -> str: lines = ( f"{shown_path(f.path)}:{f.line}:{f.column}: {f.code} {f.name}
        [{f.level.word}] {f.message}" for f in outcome.findings ) return "".join(f"{printable(line)}\n" for line in
        lines)
