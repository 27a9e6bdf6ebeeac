"""How each fixture is brought into its witness state and run: one function per pair of twins, in a module per folder.

A drive gets the fixture's module, runs inside the event loop, and is the same for the bad and for the good twin: the
only difference between the two runs is the difference between the two files.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Awaitable
from pathlib import Path
from types import ModuleType

from drives.standins import stub_websockets
from harness import LAPS, Run, drive, load

FIXTURES = Path(__file__).parents[2] / "fixtures"


def pair_name(path: Path) -> str:
    """`bad_x.py` and `good_x.py` are the pair `x`; files of a package are named after the package: `two_files_x`."""
    name = path.stem.removeprefix("bad_").removeprefix("good_")
    return name if not (path.parent / "__init__.py").exists() else f"{path.parent.name}_{name}"


def run_fixture(path: Path, laps: int = LAPS) -> Run:
    """Drive one fixture into its state; a fixture without a drive is a KeyError."""
    drives = importlib.import_module(f"drives.{path.relative_to(FIXTURES).parts[0].lower()}")
    function = vars(drives)[pair_name(path)]
    with stub_websockets():
        module = load(path)
        return drive(functools.partial(_start, function, module), laps)


def has_drive(path: Path) -> bool:
    drives = importlib.import_module(f"drives.{path.relative_to(FIXTURES).parts[0].lower()}")
    return pair_name(path) in vars(drives)


def _start(function: object, module: ModuleType) -> Awaitable[object]:
    assert callable(function)
    awaitable: Awaitable[object] = function(module)
    return awaitable
