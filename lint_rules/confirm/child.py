"""The process in which a harness runs: limited in time and memory, cut off from the network, and writing nothing.

Invariant: the limits stand before a line of the harness is read. Run as a script, with the file of the harness; it
prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from typing import Any

SECONDS = 20
MEMORY = 1 << 30
NETWORK = 0x40000000 | 0x10000000  # CLONE_NEWNET, CLONE_NEWUSER
FORBIDDEN = (
    "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.kill",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate",
    "os.putenv", "shutil.", "ctypes.dlopen", "webbrowser.open", "signal.pthread_kill",
)  # fmt: skip
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit() -> None:
    """Time, memory, size of files, and dumps; not where the system has no such limits."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def cut_off() -> None:
    """A network of its own, with nothing in it, where the system gives one; and every attempt is refused anyway."""
    try:
        import ctypes

        ctypes.CDLL(None).unshare(NETWORK)
    except (OSError, AttributeError, ImportError, TypeError):
        pass
    sys.addaudithook(refuse)


def refuse(event: str, args: tuple[Any, ...]) -> None:
    """Raises for what reaches out of the process."""
    if event.startswith(FORBIDDEN) or (event == "open" and _writes(args)):
        raise PermissionError(f"{event}: not while a finding is confirmed")


def _writes(args: tuple[Any, ...]) -> bool:
    _, mode, flags = args
    if isinstance(mode, str):
        return any(sign in mode for sign in "wax+")
    return isinstance(flags, int) and bool(flags & WRITES)


def main(path: str) -> None:
    out = sys.stdout
    limit()
    cut_off()
    sys.dont_write_bytecode = True
    try:
        names = runpy.run_path(path)
        bench = names["Bench"](names["KNOWN"], names["ROOT"], names["LAP"])
        bench.watch = True
        answer = bench.run(names["state"]).data()
    except MemoryError:
        answer = {"verdict": "cannot run", "why": f"it needs more than {MEMORY >> 20} MB"}
    except BaseException as error:
        answer = {"verdict": "cannot run", "why": f"{type(error).__name__}: {error}"}
    out.write("\n" + json.dumps(answer) + "\n")
    out.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
