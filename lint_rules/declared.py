"""Which version of a library a project declares: its lock file first, then exact pins; never what happens to be
installed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PIN = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*==\s*([\w.!+-]+)")
LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")


def declared_versions(root: Path) -> dict[str, str]:
    """Versions by normalised distribution name; empty where nothing is declared exactly."""
    found: dict[str, str] = {}
    if not root.is_dir():
        return found
    for name in LOCKS:
        for package in _toml(root / name).get("package", []):
            if isinstance(package, dict) and isinstance(package.get("version"), str):
                found.setdefault(_normal(str(package.get("name", ""))), package["version"])
    lines = [line for path in sorted(root.glob("requirements*.txt")) for line in _text(path).splitlines()]
    dependencies = _toml(root / "pyproject.toml").get("project", {}).get("dependencies", [])
    for line in [*lines, *(d for d in dependencies if isinstance(d, str))]:
        pin = PIN.match(line)
        if pin is not None:
            found.setdefault(_normal(pin[1]), pin[2])
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError:
        return {}
