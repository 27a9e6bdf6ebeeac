"""Which files a walk takes and leaves out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lint_rules.config import Settings, load_settings
from lint_rules.files import excluded, python_files, walk


def grow(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    return folder


def taken(folder: Path, *paths: Path, force_exclude: bool = False) -> list[str]:
    found = walk(paths or (folder,), load_settings, force_exclude).files
    return [path.relative_to(folder).as_posix() for path, _ in found]


def test_python_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    grow(tmp_path, "b.py", "a.pyw", "c.txt", "d.pyi", "p/z.py", "p/y.py", "python.py/in.py")
    assert taken(tmp_path) == ["a.pyw", "b.py", "p/y.py", "p/z.py", "python.py/in.py"]


def test_defaults_are_left_out_unless_named(tmp_path: Path) -> None:
    grow(tmp_path, "a.py", ".venv/b.py", "x/build/c.py", "node_modules/d.py", ".git/e.py", "builder/f.py")
    assert taken(tmp_path) == ["a.py", "builder/f.py"]
    assert taken(tmp_path, tmp_path / ".venv") == [".venv/b.py"]
    assert taken(tmp_path, tmp_path / "x" / "build" / "c.py") == ["x/build/c.py"]
    named = [tmp_path / "x" / "build" / "c.py", tmp_path / "builder" / "f.py"]
    assert taken(tmp_path, *named) == ["x/build/c.py", "builder/f.py"]
    (tmp_path / "setup.py").touch()
    assert taken(tmp_path, *named, force_exclude=True) == ["builder/f.py"]


def test_patterns_count_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    grow(tmp_path, "gen/a.py", "x/gen/b.py", "x/a_pb2.py", "x/c.py")
    (tmp_path / "spinlint.toml").write_text("exclude = ['/gen', '*_pb2.py']\n", encoding="utf-8")
    assert taken(tmp_path) == ["x/c.py", "x/gen/b.py"]
    assert taken(tmp_path, tmp_path / "gen") == ["gen/a.py"]
    settings = load_settings(tmp_path)
    assert [excluded(tmp_path / name, settings) for name in ("gen/a.py", "x/gen/b.py", "x/a_pb2.py")] == [
        True,
        False,
        True,
    ]


def test_a_folder_below_has_its_own_settings(tmp_path: Path) -> None:
    grow(tmp_path, "a.py", "sub/a.py", "sub/b.py", "other/a.py")
    (tmp_path / "sub" / "spinlint.toml").write_text("exclude = ['a.py']\nlevel = 'certain'\n", encoding="utf-8")
    files = walk([tmp_path], load_settings).files
    found = {path.relative_to(tmp_path).as_posix(): settings for path, settings in files}
    assert sorted(found) == ["a.py", "other/a.py", "sub/b.py"]
    assert found["sub/b.py"].level > found["a.py"].level


def test_gitignore_is_honoured_from_the_root_of_the_repository(tmp_path: Path) -> None:
    grow(tmp_path, ".git/HEAD", "a.py", "out/b.py", "pkg/out/c.py", "pkg/keep_me.py", "pkg/me.py", "pkg/deep/me.py")
    (tmp_path / ".gitignore").write_text("/out\n*me.py\n", encoding="utf-8")
    (tmp_path / "pkg" / ".gitignore").write_text("!keep_me.py\n", encoding="utf-8")
    expected = ["a.py", "pkg/keep_me.py", "pkg/out/c.py"]
    assert taken(tmp_path) == expected
    assert taken(tmp_path, tmp_path / "pkg") == expected[1:]
    assert taken(tmp_path, tmp_path / "out") == ["out/b.py"]
    assert list(python_files(tmp_path, Settings(gitignore=False, folder=tmp_path))) == [
        tmp_path / name
        for name in ("a.py", "out/b.py", "pkg/keep_me.py", "pkg/me.py", "pkg/deep/me.py", "pkg/out/c.py")
    ]


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    grow(tmp_path, "real/a.py")
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "link.py").symlink_to(tmp_path / "real" / "a.py")
    (tmp_path / "folder.py").symlink_to(tmp_path / "real")
    (tmp_path / ".#a.py").symlink_to("somebody@somewhere.1234")
    os.mkfifo(tmp_path / "pipe.py")
    assert taken(tmp_path) == ["link.py", "real/a.py"]
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.py").symlink_to("self.py")
    assert taken(tmp_path) == ["gone.py", "link.py", "self.py", "real/a.py"]


def test_what_cannot_be_walked_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    problems = walk([tmp_path / "empty", tmp_path / "missing.py"], load_settings).problems
    assert [(p.path.name, p.message) for p in problems] == [
        ("empty", "this folder holds no Python file to check"),
        ("missing.py", "no such file or folder"),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may list every folder")
def test_a_folder_that_cannot_be_listed_is_said(tmp_path: Path) -> None:
    grow(tmp_path, "a.py", "secret/b.py")
    (tmp_path / "secret").chmod(0)
    try:
        found = walk([tmp_path], load_settings)
    finally:
        (tmp_path / "secret").chmod(0o700)
    assert [(p.path.name, p.message) for p in found.problems] == [("secret", "cannot be listed: Permission denied")]
    assert [path.name for path, _ in found.files] == ["a.py"]


def test_a_file_is_taken_once(tmp_path: Path) -> None:
    grow(tmp_path, "a.py")
    assert taken(tmp_path, tmp_path, tmp_path / "a.py", tmp_path) == ["a.py"]
