"""Where a report goes: the terminal, a pipe or a file; with colour and a progress bar where somebody looks.

Invariant: rich is imported only where colour or a progress bar is really shown.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lint_rules.commands import UsageError
from lint_rules.reports.common import printable
from lint_rules.reports.text import Line, plain

PATIENCE = 1.0


def wants_colour() -> bool:
    """On a terminal, unless NO_COLOR says no or FORCE_COLOR says yes elsewhere."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def emit(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as exc:
        raise UsageError(f"{output}: cannot be written: {exc.strerror}") from exc


def emit_lines(lines: Iterable[Line], output: Path | None) -> None:
    if output is not None or not wants_colour():
        emit("".join(f"{plain(line)}\n" for line in lines), output)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, force_terminal=True, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text.assemble(*line))


def emit_markdown(text: str) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    Console(file=sys.stdout, force_terminal=True).print(Markdown(text))


def say(message: str) -> None:
    """One line about the run itself."""
    print(f"spinlint: {printable(message)}", file=sys.stderr)


@contextmanager
def progress(text: str) -> Iterator[None]:
    """A bar on the error stream, if that is a terminal and the work takes longer than a second."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_bar, args=(text, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _bar(text: str, done: threading.Event) -> None:
    if done.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task(text, total=None)
        done.wait()
