"""One table of a model file, read with checks; every complaint names the file, the entry and the closest valid key."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches


class ModelError(ValueError):
    """A library model that cannot be used: where it stands and what is wrong."""


@dataclass(frozen=True, slots=True)
class Table:
    """`file` and `entry` say where the values stand, for complaints."""

    file: str
    entry: str
    values: Mapping[str, object]

    def error(self, problem: str) -> ModelError:
        return ModelError(f"{self.file}: {self.entry}: {problem}")

    def only(self, valid: Collection[str]) -> None:
        """Complain about the first key that is not valid."""
        for key in self.values:
            if key not in valid:
                raise self.error(f"unknown key {key!r}{closest(key, valid)}")

    def choice(self, key: str, valid: Collection[str], default: str) -> str:
        value = self.text(key, default)
        if value != default and value not in valid:
            raise self.error(f"{key} = {value!r} is not one of {', '.join(sorted(valid))}{closest(value, valid)}")
        return value

    def text(self, key: str, default: str = "") -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.error(f"{key} must be a string")
        return value

    def optional(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"{key} must be true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; a single string counts as a list of one."""
        value = self.values.get(key, [])
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(f"{key} must be a list of strings")
        return tuple(value)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        table = self.table(key)
        return tuple((name, table.text(name)) for name in table.values)

    def table(self, key: str) -> Table:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.error(f"{key} must be a table")
        return Table(self.file, key if self.entry == "top level" else f"{self.entry}, {key}", value)

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """Each table of a table of tables, by name."""
        outer = self.table(key)
        for name in outer.values:
            yield name, outer.table(name)

    def items(self, key: str) -> Iterator[Table]:
        """Each table of a list of tables."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(f"{key} must be a list of tables")
        for number, item in enumerate(value, 1):
            name = item.get("name", f"number {number}")
            yield Table(self.file, f"{key} {name}", item)


def closest(word: str, valid: Collection[str]) -> str:
    matches = get_close_matches(word, sorted(valid), n=1, cutoff=0.5)
    return f"; did you mean {matches[0]!r}?" if matches else ""
