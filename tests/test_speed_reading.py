"""What is fast because it is done by hand gives what the slow way gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import libcst as cst
import pytest

from lint_rules import cache, memory, scan
from lint_rules.index import ModuleInfo
from lint_rules.indexer import index
from lint_rules.interface import interface, named, outermost
from lint_rules.parse import Unparseable, check_syntax, parse_index
from lint_rules.project import Project
from lint_rules.source import Undecodable, decode
from lint_rules.syntax import functions_of, lowered, visit
from surfaces import FIXTURES, ROOT

FILES = sorted([*FIXTURES.rglob("*.py"), *(ROOT / "lint_rules").rglob("*.py"), *(ROOT / "tests").glob("*.py")])


class Entered(cst.CSTVisitor):
    def __init__(self) -> None:
        self.names: list[cst.CSTNode] = []

    def visit_Name(self, node: cst.Name) -> None:
        self.names.append(node)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.names.append(node)

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        self.names.append(node)
        return False

    def visit_Call(self, node: cst.Call) -> None:
        self.names.append(node)

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        self.names.append(node)


def modules() -> list[cst.Module]:
    found = []
    for path in FILES:
        try:
            found.append(cst.parse_module(path.read_bytes()))
        except cst.ParserSyntaxError:
            continue
    return found


def test_visiting_enters_the_same_nodes_in_the_same_order() -> None:
    seen = 0
    for module in modules():
        ours, theirs = Entered(), Entered()
        visit(module, ours)
        module.visit(theirs)
        assert [*map(id, ours.names)] == [*map(id, theirs.names)]
        assert [*map(id, functions_of(module))] == [id(n) for n in theirs.names if isinstance(n, cst.FunctionDef)]
        seen += len(ours.names)
    assert seen > 50_000


def test_a_visitor_that_leaves_is_refused() -> None:
    class Leaving(cst.CSTVisitor):
        def leave_Name(self, original_node: cst.Name) -> None:
            pass

    with pytest.raises(AssertionError):
        visit(cst.parse_module("a"), Leaving())


HEADER = re.compile(rb"^[ \t]*class[ \t]+(\w+)[^(\n:]*\(([^)]*)\)", re.MULTILINE)
WRITE = re.compile(rb"(\w+)\.([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?(=(?!=)|[-+*/|&]=)[ \t]*([^\n#]*)")


def test_a_scan_is_what_plain_patterns_find() -> None:
    headers = writes = 0
    for path in FILES:
        data = path.read_bytes()
        found = scan.scan(data)
        plain = [
            (base.rsplit(b".", 1)[-1].decode(), name.decode())
            for name, bases in HEADER.findall(data)
            for base in re.findall(rb"[\w.]+", bases)
        ]
        assert list(found.headers) == plain
        assert set(found.writes) == {a.decode() for who, a, _, _ in WRITE.findall(data) if who not in scan.ME}
        headers += len(plain)
        writes += len(found.writes)
    assert headers > 100 and writes > 100


SCANNED = b"""
class A(b.Base, metaclass=Meta): pass
self.own = 1
other.flag = True
other.flag = compute()
x.y.deep += 1
f().unseen = 2
a.b == c.d
w.wake.clear()
self.done.set()
'class Not(Base)'
"""


def test_a_scan() -> None:
    found = scan.scan(SCANNED)
    assert found.headers == (("Base", "A"), ("metaclass", "A"), ("Meta", "A"))
    assert found.writes == {"flag": (True, ...), "deep": (...,)}
    assert found.called == {"clear": ("wake",), "set": ("done",)}
    assert found.assigned == {"own", "flag", "unseen"}


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    """Every index of this project and every scan, written to a file and read from it."""
    store = cache.open_cache(tmp_path, "context")
    assert store is not None
    kept = {}
    for path in FILES:
        try:
            text = decode(path, path.read_bytes())
            kept[str(path)] = index(text, path.stem, False)
        except (Undecodable, Unparseable):
            continue
        store.put("module", str(path), "key", kept[str(path)])
    known = memory.Known({"a": (1, "wrong")}, {"b": scan.scan(SCANNED)})
    store.put("files", "", "", known)
    store.close()
    again = cache.open_cache(tmp_path, "context")
    assert again is not None
    assert again.get("files", "", "") == known
    assert again.get("module", str(FILES[0]), "another key") is None
    for name, module in kept.items():
        found = again.get("module", name, "key")
        assert isinstance(found, ModuleInfo)
        assert interface(found) == interface(module)
        assert named(found, "") == named(module, "")
        assert outermost(found) == outermost(module)
        assert found.late.waiting.keys() == module.late.waiting.keys()
    again.close()
    other = cache.open_cache(tmp_path, "another context")
    assert other is not None and other.get("files", "", "") is None
    other.close()


@pytest.mark.parametrize(
    "text", [".flag = ", ".unseen = ", ".none = ", "wake.clear(", "ake.clear(", "one.set(", "x.set(", "print("]
)
def test_whether_a_text_occurs(tmp_path: Path, text: str) -> None:
    """Known from the scan or searched for: the answer is that of a search."""
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "code.py").write_bytes(SCANNED)
    assert Project(tmp_path).calls(text) == (text.encode() in SCANNED)


def test_a_name_that_two_files_share_is_always_the_same_file(tmp_path: Path) -> None:
    """Whichever of them is looked at first."""
    for folder in ("a", "b"):
        (tmp_path / folder / "pkg").mkdir(parents=True)
        (tmp_path / folder / "pkg" / "__init__.py").write_text("")
        (tmp_path / folder / "pkg" / "mod.py").write_text(f"HERE = {folder!r}\n")
    paths = [tmp_path / folder / "pkg" / "mod.py" for folder in ("a", "b")]
    names = []
    for order in (paths, paths[::-1]):
        project = Project(tmp_path)
        found = {path: project.module(path) for path in order}
        names.append({path: module.name for path, module in found.items() if module is not None})
    assert names[0] == names[1]
    assert len(set(names[0].values())) == 2


@pytest.mark.parametrize(
    "text",
    [
        "class A[\n    T,\n    U,\n](\n    Base,  # of what\n    option=1,\n):\n    x: T\n",
        "class A[\n    T\n]:\n    pass\n",
        "class A[T](Base):\n    async def f[\n        T\n    ](self) -> None: ...\n",
    ],
)
def test_syntax_of_newer_pythons_is_lowered_line_by_line(text: str) -> None:
    plain = lowered(f"{text}last = 1\n")
    assert plain is not None
    assert ast.parse(plain).body[-1].lineno == text.count("\n") + 1
    assert "[" not in plain.split("def")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_whether_a_file_is_python_is_told_alike(path: Path) -> None:
    try:
        text = decode(path, path.read_bytes()).text
    except Undecodable:
        return
    for part in (text, text[: len(text) // 2], text + "\n)"):
        assert _trouble(check_syntax, part) == _trouble(parse_index, part)


def _trouble(read: Callable[[str], object], text: str) -> tuple[int, str] | None:
    try:
        read(text)
    except Unparseable as exc:
        return exc.line, exc.message
    return None
