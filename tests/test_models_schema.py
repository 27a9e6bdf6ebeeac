"""A wrong model file is refused, with the file, the entry and the closest valid key; our own files are right."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pytest

from lint_rules.models.check import problems, ranges_meet
from lint_rules.models.guards import exclusive, parse_guard
from lint_rules.models.load import ModelError, built_in_models, load_models, read_models
from lint_rules.models.lookup import canonical
from lint_rules.models.schema import Models

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

READ = {"name": "pkg.Socket.read", "when": ["closed"], "returns": "b''"}
SOCKET = {"pkg.Socket": {"attributes": {"closed": "closed"}}}

LOOP_READ = "asyncio.AbstractEventLoop.sock_recv"


def our_files() -> dict[str, Mapping[str, object]]:
    folder = files("lint_rules.models") / "data"
    return {file.name: tomllib.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir()}


def test_our_models_contradict_nothing() -> None:
    models = load_models()
    assert [str(problem) for problem in problems(models, models)] == []


def test_no_name_is_said_twice() -> None:
    """Two files that speak of one callable, or a name and its alias, would hide each other's rows."""
    models = load_models()
    said: Counter[tuple[str, str]] = Counter()
    for file, data in our_files().items():
        one = read_models(data, file)
        said.update({("type", canonical(models, name)) for name in one.types})
        said.update(("function", canonical(models, name)) for name in one.functions)
        said.update(("exception", canonical(models, name)) for name in one.exceptions)
        said.update((form, canonical(models, name)) for name, form in one.rows)
    assert [key for key, times in said.items() if times > 1] == []


def test_every_row_says_where_it_is_from() -> None:
    unsourced = [row.name for found in load_models().rows.values() for row in found if not row.source]
    blocking = {name for data in our_files().values() for name in data.get("plain", {}).get("block", ())}  # type: ignore[attr-defined]
    assert set(unsourced) - blocking == set()


def test_bases_of_exceptions_are_known() -> None:
    models = load_models()
    unknown = [base for bases in models.exceptions.values() for base in bases if base not in models.exceptions]
    assert unknown == []


def test_the_page_lists_every_library_and_version() -> None:
    page = Path(__file__).parent.parent.joinpath("docs", "models.md").read_text(encoding="utf-8")
    lines = {f"| {name} | {', '.join(versions)} |" for name, versions in load_models().measured.items() if versions}
    assert lines - set(page.splitlines()) == set()


def test_the_pages_examples_are_accepted() -> None:
    page = Path(__file__).parent.parent.joinpath("docs", "models.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(examples) >= 2
    for example in examples:
        load_models(tomllib.loads(example)["tool"]["spinlint"]["models"])


def test_loading_is_fast() -> None:
    spent = []
    for _ in range(5):
        built_in_models.cache_clear()
        start = time.process_time()
        load_models()
        spent.append(time.process_time() - start)
    print(f"library models load in {min(spent) * 1000:.0f} ms")
    assert min(spent) < 0.25, "far above what a start can bear; it was 30 ms when this was written"


def test_the_built_in_models_are_read_once() -> None:
    assert load_models() is load_models()


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ({"types": {"pkg.T": {"basis": []}}}, "types, pkg.T: unknown key 'basis'; did you mean 'bases'?"),
        ({"types": {"pkg.T": {"truth": "alway"}}}, "truth = 'alway' is not one of .*did you mean 'always'"),
        ({"types": {"pkg.T": {"bases": ["asyncio.Queu"]}}}, "base 'asyncio.Queu' is no type.*did you mean"),
        ({"types": {"pkg.T": {"names": [1]}}}, "names must be a list of strings"),
        ({"types": {"pkg.T": []}}, "pkg.T must be a table"),
        ({"types": []}, "types must be a table"),
        ({"functions": {"pkg.f": {"combinator": "waitfor"}}}, "combinator = 'waitfor'.*did you mean 'wait_for'"),
        ({"functions": {"pkg.f": {"answer": "clok"}}}, "answer = 'clok'.*did you mean 'clock'"),
        ({"functions": {"pkg.f": {"pure": "yes"}}}, "pure must be true or false"),
        ({"functions": {"pkg.f": {"defaults": {"n": "1"}}}}, "default of 'n', which is no parameter"),
        ({"functions": {"pkg.f": {"returns": 1}}}, "returns must be a string"),
        ({"rows": [{"when": []}]}, "rows number 1: a row needs a name"),
        ({"rows": "pkg.f"}, "rows must be a list of tables"),
        ({"rows": [{"name": "pkg.f", "wen": []}]}, "rows pkg.f: unknown key 'wen'; did you mean 'when'?"),
        ({"rows": [{"name": "pkg.f", "form": "awiat"}]}, "form = 'awiat'.*did you mean 'await'"),
        ({"rows": [{"name": "pkg.f", "suspends": "nome"}]}, "suspends = 'nome'.*did you mean 'none'"),
        ({"rows": [{"name": "pkg.f", "suspends": {"3": "none"}}]}, "'3' is no Python version"),
        ({"rows": [{"name": "pkg.f", "suspends": {"3.12": "no"}}]}, "3.12 = 'no'.*did you mean 'none'"),
        ({"rows": [{"name": "pkg.f", "suspends": {}}]}, "suspends holds for no version of Python"),
        ({"rows": [{"name": "pkg.f", "label": "ends"}]}, "label = 'ends'.*did you mean 'end'"),
        ({"rows": [{"name": "pkg.f", "raises": "OSError", "returns": "1"}]}, "both raises and returns"),
        ({"rows": [{"name": "pkg.f", "ends": True}]}, "ends is for the form 'async for'"),
        ({"rows": [{"name": "pkg.f", "versions": "three"}]}, "bad version range 'three'"),
        ({"rows": [{"name": "pkg.f", "when": ["n > "]}]}, "bad guard 'n > '"),
        ({"rows": [{"name": "pkg.f", "when": ["n>0"]}]}, "pkg.f has no parameter 'n'"),
        ({"rows": [{"name": "asyncio.sleep", "when": ["dely>0"]}]}, "no parameter 'dely'; did you mean 'delay'"),
        ({"rows": [{"name": "asyncio.Queue.put", "when": ["item silent"]}]}, "'item silent' is for combinators"),
        ({"rows": [{"name": "asyncio.Event.wait", "when": ["sett"]}]}, "unknown state 'sett'; did you mean 'set'"),
        ({"rows": [{"name": "asyncio.Event.wait", "sets": ["sett"]}]}, "unknown state 'sett'"),
        ({"rows": [{"name": "asyncio.Event.wait", "returns": "state:sett"}]}, "unknown state 'sett'"),
        ({"functions": {"pkg.f": {"given": {"s": "T"}}}}, "given of 's', which is no parameter"),
        ({"rows": [{"name": "asyncio.sleep", "when": ["delay.closed"]}]}, "`given` of asyncio.sleep names no type for"),
        ({"rows": [{"name": LOOP_READ, "when": ["sock.clsed"]}]}, "unknown state 'clsed'; did you mean 'closed'"),
        ({"rows": [{"name": "pkg.f", "when": ["a", "!a"]}]}, "unreachable: its guards exclude each other"),
        ({"rows": [{"name": "pkg.f"}, {"name": "pkg.f", "when": ["a"]}]}, "overlaps with the row"),
        ({"types": SOCKET, "rows": [READ, {**READ, "versions": ">=2"}]}, "overlaps with the row"),
        ({"plain": {"pur": []}}, "plain: unknown key 'pur'; did you mean 'pure'"),
        ({"enums": {"pkg.E": {"A": 1.5}}}, "member 'A' must be an integer or a string"),
        ({"row": []}, "'row': no key of a model file; did you mean 'rows'?"),
        ({"pkg.f": "silnt"}, "'pkg.f': 'silnt' is none of .*did you mean 'silent'"),
        ({"pkg.f": "raises"}, "raises needs a name"),
        ({"pkg.f": "silent when n >"}, "bad guard 'n >'"),
        ({"pkg.f": "delay when closed"}, "a delay takes no guard"),
        ({"pkg.f": 1}, "pkg.f must be a string"),
    ],
    ids=str,
)
def test_wrong_models_are_refused(user: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message) as raised:
        load_models(user)
    assert str(raised.value).startswith("[tool.spinlint.models]: ")


