"""From the names in the models to the real things; a name means what `import` and attribute access make of it."""

from __future__ import annotations

import importlib


def resolve(name: str) -> object:
    """The object of a qualified name; a bare name is a builtin. Raises LookupError where there is none."""
    if "." not in name:
        builtins = importlib.import_module("builtins")
        if not hasattr(builtins, name):
            raise LookupError(name)
        return getattr(builtins, name)
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                raise LookupError(name)
            found = getattr(found, part)
        return found
    raise LookupError(name)
