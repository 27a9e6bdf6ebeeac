"""What is kept between runs: one sqlite file in the cache folder, whose values are pickles of a few plain classes.

Invariant: whatever the file holds, a run gives the findings that it would give without it; a file that is broken or not
ours is replaced, with one warning; where it cannot be written, it is only read, and where it cannot be read, not used.
"""

from __future__ import annotations

import io
import os
import pickle
import sqlite3
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from lint_rules import __version__, findings, index, late, memory, outline, results, scan
from lint_rules.source import digest

FOLDER = ".spinlint_cache"
FILE = "cache.sqlite3"
OURS = 0x5350_4E31  # the application's mark in the header of the file
SCHEMA = 1
PATIENCE = 5.0  # seconds to wait for another run
KEEP_DAYS = 30
DAY = 86_400
CREATE = """
    CREATE TABLE entries (
        context TEXT, kind TEXT, name BLOB, key BLOB, day INTEGER, value BLOB, PRIMARY KEY (context, kind, name)
    )
"""
# Nothing else can be made from a cache file, which may have come with somebody's repository.
PLAIN = {
    ("builtins", "Ellipsis"): ...,
    ("builtins", "complex"): complex,
    ("builtins", "frozenset"): frozenset,
    ("builtins", "set"): set,
    **{("pathlib" + part, cls.__name__): cls for part in ("", "._local") for cls in (Path, type(Path()))},
}

# What reading a broken pickle may raise.
UNREADABLE = (
    pickle.UnpicklingError,
    ValueError,
    EOFError,
    AttributeError,
    ImportError,
    TypeError,
    IndexError,
    KeyError,
)
Fresh = dict[tuple[str, str], tuple[str, bytes]]  # (kind, name): (key, pickle), made once and passed on as it is


class Foreign(Exception):
    """The file is an sqlite database that somebody else made."""


def allowed(module: str, name: str) -> object:
    """The class of that name, if it is one of our plain data. Raises UnpicklingError."""
    if (module, name) in PLAIN:
        return PLAIN[module, name]
    for ours in (findings, index, late, memory, outline, results, scan):
        found = vars(ours).get(name)
        if module == ours.__name__ and isinstance(found, type) and found.__module__ == module:
            return found
    raise pickle.UnpicklingError(f"{module}.{name} has no place in a cache")


class Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        return allowed(module, name)


class Cache:
    """A `memory.Store`. What is put is written by `save`, all at once."""

    def __init__(self, database: sqlite3.Connection, context: str, file: Path) -> None:
        self.database = database
        self.context = context
        self.file = file
        self.folder = file.parent
        self.process = os.getpid()
        self.fresh: Fresh = {}

    def get(self, kind: str, name: str, key: str) -> object:
        """None where there is none. Whatever is wrong with the file is said once and mended by `save`."""
        known = self.fresh.get((kind, name))
        if known is not None:
            return Reader(io.BytesIO(known[1])).load() if known[0] == key else None
        query = "SELECT value FROM entries WHERE context = ? AND kind = ? AND name = ? AND key = ?"
        try:
            row = self.database.execute(query, (self.context, kind, _bytes(name), _bytes(key))).fetchone()
            return None if row is None else Reader(io.BytesIO(row[0])).load()
        except sqlite3.OperationalError:
            return None  # another run writes for long
        except (sqlite3.Error, *UNREADABLE) as exc:
            self._broken(exc)
            return None

    def put(self, kind: str, name: str, key: str, value: object) -> bytes:
        data = pickle.dumps(value, 5)
        self.fresh[kind, name] = (key, data)
        return data

    def is_mine(self) -> bool:
        """Whether this process opened it: a connection must not be carried into a forked one."""
        return self.process == os.getpid()

    def save(self, aged: bool = False) -> None:
        """One transaction; without leave to write, or while another run writes for long, nothing is kept. `aged`: also
        look through everything for what is old.
        """
        if not self.fresh:
            return
        today = int(time.time()) // DAY
        rows = [
            (self.context, kind, _bytes(name), _bytes(key), today, data)
            for (kind, name), (key, data) in self.fresh.items()
        ]
        try:
            with self.database:
                self.database.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?)", rows)
                if aged:
                    self.database.execute("DELETE FROM entries WHERE day < ?", (today - KEEP_DAYS,))
        except sqlite3.OperationalError:
            pass
        except sqlite3.Error as exc:
            self._broken(exc)
        self.fresh.clear()

    def close(self) -> None:
        self.save(aged=True)
        self.database.close()

    def _broken(self, exc: Exception) -> None:
        _warn(self.file, exc)
        self.database.close()
        _remove(self.file)
        self.database = _fresh(self.file) or sqlite3.connect(":memory:")


