"""What one guard leaves behind, to the last bound: the form it has, the facts it records, the bounds that follow.

Everything is asked inside the tests, never while this module is read, so that whatever is broken shows in a test.
"""

from __future__ import annotations

import itertools

import pytest

from guards import BLUE, INF, RED, SYMBOLS, TABLE, N, World, X, Y, Z, after, of
from lint_rules.comparisons import compare, negate
from lint_rules.conditions import assume, is_none, numeric, truth
from lint_rules.domains import dom_of
from lint_rules.flow import values
from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import NONE, add, const, fresh, op, scale, tup, var


@pytest.fixture(autouse=True)
def same_values() -> None:
    """Equal values are one object until an analysis forgets them all: bring back those that the tests share."""
    values._table.update(TABLE)


# --- what a comparison is


def test_a_comparison_has_one_form() -> None:
    one = const(1)
    assert compare(">", X, one) is op("lt", one, X) and compare(">=", X, one) is op("le", one, X)
    assert compare("<", X, one) is op("lt", X, one) and compare("<=", X, one) is op("le", X, one)
    assert compare("==", one, X) is compare("==", X, one) is op("eq", X, one)
    assert compare("==", Y, X) is compare("==", X, Y) is op("eq", X, Y)
    assert compare("==", NONE, X) is compare("is", X, NONE) is compare("==", X, NONE) is op("none", X)
    assert compare("is not", X, NONE) is op("not", op("none", X)) and compare("!=", X, Y) is op("not", op("eq", X, Y))
    assert compare("in", X, Y) is op("in", X, Y) and compare("not in", X, Y) is op("not", op("in", X, Y))
    assert compare("is", RED, X) is compare("is", X, RED) is op("is", X, RED)
    assert compare("==", RED, X) is op("eq", X, RED)
    assert compare("is", X, const(True)) is op("eq", X, const(True)) and compare("is", X, one) is op("is", X, one)
    assert compare("is", Y, X) is op("is", X, Y)
    assert compare("==", X, X) is compare("is", X, X) is const(True) and compare("!=", X, X) is const(False)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_two_constants_are_compared_at_once(symbol: str) -> None:
    for a, b in itertools.product((0, 1, 2.5, True), repeat=2):
        assert compare(symbol, const(a), const(b)) is const(SYMBOLS[symbol](a, b)), (a, b)
    assert compare("is", const(1), const(1)) is const(True) and compare("is", const(1), const(2)) is const(False)
    assert compare("is", const(1), const(True)) is const(False)
    assert compare("<", const("a"), const(1)) is op("lt", const("a"), const(1))
    assert compare("<=", const("a"), const(1)) is op("le", const("a"), const(1))


def test_a_negation_is_undone_and_a_constant_is_turned() -> None:
    assert negate(X) is op("not", X) and negate(negate(X)) is X
    assert negate(const("")) is const(True) and negate(const(3)) is const(False)


def test_what_is_surely_a_number() -> None:
    numbers = [add(X, const(1)), const(2), const(0.5), N, op("abs", X), op("mul", X, Y), op("pow", X, Y)]
    assert [v for v in (*numbers, fresh("time")) if not numeric(v)] == []
    others = [X, const("a"), const(True), NONE, op("mod", X, Y), op("not", X), fresh("env"), tup(())]
    assert [v for v in others if numeric(v)] == []


# --- what is recorded


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("want", [True, False])
def test_a_bound_is_recorded_as_it_stands(symbol: str, want: bool) -> None:
    meant = symbol if want else {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}[symbol]
    st = after((compare(symbol, N, const(2)), want))
    number = {
        "<": Dom(lo=0.0, hi=1.0),
        "<=": Dom(lo=0.0, hi=2.0),
        ">": Dom(lo=3.0),
        ">=": Dom(lo=2.0),
        "==": Dom(frozenset({const(2)}), frozenset(), 2.0, False, 2.0, False),
        "!=": Dom(None, frozenset({const(2)}), lo=0.0),
    }[meant]
    assert st.dom == {N: number}
    st = after((compare(symbol, X, const(2)), want))
    plain = {
        "<": Dom(hi=2.0, hi_open=True),
        "<=": Dom(hi=2.0),
        ">": Dom(lo=2.0, lo_open=True),
        ">=": Dom(lo=2.0),
        "!=": Dom(None, frozenset({const(2)})),
    }
    if meant == "==":
        assert dom_of(st, X) == Dom(frozenset({const(2)}), frozenset(), 2.0, False, 2.0, False)
    else:
        assert st.dom == {X: plain[meant]}


