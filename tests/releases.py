"""Fetches releases from the package index that pip is configured with, and unpacks them; nothing is built or run.

Invariant: a file is used only if its hash is the expected one (or, for a release that nobody named before, the one
that the index gives), and no member of an archive lands outside its folder: only Python files and project files do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from unearth import Link, PackageFinder

KEPT = (".py", ".pyw", "pyproject.toml", "setup.cfg")
LARGEST = 60_000_000


class RefusedError(Exception):
    """An archive that is not what was asked for, or that would write outside its folder."""


@dataclass(frozen=True, slots=True)
class Release:
    """One file of the index. `folder` is where it is unpacked: the project's folder, as a checkout would be."""

    name: str
    version: str
    file: str
    sha256: str
    folder: Path


@lru_cache(maxsize=1)
def finder() -> PackageFinder:
    """Compatibility is ignored: what is only read may be made for any Python."""
    urls = []
    for key in ("global.index-url", "global.extra-index-url"):
        pip = [sys.executable, "-m", "pip", "config", "get", key]
        urls += subprocess.run(pip, capture_output=True, text=True, check=False).stdout.split()
    main = os.environ.get("PIP_INDEX_URL")
    remote = [url for url in ([main] if main else urls) if url.startswith("http")]
    return PackageFinder(index_urls=remote, ignore_compatibility=True)


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "spinlint" / "releases"


def known(name: str, version: str, file: str, sha256: str) -> Release:
    """The release that a table names; any other content is an error."""
    folder = cache_folder() / f"{name}-{version}-{sha256[:12]}"
    if not folder.is_dir():
        links = [p.link for p in finder().find_matches(f"{name}=={version}", True, True) if p.link.filename == file]
        if not links:
            raise RefusedError(f"the index has no file {file} of {name} {version}")
        _fetch(links[0], sha256, folder)
    return Release(name, version, file, sha256, _project(folder, file))


def newest(name: str) -> Release | None:
    """The newest final release: a wheel for all platforms, else any wheel, else the source. None: nothing to read."""
    found = list(finder().find_matches(name))
    ofnewest = [p.link for p in found if p.version == found[0].version]
    links = sorted(ofnewest, key=lambda link: (not link.is_wheel, "-none-any" not in link.filename, link.filename))
    if not links:
        return None
    link = links[0]
    sha256 = (link.hashes or {}).get("sha256", "")
    if not sha256:
        raise RefusedError(f"the index gives no hash for {link.filename}")
    folder = cache_folder() / f"{name}-{found[0].version}-{sha256[:12]}"
    if not folder.is_dir():
        _fetch(link, sha256, folder)
    return Release(name, str(found[0].version), link.filename, sha256, _project(folder, link.filename))


def _fetch(link: Link, sha256: str, folder: Path) -> None:
    """Another process may do the same at the same time: the finished folder appears at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        archive = finder().download(link, Path(name), hashes={"sha256": [sha256]})
        target = Path(name) / "unpacked"
        unpack(archive, target)
        try:
            target.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise


def _project(folder: Path, file: str) -> Path:
    """A source archive holds one folder with everything in it; a wheel holds its packages directly."""
    return folder if file.endswith(".whl") else next(folder.iterdir())


def unpack(archive: Path, target: Path) -> None:
    """Only plain files that this project reads; a path that leaves the folder is refused."""
    target.mkdir(parents=True)
    for name, content in _members(archive):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
            raise RefusedError(f"{archive.name} holds a path that leaves its folder: {name!r}")
        if path.name.endswith(KEPT):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(content)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the plain files; links and devices are left out, and so is what is too big to be code."""
    if archive.name.endswith((".whl", ".zip")):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                if not info.is_dir() and info.file_size <= LARGEST:
                    yield info.filename, packed.read(info) if info.filename.endswith(KEPT) else b""
        return
    with tarfile.open(archive) as unpacked:
        for member in unpacked:
            if member.isfile() and member.size <= LARGEST:
                stream = unpacked.extractfile(member) if member.name.endswith(KEPT) else None
                yield member.name, stream.read() if stream is not None else b""
