"""An index of which functions are parsed when they are asked for answers as one that was made whole."""

from __future__ import annotations

import ast
import random
import sysconfig
from functools import partial
from pathlib import Path

import pytest

from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.indexer import build_index, build_piece, index
from lint_rules.interface import assigned, defined, named, outermost
from lint_rules.late import targets
from lint_rules.outline import pieces
from lint_rules.parse import Unparseable, parse_index
from lint_rules.source import Text, Undecodable, decode
from surfaces import FIXTURES, ROOT

OWN = [*FIXTURES.rglob("*.py"), *(ROOT / "lint_rules").rglob("*.py"), *(ROOT / "tests").glob("*.py")]
LIBRARY = Path(sysconfig.get_path("stdlib"))
BODY = "".join(f"    line{n} = {n}\n" for n in range(8))
IMPORTS = "    from . import (\n        c,\n        d as e,\n    )\n"
METHOD = "    def {0}(self):\n" + "".join(f"        self.{{0}}{n} = {n}\n" for n in range(8))


def text_of(code: str) -> Text:
    return Text(Path("m.py"), code, tuple(code.split("\n")))


def late(text: Text, asked: list[tuple[str, str]] | None = None) -> ModuleInfo:
    module = index(text, "m", False)
    told = [] if asked is None else asked
    module.late.attach(lambda: text.lines, partial(build_piece, module), lambda *what: told.append(what))
    return module


def whole(text: Text) -> ModuleInfo:
    return build_index(parse_index(text.text), "m", False, text.lines)


def function(fn: FunctionInfo) -> dict[str, object]:
    found = {name: getattr(fn, name) for name in fn.__slots__}
    found["parent"] = fn.parent and fn.parent.qualname
    found["nested"] = {name: function(each) for name, each in fn.nested.items()}
    return found


def cls(info: ClassInfo) -> tuple[object, ...]:
    methods = [(name, function(fn)) for name, fn in info.methods.items()]
    inner = [(name, cls(each)) for name, each in info.classes.items()]
    rest = (info.qualname, info.line, info.bases, info.decorators, info.abstract, list(info.annotations.items()))
    return (*rest, methods, list(info.attrs.items()), inner)


def shown(module: ModuleInfo) -> tuple[object, ...]:
    functions = [(name, function(fn)) for name, fn in module.functions.items()]
    classes = [(name, cls(each)) for name, each in module.classes.items()]
    listed = [function(fn) for fn in module.all_functions], [function(fn) for fn in module.looping]
    names = (list(module.imports.items()), module.stars, list(module.assigns.items()), module.global_writes)
    lines = [(name, first) for name, (first, _) in outermost(module).items()]
    return (module.name, *names, list(module.annotations.items()), functions, classes, listed, lines)


def same(text: Text, order: random.Random) -> bool:
    """Whether both answer alike; True, too, where both say that it is no Python, the one when that is asked for."""
    try:
        expected = whole(text)
    except (Unparseable, RecursionError) as exc:
        with pytest.raises(type(exc)):
            shown(late(text))
        return True
    asks = [(defined, name) for name in expected.functions]
    for name, info in expected.classes.items():
        asks += [(defined, f"{name}.{each}") for each in info.methods]
        asks += [(assigned, f"{name}.{each}") for each in info.attrs]
    order.shuffle(asks)
    module = late(text)
    answers = all(ask(module, name) == ask(expected, name) for ask, name in asks)
    return answers and shown(module) == shown(expected) == shown(late(text))


@pytest.mark.parametrize("path", sorted(OWN), ids=lambda path: path.name)
def test_of_our_own_files(path: Path) -> None:
    try:
        assert same(decode(path, path.read_bytes()), random.Random(1))
    except Undecodable:
        return


@pytest.mark.parametrize("folder", [".", "asyncio", "email", "unittest", "logging", "json", "importlib"])
def test_of_the_standard_library(folder: str) -> None:
    for path in sorted((LIBRARY / folder).glob("*.py"))[:20]:
        try:
            text = decode(path, path.read_bytes())
        except Undecodable:
            continue
        assert same(text, random.Random(2)), path


