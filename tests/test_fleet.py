"""`--executor dask://...`: a real cluster of two worker processes finds what this process finds, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import pytest

from lint_rules import fleet
from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Report
from surfaces import FIXTURES, spinlint

distributed = pytest.importorskip("distributed")
PORT = "127.0.0.1:{}"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=":0", host="127.0.0.1", silence_logs=50
    ) as running:
        yield running


def url(cluster: Any) -> str:
    return str(cluster.scheduler_address).replace("tcp://", "dask://")


FILES = sorted(FIXTURES.glob("SPN10[1-3]/**/*.py"))
SETTINGS = Settings(root=FIXTURES, cache=False)


def told(report: Report) -> list[object]:
    return [report.findings, report.errors, report.incomplete, report.files, report.loops]


@pytest.fixture(scope="module")
def locally() -> Report:
    return check(FILES, SETTINGS)


def test_the_findings_are_those_of_this_process(cluster: Any, locally: Report) -> None:
    with fleet.fleet(url(cluster), FILES) as pool:
        assert told(check(FILES, SETTINGS, pool=pool)) == told(locally)
    assert len(locally.findings) > 25


def test_the_work_is_done_on_the_cluster(cluster: Any) -> None:
    with fleet.fleet(url(cluster), FILES) as pool:
        assert pool is not None
        pids = {pool.submit(pid, n).result() for n in range(20)}
    assert pids and os.getpid() not in pids


def pid(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def test_the_command_gives_the_same_report(cluster: Any, tmp_path: Path) -> None:
    """Several trees at once, each a project of its own."""
    trees = []
    for name in ("one", "two"):
        tree = tmp_path / name
        tree.mkdir()
        (tree / "pyproject.toml").write_text("[project]\nname = 'x'\n")
        for path in sorted((FIXTURES / "SPN101").glob("bad_*.py")):
            (tree / path.name).write_text(path.read_text())
        trees.append(tree)
    shown = [
        spinlint("check", "--no-cache", "--format", "json", *more, *trees, cwd=tmp_path)
        for more in ([], ["--executor", url(cluster)])
    ]
    here, there = (json.loads(each.stdout) for each in shown)
    assert [each.returncode for each in shown] == [1, 1] and [each.stderr for each in shown] == ["", ""]
    assert here == there and len(here["findings"]) >= 20


class Deadly:
    """Kills one worker as soon as some results are in, while most of the work is still to do."""

    def __init__(self, pool: Any, kill: Any) -> None:
        self.pool, self.kill, self.done = pool, kill, threading.Event()
        self.results = 0

    def submit(self, function: Any, /, *args: Any) -> Any:
        pending = self.pool.submit(function, *args)
        outer = self

        class Counted:
            def result(self) -> Any:
                outer.results += 1
                if outer.results == 5:
                    outer.kill()
                    outer.done.set()
                return pending.result()

        return Counted()


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(cluster: Any, locally: Report) -> None:
    def kill() -> None:
        os.kill(next(iter(cluster.workers.values())).process.process.pid, signal.SIGKILL)

    with fleet.fleet(url(cluster), FILES) as pool:
        deadly = Deadly(pool, kill)
        report = check(FILES, SETTINGS, pool=deadly)
    assert deadly.done.is_set() and deadly.results > 20
    assert told(report) == told(locally)


def test_a_cluster_that_goes_away_in_the_middle_loses_nothing(locally: Report) -> None:
    """What the cluster took with it is done here."""
    process = subprocess.Popen([sys.executable, "-c", ALONE], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().strip().replace("tcp://", "dask://")
    try:
        with fleet.fleet(address, FILES, patience=5.0) as pool:
            deadly = Deadly(pool, process.kill)
            some = FILES[:40]
            report = check(some, SETTINGS, pool=deadly)
    finally:
        process.kill()
        process.wait()
    assert deadly.done.is_set()
    kept = [finding for finding in locally.findings if finding.path in some]
    assert report.findings == kept and report.errors == []


ALONE = """
import time, distributed
if __name__ == "__main__":
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://",
                                       dashboard_address=":0", host="127.0.0.1", silence_logs=50)
    print(cluster.scheduler_address, flush=True)
    time.sleep(300)
"""


def test_a_job_that_kills_every_worker_is_given_back(cluster: Any) -> None:
    with fleet.fleet(url(cluster), FILES) as pool:
        assert pool is not None
        with pytest.raises(BrokenExecutor):
            pool.submit(die, 1).result()
        assert pool.submit(pid, 1).result() != os.getpid()


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize(
    "text", ["ray://host:1", "dask://host", "dask://:8786", "dask://host:port", "dask://host:99999"]
)
def test_a_bad_url_is_one_line(tmp_path: Path, text: str) -> None:
    result = spinlint("check", "--executor", text, cwd=tmp_path)
    assert result.returncode == 2
    said = f"spinlint: argument --executor: {text!r} is not dask://HOST:PORT (see `spinlint check --help`)\n"
    assert result.stderr == said


def test_no_scheduler_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    url = f"dask://127.0.0.1:{free_port()}"
    result = spinlint("check", "--executor", url, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (2, f"spinlint: {url}: no scheduler answers\n")


def entered(address: str, files: list[Path]) -> str:
    """Why this cluster cannot be used."""
    with pytest.raises(fleet.Unusable) as caught, fleet.fleet(address, files, patience=2.0):
        raise AssertionError("it was used")
    return str(caught.value)


def test_no_worker_is_said() -> None:
    with distributed.LocalCluster(
        n_workers=0, dashboard_address=":0", host="127.0.0.1", processes=True, silence_logs=50
    ) as empty:
        assert entered(url(empty), FILES) == f"{url(empty)}: the cluster has no worker"


def test_a_worker_that_does_not_see_the_files_is_named(cluster: Any) -> None:
    missing = FIXTURES / "nowhere.py"
    said = entered(url(cluster), [missing])
    assert said.startswith(f"{url(cluster)}: the worker tcp://") and f" does not see {missing};" in said


def test_a_worker_with_another_program_is_named(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "PROGRAM", "spinlint 99")
    said = entered(url(cluster), FILES)
    assert said.endswith(", here it is spinlint 99") and " has spinlint " in said


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    code = (
        "import sys; sys.modules['distributed'] = None; from lint_rules.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "check", "--executor", "dask://127.0.0.1:8786"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 2
    said = "spinlint: dask://127.0.0.1:8786: `distributed` is not installed; the extra `dask` brings it\n"
    assert result.stderr == said
