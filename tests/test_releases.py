"""What a hostile archive may try: paths that leave the folder, links, and another content than the one asked for."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from unearth.errors import HashMismatchError

import releases
from releases import RefusedError, known, unpack


def packed(path: Path, name: str, content: bytes = b"x = 1\n") -> Path:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr(name, content)
        return path
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("archive", ["a-1-py3-none-any.whl", "a-1.tar.gz"])
@pytest.mark.parametrize("name", ["../evil.py", "a/../../evil.py", "/evil.py", "C:/evil.py", "a\\..\\..\\evil.py"])
def test_a_path_that_leaves_its_folder_is_refused(tmp_path: Path, archive: str, name: str) -> None:
    with pytest.raises(RefusedError, match="leaves its folder"):
        unpack(packed(tmp_path / archive, name), tmp_path / "inner" / "target")
    assert not list(tmp_path.rglob("evil.py"))


@pytest.mark.parametrize("archive", ["a-1-py3-none-any.whl", "a-1.tar.gz"])
def test_only_what_is_read_is_written(tmp_path: Path, archive: str) -> None:
    unpack(packed(tmp_path / archive, "a/b.py"), tmp_path / "code")
    assert (tmp_path / "code/a/b.py").read_bytes() == b"x = 1\n"
    unpack(packed(tmp_path / archive, "a/b.so"), tmp_path / "binary")
    assert not [path for path in (tmp_path / "binary").rglob("*") if path.is_file()]


def test_links_are_left_out(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a-1.tar.gz", "w:gz") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            link = tarfile.TarInfo("link.py")
            link.type, link.linkname = kind, "/etc/hostname"
            archive.addfile(link)
    unpack(tmp_path / "a-1.tar.gz", tmp_path / "target")
    assert not list((tmp_path / "target").iterdir())


def test_a_file_is_taken_only_with_the_expected_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is a folder here; the same client checks."""
    index = tmp_path / "index"
    index.mkdir()
    wheel = packed(index / "a-1-py3-none-any.whl", "a/b.py")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    from unearth import PackageFinder

    local = PackageFinder(find_links=[str(index)], ignore_compatibility=True)
    monkeypatch.setattr(releases, "finder", lambda: local)
    with pytest.raises(HashMismatchError):
        known("a", "1", wheel.name, "0" * 64)
    assert not list((tmp_path / "cache").rglob("*.py"))
    folder = known("a", "1", wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest()).folder
    assert (folder / "a/b.py").is_file()
    with pytest.raises(RefusedError, match="has no file"):
        known("a", "1", "a-1.tar.gz", "0" * 64)