def test_what_waits_is_not_parsed() -> None:
    text = text_of(f"x = 1\n\n\ndef one():\n{BODY}\n\n@mark\n@mark(\n    2,\n)\ndef two():\n{BODY}")
    module = late(text)
    assert [piece.name for piece, _ in module.late.waiting.values()] == ["one", "two"]
    assert module.parsed == []
    assert list(module.functions) == ["one", "two"]
    assert module.functions["two"].first == text.lines.index("@mark") + 1
    assert [fn.name for fn in module.parsed] == ["two"]


def test_who_asks_is_told_on() -> None:
    asked: list[tuple[str, str]] = []
    code = "class A:\n" + METHOD.format("one") + "\n" + METHOD.format("two")
    module = late(text_of(code), asked)
    info = module.classes["A"]
    assert asked == [("named", "A")]
    assert "one3" in info.attrs and "other" not in info.attrs
    assert asked[1:] == [("assigned", "A.one3"), ("assigned", "A.other")]
    assert [fn.name for fn in module.parsed] == ["one"]
    assert info.methods["two"].name == "two" and "three" not in info.methods
    assert asked[3:] == [("defined", "A.two"), ("named", "A.two"), ("named", "A.three")]


@pytest.mark.parametrize(
    ("about", "changed"),
    [
        ("x", "import y as x"),
        ("x", "x = 2"),
        ("x", "x: int = 1"),
        ("x", "def x(): pass"),
        ("x", "class x: pass"),
        ("x", "def other():\n    global x"),
        ("A", "class A(B):\n    def one(self, a): pass"),
        ("A", "class A:\n    y: int"),
        ("A.one", "class A:\n    def one(self, a, b): pass"),
        ("A.one", "class A:\n    pass"),
        ("A.", "class A:\n    def two(self): pass"),
    ],
)
def test_what_a_name_stands_for(about: str, changed: str) -> None:
    """Its answer, and that for all names, changes with it; what another name stands for leaves it alone."""
    before = late(text_of("x = 1\n\n\nclass A:\n    def one(self, a): pass\n"))
    with_more = late(text_of("x = 1\n\n\nclass A:\n    def one(self, a): pass\n\n\ny = 2\n"))
    after = late(text_of(f"x = 1\n\n\nclass A:\n    def one(self, a): pass\n\n\n{changed}\n"))
    assert named(before, about) == named(with_more, about) != named(after, about)
    assert len({named(module, "") for module in (before, with_more)}) == 2