def test_the_tighter_of_two_bounds_is_kept() -> None:
    for first, second in itertools.permutations([("<", 3), ("<=", 3), ("<", 2), ("<=", 2)], 2):
        left = after((compare(first[0], X, const(first[1])), True), (compare(second[0], X, const(second[1])), True))
        bound, closed = min((first[1], first[0] == "<="), (second[1], second[0] == "<="))
        assert dom_of(left, X) == Dom(hi=float(bound), hi_open=not closed), (first, second)
    for first, second in itertools.permutations([(">", 3), (">=", 3), (">", 2), (">=", 2)], 2):
        left = after((compare(first[0], X, const(first[1])), True), (compare(second[0], X, const(second[1])), True))
        bound, open_ = max((first[1], first[0] == ">"), (second[1], second[0] == ">"))
        assert dom_of(left, X) == Dom(lo=float(bound), lo_open=open_), (first, second)


def test_a_number_that_is_excluded_opens_its_bound() -> None:
    two = const(2)
    for facts in itertools.permutations([compare("!=", X, two), compare(">=", X, two)]):
        st = after(*((v, True) for v in facts))
        assert dom_of(st, X) == Dom(None, frozenset({two}), 2.0, True)
    for facts in itertools.permutations([compare("!=", X, two), compare("<=", X, two)]):
        st = after(*((v, True) for v in facts))
        assert dom_of(st, X) == Dom(None, frozenset({two}), hi=2.0, hi_open=True)
    assert not assume(after((compare("!=", X, two), True), (compare(">=", X, two), True)), compare("<=", X, two), True)


def test_a_length_is_whole() -> None:
    """Every pair of comparisons of a length, held against the lengths up to ten: nothing false is said."""
    lengths = range(11)
    literals = [(symbol, bound) for symbol in SYMBOLS for bound in (0, 1, 2, 3)]
    for (s1, b1), (s2, b2) in itertools.product(literals, repeat=2):
        left = [n for n in lengths if SYMBOLS[s1](n, b1)]
        st = State(World())
        possible = assume(st, compare(s1, N, const(b1)), True)
        assert possible == bool(left)
        if not possible:
            continue
        answers = {SYMBOLS[s2](n, b2) for n in left}
        said = truth(st, compare(s2, N, const(b2)))
        assert said is None or answers == {said}, (s1, b1, s2, b2)
        if s1 != "!=" or len(answers) > 1:
            assert said is (answers.pop() if len(answers) == 1 else None), (s1, b1, s2, b2)
        assert truth(st, X) is (True if left[0] > 0 else False if left == [0] else None), (s1, b1)


def test_a_length_that_is_excluded_moves_its_bound_to_the_next() -> None:
    two = const(2)
    assert dom_of(after((compare("<=", N, two), True), (compare("==", N, two), False)), N).hi == 1.0
    assert dom_of(after((compare(">=", N, two), True), (compare("==", N, two), False)), N).lo == 3.0
    assert dom_of(after((compare("!=", N, const(0)), True)), N).lo == 1.0


def test_numbers_that_are_false_are_nought() -> None:
    st = after((X, False))
    assert truth(st, compare("<", X, const(1))) is True and truth(st, compare(">", X, const(-1))) is True
    assert truth(st, compare(">", X, const(0))) is False and truth(st, compare("<", X, const(0))) is False
    assert truth(st, compare(">=", X, const(0))) is True and truth(st, compare("<=", X, const(0))) is True
    assert truth(st, compare(">=", X, const(1))) is False and truth(st, compare("<=", X, const(-1))) is False


def test_a_value_compared_with_itself_and_its_neighbours() -> None:
    more = add(X, const(1))
    for symbol, holds in SYMBOLS.items():
        for (a, n), (b, k) in itertools.product([(X, 0), (more, 1)], repeat=2):
            assert truth(State(World()), compare(symbol, a, b)) is holds(n, k), (symbol, n, k)


def test_equal_values_are_equal_wherever_they_stand() -> None:
    for fact in (compare("==", X, Y), op("eq", Y, X)):
        for want in (True, False):
            st = after((fact, want))
            for a, b in ((X, Y), (Y, X)):
                assert truth(st, op("eq", a, b)) is want
                assert truth(st, compare("==", tup((a,)), tup((b,)))) is want
                assert truth(st, compare("==", tup((a, Z)), tup((b, Z)))) is want
                assert truth(st, compare("==", tup((a, Z)), tup((b, X)))) is (None if want else False)
            assert truth(st, compare("==", X, Z)) is None


