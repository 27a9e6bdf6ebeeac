"""Where a piece of code runs: one activation of a function, with its class, its module and the frame that encloses
it.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from lint_rules.flow.values import Value
from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.syntax import Slice


@dataclass(eq=False, slots=True, repr=False)
class Frame:
    """`cls` is the class whose body holds the function, `me` the value of its first parameter if it is a method.

    `header`: the loop under analysis runs here, so a variable that the lap has not written is a header symbol.
    `written` are the variables that the
    loop assigns, `counted` those of them that it only counts up or only counts down.
    """

    id: int
    fn: FunctionInfo
    node: cst.FunctionDef | cst.Lambda
    slice: Slice
    module: ModuleInfo
    cls: ClassInfo | None = None
    me: Value | None = None
    parent: Frame | None = None
    depth: int = 0
    header: bool = False
    written: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