HOSTILE = {
    "a function in a string": f'x = """\ndef one():\n{BODY}"""\n\n\ndef two():\n{BODY}',
    "a method in a string": 'class A:\n    """\n' + METHOD.format("one") + '    """\n\n' + METHOD.format("two"),
    "quotes in a remark": f'def one():\n{BODY}    # """\nx = 1\ny = """a"""\n\n\ndef two():\n{BODY}',
    "quotes in a string": f'def one():\n{BODY}    a = \'"""\'\n\n\ndef two():\n{BODY}    b = \'"""\'\n',
    "an escaped quote": f'def one():\n    """a \\""" b\ndef no():\n    """\n{BODY}\n\ndef two():\n{BODY}',
    "brackets at the margin": f"def one():\n{BODY}    x = [\n1, 2\n]\n\n\ndef two():\n{BODY}",
    "a backslash": f"def one():\n{BODY}    x = 1 + \\\ny\nz = 2\n\n\ndef two():\n{BODY}",
    "a string with a backslash": f"def one():\n{BODY}    x = 'a\\\ndef three(): \\\n'\n\n\ndef two():\n{BODY}",
    "twice": f"def one():\n{BODY}\n\ndef one(a):\n{BODY}\n\nif x:\n    def two():\n        pass\ndef two():\n{BODY}",
    "a property": "class A:\n    @property\n" + METHOD.format("x") + "    @x.setter\n" + METHOD.format("x"),
    "an inherited property": "class A(B):\n    @B.x.setter\n" + METHOD.format("x"),
    "abstract": "class A:\n    @abstractmethod\n" + METHOD.format("x"),
    "global": f"def one():\n    global a\n    a = 1\n{BODY}",
    "a class inside": f"def one():\n    class A:\n        x = 1\n{BODY}",
    "imports inside": f"def one():\n    import a.b\n{IMPORTS}    if x: import f\n{BODY}",
    "imports alone": f"def one():\n{IMPORTS}    import a, b as c\n{BODY}",
    "a type": "class A:\n" + METHOD.format("one") + "        self.x: int = 1\n\n    x: str\n",
    "two spaces": "class A:\n  def a(self):\n    def b():\n"
    + BODY.replace("    ", "      ")
    + "  def c(self):\n    pass\n",
    "a class on one line": f"class A: x = 1\ndef one():\n{BODY}",
    "no function ends": f"def one():\n{BODY}    x = (\n",
    "a string does not end": f'def one():\n{BODY}    x = """\n',
    "no Python in a function": f"def one():\n{BODY}    x = = 1\n\n\ndef two():\n{BODY}",
    "no Python between": f"def one():\n{BODY}\nx = = 1\n\n\ndef two():\n{BODY}",
    "an empty branch": f"if x:\ndef one():\n{BODY}",
    "a decorator of nothing": f"def one():\n{BODY}\n@mark\nx = 1\n",
    "tabs": f"def one():\n{BODY}".replace("    ", "\t"),
    "global on a line": f"def one():\n    if x: global a\n    a = 1\n{BODY}\n\ndef two():\n    b = 2;global c\n{BODY}",
    **{
        f"a loop over {over}": f"async def one():\n    for a in {over}:\n        pass\n{BODY}\n\ndef two():\n{BODY}"
        for over in (
            "b()",
            "b.items()",
            "b[0]",
            "b['('].items()",
            "(\n        c()\n    )",
            "[\n        *c()\n    ]",
            "list(b).c()",
            "list('(').c(')')",
            "b or list(c)",
            "c(list(b))",
            "(list(b))",
            "c(\n        list(b)\n    )",
            "range(2) if b else c()",
            "[c(\n    )][0]",
            "c('list():'\n)",
        )
    },
    "a for within brackets": f"async def one():\n    x = [\n        a\n        for a in b[0]\n    ]\n{BODY}",
    "a loop": f"async def one():\n    for a in b:\n        pass\n{BODY}\n\ndef two():\n{BODY}",
    "deep": f"def one():\n    x = {'-' * 5000}1\n{BODY}",
    "names": f"def o\ufb01():\n{BODY}",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE.keys())
def test_of_hostile_texts(code: str) -> None:
    text = text_of(code)
    assert all(same(text, random.Random(seed)) for seed in range(3))
    for cut in range(3, len(code), 29):
        assert same(text_of(code[:cut]), random.Random(cut))


def test_pieces_are_functions() -> None:
    for path in OWN:
        try:
            text = decode(path, path.read_bytes())
        except Undecodable:
            continue
        for piece in pieces(text.text, text.lines):
            lines = text.lines[piece.first - 1 : piece.last]
            [node] = ast.parse("\n".join(["if 1:", *lines] if piece.cls else lines)).body
            [fn] = node.body if isinstance(node, ast.If) else [node]
            assert isinstance(fn, (ast.FunctionDef, ast.AsyncFunctionDef)) and fn.name == piece.name


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("self.a = 1", "a"),
        ("self.a += self.b", "a"),
        ("self.a, (self.b, [self.c]), *self.d = x", "a b c d"),
        ("for self.a in x: pass", "a"),
        ("with x as self.a, y as (self.b): pass", "a b"),
        ("del self.a, self.b", "a b"),
        ("(self.a  # why\n) = 1", "a"),
        ("self.a = self.b = 1", "a b"),
        ("return self.a.b(self.c == 1)", ""),
    ],
)
def test_targets(code: str, expected: str) -> None:
    assert targets(code) >= set(expected.split())
    assert not expected or targets(code) <= {*expected.split(), "x"}
