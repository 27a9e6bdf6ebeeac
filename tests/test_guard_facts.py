"""What follows from a guard besides itself: what is soft, what may be None, what one state says of another.

Everything is asked inside the tests, never while this module is read, so that whatever is broken shows in a test.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from guards import INF, RED, TABLE, N, World, X, Y, Z, after, of
from lint_rules.comparisons import compare, negate
from lint_rules.conditions import assume, implies_dom, is_none, truth
from lint_rules.domains import compatible
from lint_rules.flow import values
from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import NONE, Value, add, attr, const, fresh, make, op, tup


@pytest.fixture(autouse=True)
def same_values() -> None:
    """Equal values are one object until an analysis forgets them all: bring back those that the tests share."""
    values._table.update(TABLE)


# --- what is soft


@pytest.mark.parametrize("want", [True, False])
@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize(
    "ask",
    [
        lambda: X,
        lambda: negate(X),
        lambda: compare("is", X, NONE),
        lambda: compare("==", X, const("a")),
        lambda: compare("is", X, RED),
        lambda: compare("==", X, Y),
        lambda: compare("is", X, Y),
        lambda: compare("==", add(X, const(1)), Y),
        lambda: compare("<", X, const(1)),
        lambda: compare(">=", X, Y),
        lambda: compare("in", X, of("a", "b")),
        lambda: add(X, const(1)),
        lambda: op("copy", X),
        lambda: op("state", "closed", X),
    ],
)
def test_all_of_a_fact_is_soft_or_none_of_it(ask: Callable[[], Value], soft: bool, want: bool) -> None:
    st = State(World())
    assert assume(st, ask(), want, soft)
    facts = {*st.truth, *(op("dom", k) for k in st.dom)}
    assert facts and st.soft == (facts if soft else set())
    assert assume(st.copy(), ask(), want) and not assume(st.copy(), ask(), not want)


@pytest.mark.parametrize("soft", [True, False])
def test_an_object_that_is_none_is_so_softly_or_not(soft: bool) -> None:
    for want in (True, False):
        st = State(World("object"))
        assert assume(st, X, want, soft)
        assert st.truth == {op("none", X): not want} and st.soft == ({op("none", X)} if soft else set())


@pytest.mark.parametrize("soft", [True, False])
def test_what_follows_from_a_fact_is_soft(soft: bool) -> None:
    def check(v: Value, want: bool, follows: dict[Value, bool]) -> None:
        st = State(World())
        assert assume(st, v, want, soft)
        assert st.truth == {v: want, **follows}
        assert st.soft == ({v} if soft else set()) | set(follows)

    check(op("bitor", X, Y), False, {X: False, Y: False})
    check(op("bitor", X, Y), True, {})
    check(op("builtin", "any", X), True, {X: True})
    check(op("builtin", "all", X), False, {X: True})
    check(op("builtin", "any", X), False, {})
    check(op("builtin", "all", X), True, {})
    check(op("builtin", "sum", X), True, {})
    check(op("isinstance", X, Y), True, {op("none", X): False})
    check(op("isinstance", X, Y), False, {})
    check(op("method", "get", X, Y), True, {X: True, make("item", X, Y): True})
    check(op("method", "get", X, Y), False, {})
    check(op("method", "pop", X, Y), True, {})
    check(op("none", op("method", "get", X, Y)), False, {X: True})
    check(op("none", op("method", "get", X, Y)), True, {})
    check(op("method", "get", X, Y, Z), True, {})
    check(op("in", X, Y), True, {Y: True})
    check(op("in", X, Y), False, {})
    check(op("in", X, attr(Y, "a")), True, {attr(Y, "a"): True})
    for table in (attr(X, "a"), make("item", X, Y), make("killed", X, Y), fresh("env")):
        check(op("method", "get", table, Y), True, {table: True, make("item", table, Y): True})
        check(op("none", op("method", "get", table, Y)), False, {table: True})
    check(op("method", "get", make("libcall", "lib.f"), Y), True, {})


def test_a_length_that_is_not_nought_says_that_something_is_there() -> None:
    st = State(World())
    assert assume(st, compare(">", N, const(0)), True)
    assert st.truth == {X: True} and st.soft == {X}
    st = after((X, False))
    assert truth(st, N) is False and not assume(st, compare(">", N, const(0)), True)
    st = after((X, True))
    assert not assume(st.copy(), compare("==", N, const(0)), True)
    assert not assume(st.copy(), compare("<", N, const(1)), True)
    assert assume(st, compare("<", N, const(2)), True)


def test_a_decision_makes_a_soft_bound_hard_and_nothing_makes_it_soft_again() -> None:
    st = State(World())
    assert assume(st, compare(">", X, const(0)), True, soft=True) and op("dom", X) in st.soft
    assert assume(st, compare(">", X, const(1)), True, soft=True) and op("dom", X) in st.soft
    assert assume(st, compare(">", X, const(2)), True) and st.soft == frozenset()
    assert assume(st, compare(">", X, const(3)), True, soft=True) and st.soft == frozenset()


# --- what is none


def test_the_world_is_asked_of_the_value_itself() -> None:
    class Sized(World):
        def truth_kind(self, v: Value) -> str:
            return "sized" if v is X else "always" if v is Y else "unknown"

    st = State(Sized())
    assert [is_none(st, v) for v in (X, Y, Z)] == [False, False, None]
    assert [truth(st, v) for v in (X, Y, Z)] == [None, True, None]


def test_a_question_is_open_whatever_objects_are() -> None:
    asked = [op("is", X, Y), op("eq", X, Y), op("lt", X, Y), op("le", X, Y), op("none", X), op("in", X, Y)]
    asked += [op("isinstance", X, Y), op("state", "closed", X), op("match", X, Y)]
    for kind in ("object", "unknown"):
        st = State(World(kind))
        assert [v for v in (*asked, *map(negate, asked)) if truth(st, v) is not None] == []
        for v in asked[:-1]:
            assert truth(after((v, True), kind=kind), v) is True and truth(after((v, False), kind=kind), v) is False


def test_what_is_true_is_not_none_before_and_after_its_content_changed() -> None:
    st = State(World())
    st.kill(X)
    assert st.content(X) is not X and is_none(st, X) is None
    assert assume(st, X, True) and is_none(st, X) is False
    st = after((X, True))
    st.kill(X)
    assert truth(st, X) is None and is_none(st, X) is False


def test_what_is_got_from_an_empty_table_is_none() -> None:
    for table in (X, attr(X, "a"), make("item", X, Y), make("killed", X, Y), fresh("env")):
        got = op("method", "get", table, Z)
        assert is_none(after((table, False)), got) is True and truth(after((table, False)), got) is False
        assert is_none(after((table, True)), got) is None
        assert is_none(after((table, False)), op("method", "get", table, Z, X)) is None  # there may be a default
        assert is_none(after((table, False)), op("method", "pop", table, Z)) is None


def test_what_may_be_none() -> None:
    st = State(World())
    never = [const(0), const(""), tup((X,)), add(X, const(1)), make("func", "f"), N, op("not", X), op("copy", X)]
    assert [v for v in never if is_none(st, v) is not False] == []
    may = [X, attr(X, "a"), fresh("env"), op("method", "get", X, Y), op("attrof", X, "a"), op("builtin", "next", X)]
    may += [op("pick", of(1, None), X), op("item", X, Y), make("item", X, Y)]
    assert [v for v in may if is_none(st, v) is not None] == []
    assert is_none(st, NONE) is True and truth(st, NONE) is False
    for v in may:
        assert is_none(after((v, True)), v) is False and is_none(after((v, False)), v) is None
        assert is_none(after((compare("is", v, NONE), True)), v) is True
        assert is_none(after((compare("is", v, NONE), False)), v) is False
        for kind, answer in (("always", False), ("sized", False), ("object", None)):
            assert is_none(State(World(kind)), v) is answer, (v, kind)


@pytest.mark.parametrize(
    ("dom", "answer"),
    [
        (lambda: Dom(frozenset({NONE})), True),
        (lambda: Dom(frozenset({NONE, const(1)})), None),
        (lambda: Dom(frozenset({const(2), const(1)})), False),
        (lambda: Dom(excluded=frozenset({NONE})), False),
        (lambda: Dom(excluded=frozenset({const(1)})), None),
        (lambda: Dom(lo=0.0), False),
        (lambda: Dom(hi=0.0), False),
        (lambda: Dom(), None),
    ],
)
def test_what_a_domain_says_of_none(dom: Callable[[], Dom], answer: bool | None) -> None:
    st = State(World())
    st.dom[X] = dom()
    assert is_none(st, X) is answer


@pytest.mark.parametrize(
    ("dom", "answer"),
    [
        (lambda: Dom(frozenset({NONE, const(0)})), False),
        (lambda: Dom(frozenset({RED, const(1)})), True),
        (lambda: Dom(frozenset({const(0), const(1)})), None),
        (lambda: Dom(frozenset({const(0), const(1)}), frozenset({const(0)})), True),
        (lambda: Dom(lo=0.0, lo_open=True), True),
        (lambda: Dom(lo=1.0), True),
        (lambda: Dom(lo=0.0), None),
        (lambda: Dom(hi=0.0, hi_open=True), True),
        (lambda: Dom(hi=-1.0), True),
        (lambda: Dom(hi=0.0), None),
        (lambda: Dom(lo=0.0, hi=0.0), False),
        (lambda: Dom(lo=-1.0, hi=0.0), None),
        (lambda: Dom(lo=0.0, hi=1.0), None),
    ],
)
def test_what_a_domain_says_of_truth(dom: Callable[[], Dom], answer: bool | None) -> None:
    st = State(World())
    st.dom[X] = dom()
    assert truth(st, X) is answer and truth(st, negate(X)) is (None if answer is None else not answer)


def test_an_object_is_true_unless_it_is_none() -> None:
    st = State(World("object"))
    assert truth(st, X) is None
    assert truth(after((compare("is", X, NONE), False), kind="object"), X) is True
    assert truth(after((compare("is", X, NONE), True), kind="object"), X) is False
    assert truth(after((compare("is", X, NONE), False)), X) is None


@pytest.mark.parametrize("known", [True, False, None])
def test_the_world_knows_what_is_an_instance(known: bool | None) -> None:
    st = State(World(instance=known))
    asked = op("isinstance", X, Y)
    assert truth(st, asked) is known
    assert truth(after((compare("is", X, NONE), True)), asked) is False
    assert assume(st, asked, True) is (known is not False)


def test_membership() -> None:
    st = State(World())
    assert truth(st, compare("in", NONE, tup((X, NONE)))) is True and truth(st, compare("in", X, of(None))) is None
    assert truth(st, compare("in", X, tup(()))) is False and truth(st, compare("in", const("a"), const(""))) is False
    assert truth(after((Y, False)), compare("in", X, Y)) is False
    assert truth(after((Y, True)), compare("in", X, Y)) is None
    st = after((compare("in", X, Y), True))
    assert truth(st, compare("in", X, Y)) is True and truth(st, compare("in", Z, Y)) is None
    st.kill(Y)
    assert assume(st, compare("in", Z, Y), False)
    assert truth(st, compare("in", Z, Y)) is False and st.truth[op("in", Z, st.content(Y))] is False
    assert not assume(after((Y, False)), compare("in", X, Y), True)


# --- states that imply one another


def domains() -> Iterator[Dom]:
    bounds = [(-INF, False), (0.0, False), (0.0, True), (1.0, False), (1.0, True)]
    for (lo, lo_open), (hi, hi_open) in itertools.product(bounds, [(INF, False), *bounds[1:]]):
        for excluded in ((), (0,), (0.5, 1)):
            d = Dom(None, frozenset(const(n) for n in excluded), lo, lo_open, hi, hi_open)
            closed = {lo} - {lo if lo_open else INF} | {hi} - {hi if hi_open else INF}
            if (lo < hi or (lo == hi and not (lo_open or hi_open))) and not closed & set(excluded):
                yield d
    for few in ((0,), (0, 1), (0.5, 2)):
        yield Dom(frozenset(const(n) for n in few))


def within(d: Dom, n: float) -> bool:
    few = None if d.allowed is None else {c.args[1] for c in d.allowed}
    bounds = (d.lo < n or (d.lo == n and not d.lo_open)) and (n < d.hi or (n == d.hi and not d.hi_open))
    return bounds and n not in {c.args[1] for c in d.excluded} and (few is None or n in few)


def test_a_domain_implies_another_exactly_where_its_numbers_do() -> None:
    """All pairs of small domains, by the quarters that lie in them."""
    numbers = [n / 4 for n in range(-8, 17)]
    made = list(domains())
    for d, wanted in itertools.product(made, repeat=2):
        st = State(World())
        st.dom[X] = d
        inside = [n for n in numbers if within(d, n)]
        assert implies_dom(st, X, wanted) == all(within(wanted, n) for n in inside), (d, wanted)
        assert compatible(d, wanted) == any(within(wanted, n) for n in inside), (d, wanted)
