"""The fixers as libcst codemod commands, one for each kind and `RepairLoops` for all of them.

    python -m libcst.tool codemod --no-format -x lint_rules.codemod.RepairLoops PATH

Invariant: the gates are those of `spinlint fix`; a fix that needs a second file is left to that command.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import ClassVar

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext

from lint_rules.config import load_settings
from lint_rules.files import Walked
from lint_rules.fixes import (
    clear_event,
    end_of_stream,
    raise_at_entry,
    raise_in_loop,
    real_delay,
    reset_moved,
    sleep_in_loop,
    wider_handler,
)
from lint_rules.fixes.repair import KINDS, Workshop
from lint_rules.run import run


class RepairLoops(CodemodCommand):
    """All kinds of fixes, in their order."""

    DESCRIPTION = "Repairs asyncio loops that can go round for ever without waiting."
    KINDS: ClassVar[Collection[str]] = KINDS

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        arg_parser.add_argument("--unsafe", action="store_true", help="also fixes that may change runs which did wait")

    def __init__(self, context: CodemodContext, unsafe: bool = False) -> None:
        super().__init__(context)
        self.unsafe = unsafe

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        if self.context.filename is None:
            return tree
        path = Path(self.context.filename).absolute()
        settings = load_settings(path.parent)
        shop = Workshop(path, settings, {path: tree.bytes}, self.KINDS, only=path)
        shown = run(Walked(((path, settings),), ()), shop.texts).findings
        for loop, codes in shop.loops(path, shown):
            done = shop.repair(path, loop, codes, self.unsafe)
            if done is not None and done.proposals:
                shop.texts = dict(done.texts)
            elif done is not None:
                self.warn(f"{path}:{done.finding.line}: {done.finding.code} refused: {done.reason}")
        return tree if shop.texts[path] == tree.bytes else cst.parse_module(shop.texts[path])


class RaiseAtEntry(RepairLoops):
    """The callee raises where it would return silently."""

    KINDS = (raise_at_entry.KIND,)


class RaiseInLoop(RepairLoops):
    """The loop takes its own failure path."""

    KINDS = (raise_in_loop.KIND,)


class SleepOnSilentPath(RepairLoops):
    """A real pause where nothing waits."""

    KINDS = (sleep_in_loop.KIND,)


class MoveReset(RepairLoops):
    """A pause where nothing waits, and the counter set back only elsewhere. Needs `--unsafe`."""

    KINDS = (reset_moved.KIND,)


class LeaveAtEnd(RepairLoops):
    """The loop ends with its stream. Needs `--unsafe`."""

    KINDS = (end_of_stream.KIND,)


class RealDelay(RepairLoops):
    """A delay that can be zero becomes a real one. Needs `--unsafe`."""

    KINDS = (real_delay.KIND,)


class ClearEvent(RepairLoops):
    """An event is cleared behind the wait for it."""

    KINDS = (clear_event.KIND,)


class WidenHandler(RepairLoops):
    """A handler that waits takes the whole family of an exception. Needs `--unsafe`."""

    KINDS = (wider_handler.KIND,)
