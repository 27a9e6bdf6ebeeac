"""Runs a tool with or without spinlint among its plugins, in one environment: `host.py [--without-spinlint] TOOL ...`.

Invariant: both ways pay for this file alike.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterable
from importlib import metadata

if __name__ == "__main__":
    hidden = "--without-spinlint" in sys.argv
    real = metadata.distributions

    def distributions(**options: object) -> Iterable[metadata.Distribution]:
        found = real(**options)  # type: ignore[arg-type]
        return (each for each in found if not (hidden and each.metadata["Name"] == "spinlint"))

    metadata.distributions = distributions
    sys.argv = [argument for argument in sys.argv[1:] if argument != "--without-spinlint"]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