def test_neither_less_nor_more_nor_equal_cannot_be() -> None:
    for a, b in ((X, Y), (Y, X)):
        st = after((compare("==", a, b), False))
        assert assume(st, compare("<", X, Y), False)
        assert not assume(st.copy(), compare(">", X, Y), False)
        assert not assume(st.copy(), compare("<=", X, Y), True)
        assert assume(st, compare(">", X, Y), True)
    assert assume(after((compare("<", X, Y), False)), compare(">", X, Y), False)


def test_a_few_constants_are_counted_down() -> None:
    st = after((compare("in", X, of("a", "b", "c")), True))
    assert st.dom[X].allowed == {const("a"), const("b"), const("c")}
    assert assume(st, compare("==", X, const("a")), False)
    assert truth(st, compare("in", X, of("b", "c", "d"))) is True
    assert truth(st, compare("in", X, of("b", "d"))) is None and truth(st, compare("in", X, of("a", "d"))) is False
    assert assume(st, compare("in", X, of("c", "d", "a")), True)
    assert truth(st, compare("==", X, const("c"))) is True
    assert not assume(st, compare("==", X, const("c")), False)
    st = after((compare("in", X, of("a", 1)), False))
    assert st.dom[X] == Dom(None, frozenset({const("a"), const(1)}))
    assert truth(st, compare("==", X, const(True))) is False and truth(st, compare("==", X, const("b"))) is None


def test_members_are_told_apart() -> None:
    for symbol in ("is", "=="):
        st = after((compare(symbol, X, RED), True))
        assert truth(st, compare("is", X, RED)) is True and truth(st, compare("==", X, RED)) is True
        assert truth(st, compare("is", X, BLUE)) is False and truth(st, X) is True and is_none(st, X) is False
        st = after((compare(symbol, X, RED), False))
        assert truth(st, compare("is", X, RED)) is False and truth(st, compare("==", X, BLUE)) is None
    assert truth(after((X, False)), compare("==", X, RED)) is None
    st = after((compare("in", X, tup((RED, BLUE))), True), (compare("is", X, BLUE), False))
    assert truth(st, compare("is", X, RED)) is True
    assert truth(State(World()), RED) is True and is_none(State(World()), RED) is False
    assert truth(State(World()), compare("is", RED, BLUE)) is False


# --- bounds that follow


def test_bounds_follow_through_sums_and_multiples() -> None:
    st = after((compare(">", X, const(1)), True), (compare("<=", X, const(3)), True))
    assert dom_of(st, add(X, const(2))) == Dom(lo=3.0, lo_open=True, hi=5.0)
    assert dom_of(st, scale(X, 2)) == Dom(lo=2.0, lo_open=True, hi=6.0)
    assert dom_of(st, scale(X, -1)) == Dom(lo=-3.0, hi=-1.0, hi_open=True)
    assert dom_of(st, add(scale(X, -2), const(1))) == Dom(lo=-5.0, hi=-1.0, hi_open=True)
    assert (dom_of(st, add(X, Y)).lo, dom_of(st, add(X, Y)).hi) == (-INF, INF)
    assert assume(st, compare(">=", Y, const(0)), True) and assume(st, compare("<", Y, const(5)), True)
    assert dom_of(st, add(X, Y)) == Dom(lo=1.0, lo_open=True, hi=8.0, hi_open=True)
    assert dom_of(st, add(X, Y, -1)) == Dom(lo=-4.0, lo_open=True, hi=3.0)
    assert dom_of(st, add(add(Y, scale(X, 2)), const(1))) == Dom(lo=3.0, lo_open=True, hi=12.0, hi_open=True)
    assert dom_of(st, add(scale(Y, 2), scale(X, -3))) == Dom(lo=-9.0, hi=7.0, hi_open=True)


def test_numbers_that_are_excluded_or_the_only_ones_move_with_a_multiple() -> None:
    st = after((compare("!=", X, const(1)), True), (compare("!=", X, const("a")), True))
    assert dom_of(st, add(scale(X, 2), const(3))).excluded == {const(5)}
    assert dom_of(st, scale(X, -1)).excluded == {const(-1)}
    st.dom[X] = Dom(frozenset({const(1), const(2)}))
    assert dom_of(st, add(scale(X, 2), const(0.5))).allowed == {const(2.5), const(4.5)}
    assert dom_of(st, add(X, const(1))).allowed == {const(2), const(3)}
    st.dom[X] = Dom(frozenset({const(1), const("a")}))
    assert dom_of(st, add(X, const(1))).allowed is None


