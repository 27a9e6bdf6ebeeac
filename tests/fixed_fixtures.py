"""What the fixer makes of the bad fixtures. `python tests/fixed_fixtures.py` writes the `.fixed.py` files anew.

Each fixture is repaired in a project of its own (its package, or the file alone), unsafe fixes allowed, and without
its `# expect:` comments, since they are not true any more.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from lint_rules.config import Settings
from lint_rules.findings import Level
from lint_rules.fixes.repair import Repaired, Workshop

FIXTURES = Path(__file__).parents[1] / "fixtures"
EXPECT = re.compile(rb"[ \t]*# expect:[^\r\n]*")


def bad_files() -> list[Path]:
    """Every bad fixture in which a loop is reported."""
    found = [path for path in FIXTURES.glob("**/bad_*.py") if not path.name.endswith(".fixed.py")]
    return sorted(path for path in found if "# expect: SPN1" in path.read_text(encoding="utf-8"))


def fixed_path(bad: Path) -> Path:
    return bad.with_suffix(".fixed.py")


def alone(bad: Path, folder: Path) -> Path:
    """A copy of a fixture as a project of its own: the path of the file in it."""
    folder.mkdir(exist_ok=True)
    if (bad.parent / "__init__.py").exists():
        shutil.copytree(
            bad.parent, folder / bad.parent.name, ignore=shutil.ignore_patterns("*.fixed.py", "__pycache__")
        )
        target = folder / bad.parent.name / bad.name
    else:
        target = folder / bad.name
        shutil.copy(bad, target)
    for path in folder.rglob("*.py"):
        path.write_bytes(EXPECT.sub(b"", path.read_bytes()))
    return target


def repaired(path: Path, unsafe: bool = True, root: Path | None = None) -> tuple[bytes, list[Repaired]]:
    """A file with all its loops repaired that can be, and what came of each."""
    shop = Workshop(path, Settings(root=root or path.parent), {path: path.read_bytes()})
    found = [site.finding for site in shop.sites(shop.texts, path) if site.finding.level >= Level.LIKELY]
    results = []
    for loop, codes in shop.loops(path, found):
        done = shop.repair(path, loop, codes, unsafe)
        if done is not None:
            results.append(done)
            shop.texts = dict(done.texts) if done.proposals else shop.texts
    return shop.texts[path], results


def fix(bad: Path) -> tuple[bytes, list[Repaired]]:
    with tempfile.TemporaryDirectory() as folder:
        return repaired(alone(bad, Path(folder)), root=Path(folder))


def main() -> None:
    for bad in bad_files():
        text, results = fix(bad)
        if any(done.proposals for done in results):
            fixed_path(bad).write_bytes(text)
        for done in results:
            print(bad.relative_to(FIXTURES), done.safety if done.proposals else "refused", done.title or done.reason)


if __name__ == "__main__":
    sys.exit(main())