def test_a_wrong_file_is_named() -> None:
    with pytest.raises(
        ModelError, match=re.escape("own.toml: top level: unknown key 'libary'; did you mean 'library'?")
    ):
        read_models({"libary": "x"}, "own.toml")


def test_rows_of_disjoint_versions_do_not_overlap() -> None:
    rows = [{**READ, "versions": "<2"}, {**READ, "versions": ">=2"}]
    models = load_models({"types": SOCKET, "rows": rows})
    assert len(models.rows["pkg.Socket.read", "await"]) == 2


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        ("", "<2", True),
        ("<2", ">=2", False),
        ("<=2", ">=2", True),
        (">=1,<2", ">=2,<3", False),
        (">=1.5", "<1.6", True),
        ("<4.7,>=4.4", ">=4.7", False),
        ("==1.2.3", "==1.2.4", False),
        ("!=2", "==2", False),
        (">1", "<2", True),
    ],
)
def test_version_ranges(first: str, second: str, meet: bool) -> None:
    assert ranges_meet(first, second) is meet
    assert ranges_meet(second, first) is meet


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        (["closed"], ["!closed"], True),
        (["closed"], ["closed"], False),
        (["closed"], ["!open"], False),
        (["closed", "clean"], ["!clean"], True),
        (["n<=0"], ["n>0"], True),
        (["n<=0"], ["m>0"], False),
        (["n is None"], ["n>0"], True),
        (["n is not None"], ["n>0"], False),
        (["n falsy"], ["n truthy"], True),
        (["n falsy"], ["n<=0"], False),
        (["n truthy"], ["n<=0"], False),
        ([], ["closed"], False),
    ],
)
def test_exclusive_guards(first: list[str], second: list[str], apart: bool) -> None:
    assert exclusive(first, second) is apart
    assert exclusive(second, first) is apart


@pytest.mark.parametrize("text", ["", "a b", "n>", "n>=0", "!n>0", "n is nothing", "3"])
def test_what_is_no_guard(text: str) -> None:
    assert parse_guard(text) is None


def test_a_name_list_and_a_form_list_are_spelt_out() -> None:
    data = {"rows": [{"name": ["pkg.a", "pkg.b"], "form": ["await", "async with"], "source": "s"}]}
    assert set(read_models(data, "x.toml").rows) == {
        ("pkg.a", "await"),
        ("pkg.a", "async with"),
        ("pkg.b", "await"),
        ("pkg.b", "async with"),
    }


def test_a_files_versions_are_those_of_its_rows() -> None:
    data = {"versions": ">=3", "rows": [{"name": "pkg.a"}, {"name": "pkg.b", "versions": "<2"}]}
    rows: Models = read_models(data, "x.toml")
    assert [row.versions for found in rows.rows.values() for row in found] == [">=3", "<2"]