def test_a_difference_that_was_compared_is_found_again() -> None:
    st = after((compare(">", Y, add(X, const(2))), True))
    assert dom_of(st, add(Y, X, -1)) == Dom(lo=2.0, lo_open=True)
    assert dom_of(st, add(X, Y, -1)) == Dom(hi=-2.0, hi_open=True)
    assert dom_of(st, add(add(Y, X, -1), const(1))) == Dom(lo=3.0, lo_open=True)
    assert dom_of(st, add(scale(Y, 2), scale(X, -2))) == Dom(lo=4.0, lo_open=True)


def test_the_shape_of_a_value_bounds_it() -> None:
    st = after((compare(">=", X, const(2)), True), (compare("<", X, const(4)), True))
    assert dom_of(st, op("len", Y)) == dom_of(st, op("abs", Y)) == Dom(lo=0.0)
    assert dom_of(st, op("min", X, const(3))) == Dom(lo=2.0, hi=3.0)
    assert dom_of(st, op("max", X, const(3))) == Dom(lo=3.0, hi=4.0, hi_open=True)  # X < 4
    assert dom_of(st, op("min", Y, const(3))) == Dom(hi=3.0) and dom_of(st, op("max", Y, const(3))) == Dom(lo=3.0)
    assert dom_of(st, op("pick", of(5, 1, 3), Y)) == Dom(lo=1.0, hi=5.0)
    assert dom_of(st, op("pick", tup((X, const(9))), Y)) == Dom(lo=2.0, hi=9.0)
    assert dom_of(st, op("pick", tup(()), Y)) == Dom()
    assert dom_of(st, op("mod", Y, const(3))) == Dom(lo=0.0, hi=3.0, hi_open=True)
    assert dom_of(st, op("mod", X, const(3))) == Dom(lo=0.0, hi=3.0, hi_open=True)
    assert dom_of(st, op("mod", X, const(4))) == dom_of(st, op("mod", X, const(9))) == dom_of(st, X)
    assert dom_of(st, op("mod", Y, const(0))) == dom_of(st, op("mod", Y, const(-3))) == Dom()
    assert dom_of(st, op("mod", const("%s"), const(3))) == dom_of(st, op("mod", Y, Z)) == Dom()
    assert dom_of(st, op("pow", X, Y)) == Dom(lo=0.0, lo_open=True) and dom_of(st, op("pow", Y, X)) == Dom()
    assert dom_of(st, op("sub", X, Y)) == Dom() == dom_of(st, fresh("env"))
    assert dom_of(st, const(2)) == Dom(frozenset({const(2)}), frozenset(), 2.0, False, 2.0, False)
    assert dom_of(st, const("a")) == Dom(frozenset({const("a")})) and dom_of(st, RED) == Dom(frozenset({RED}))


def test_a_remainder_may_reach_nought_where_the_number_may_reach_the_divisor() -> None:
    st = after((compare(">=", X, const(1)), True), (compare("<=", X, const(3)), True))
    assert dom_of(st, op("mod", X, const(3))) == Dom(lo=0.0, hi=3.0, hi_open=True)
    assert dom_of(st, op("mod", X, const(4))) == Dom(lo=1.0, hi=3.0)
    st = after((compare(">", X, const(-1)), True), (compare("<", X, const(3)), True))
    assert dom_of(st, op("mod", X, const(4))) == Dom(lo=0.0, hi=4.0, hi_open=True)


def test_a_product_of_what_is_positive_is_positive() -> None:
    st = after(
        (compare(">", X, const(0)), True), (compare(">=", Y, const(2)), True), (compare(">=", Z, const(0)), True)
    )
    assert dom_of(st, op("mul", X, Y)) == dom_of(st, op("mul", Y, X)) == Dom(lo=0.0, lo_open=True)
    assert dom_of(st, op("mul", Y, Y)) == Dom(lo=4.0)
    assert dom_of(st, op("mul", X, Z)) == dom_of(st, op("mul", Z, Y)) == Dom(lo=0.0)
    assert dom_of(st, op("mul", X, var("frame", "w"))) == Dom() == dom_of(st, op("mul", var("frame", "w"), X))