def open_cache(folder: Path, context: str) -> Cache | None:
    """The cache in a folder, made where there is none; None where that cannot be done."""
    file = folder / FILE
    if not file.exists():
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    try:
        database: sqlite3.Connection | None = _connect(file)
    except (sqlite3.DatabaseError, Foreign) as exc:
        if isinstance(exc, sqlite3.OperationalError):
            return None  # the folder cannot be written, or another run has locked the file for long
        _warn(file, exc)
        _remove(file)
        database = _fresh(file)
    return None if database is None else Cache(database, context, file)


def _fresh(file: Path) -> sqlite3.Connection | None:
    try:
        return _connect(file)
    except (sqlite3.DatabaseError, Foreign):
        return None


def _connect(file: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(file, timeout=PATIENCE)
        _prepare(database)
    except sqlite3.OperationalError:
        # A folder without leave to write: what it holds may still be read.
        database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", timeout=PATIENCE, uri=True)
        if not _check(database):
            raise sqlite3.OperationalError("nothing to read") from None
    return database


def _prepare(database: sqlite3.Connection) -> None:
    # A crash of the machine may cost the cache, never a wrong answer: sqlite finds a broken file, and we replace it.
    database.execute("PRAGMA synchronous = OFF")
    if _check(database):
        return
    with database:
        database.execute("BEGIN IMMEDIATE")
        if not _check(database):  # another run may have been faster
            database.execute("DROP TABLE IF EXISTS entries")
            database.execute(CREATE)
            database.execute(f"PRAGMA application_id = {OURS}")
            database.execute(f"PRAGMA user_version = {SCHEMA}")


def _check(database: sqlite3.Connection) -> bool:
    """Whether the file is ready for use. Raises Foreign."""
    [(mark,)] = database.execute("PRAGMA application_id")
    [(schema,)] = database.execute("PRAGMA user_version")
    if mark not in (0, OURS) or (mark == 0 and database.execute("SELECT 1 FROM sqlite_master").fetchone()):
        raise Foreign("it is another program's database")
    return (mark, schema) == (OURS, SCHEMA)


def _bytes(text: str) -> bytes:
    """A path may hold what is no text."""
    return text.encode("utf-8", "surrogatepass")


def _warn(file: Path, exc: Exception) -> None:
    import logging

    logging.getLogger("spinlint").warning("spinlint: %s cannot be used and is made anew: %s", file, exc)


def _remove(file: Path) -> None:
    for name in (file.name, f"{file.name}-journal", f"{file.name}-wal", f"{file.name}-shm"):
        with suppress(OSError):
            (file.parent / name).unlink()


@cache
def analyser() -> str:
    """What stands for this very program: its version, its own files, libcst's version and Python's."""
    home = Path(__file__).parent
    own = sorted(path for path in home.rglob("*") if path.suffix in (".py", ".toml"))
    parts = [__version__, sys.implementation.name, sys.version, _libcst()]
    parts += [f"{path.relative_to(home)} {digest(path.read_bytes())}" for path in own]
    return digest("\n".join(parts).encode())


def _libcst() -> str:
    """libcst is asked for its version without being loaded."""
    from importlib.util import find_spec

    spec = find_spec("libcst")
    if spec is None or spec.origin is None:
        return ""
    with suppress(OSError):
        return (Path(spec.origin).parent / "_version.py").read_text(encoding="utf-8")
    return spec.origin
