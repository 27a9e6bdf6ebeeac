"""What the processes of one run lend each other: the index of a file is made by the first that asks for it.

Invariant: a file here is whole or not there, and gone when the run is over; what cannot be read is made again.
"""

from __future__ import annotations

import io
import os
import pickle
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lint_rules.cache import UNREADABLE, Reader
from lint_rules.source import digest

if TYPE_CHECKING:
    from collections.abc import Iterator


class Shelf:
    """A folder of pickles."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str, key: str) -> object:
        try:
            return Reader(io.BytesIO(self._file(name, key).read_bytes())).load()
        except (OSError, *UNREADABLE):
            return None

    def put(self, name: str, key: str, value: object, data: bytes | None = None) -> None:
        """`data`: the pickle of the value, where somebody has made it already."""
        file = self._file(name, key)
        draft = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            draft.write_bytes(data or pickle.dumps(value, 5))
            draft.replace(file)

    def _file(self, name: str, key: str) -> Path:
        return self.folder / digest(f"{name}\0{key}".encode("utf-8", "surrogatepass"))


@contextmanager
def shelf(processes: int) -> Iterator[Path | None]:
    """The folder for the processes of a run; one process has nobody to lend to."""
    if processes <= 1:
        yield None
        return
    with TemporaryDirectory(prefix="spinlint-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
