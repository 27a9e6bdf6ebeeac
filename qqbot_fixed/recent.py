"""Remembers what was seen lately, within bounds of number and age, so that a redelivery is recognised.

An entry that is too old or one too many is forgotten: memory does not grow with the life of the adapter.
"""

from __future__ import annotations

from collections import OrderedDict


class Recent:
    """Keys in the order in which they were added, each with its time."""

    def __init__(self, limit: int = 1000, age: float = 300.0) -> None:
        self._limit = limit
        self._age = age
        self._seen: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def has(self, key: str, now: float) -> bool:
        """Was the key added, and not too long ago? The empty key never was."""
        added = self._seen.get(key)
        return added is not None and now - added <= self._age

    def add(self, key: str, now: float) -> None:
        """Remembers a key, and forgets the oldest one if there are too many."""
        if key:
            self._seen.pop(key, None)
            self._seen[key] = now
            if len(self._seen) > self._limit:
                self._seen.popitem(last=False)
