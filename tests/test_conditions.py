"""Guards are held against numbers and values that are really there: every pair of conditions, by trying all values.

For comparisons of one number the answers must be exact: what is decided is said, what is not is left open.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from random import Random

import pytest

from lint_rules.comparisons import compare, negate
from lint_rules.conditions import assume, implies_dom, is_none, truth
from lint_rules.domains import compatible, dom_of
from lint_rules.flow import values
from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import NONE, Value, add, attr, const, make, op, scale, tup, var

NUMBERS = [n / 2 for n in range(-8, 9)]
SYMBOLS: dict[str, Callable[[object, object], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
X, Y = var("frame", "x"), var("frame", "y")
N, M = op("len", X), op("len", Y)
COUNT = add(X, const(0))
Literal = tuple[Value, Callable[[float], bool]]


class Nothing:
    """A world in which nothing is known of types."""

    def truth_kind(self, v: Value) -> str:
        return "unknown"

    def may_alias(self, a: Value, b: Value) -> bool:
        return False

    def is_instance(self, v: Value, of: Value) -> bool | None:
        return None

    def values_of(self, v: Value) -> frozenset[Value] | None:
        return None

    def is_whole(self, v: Value) -> bool:
        return False


class Objects(Nothing):
    """A world in which a value is false only as None."""

    def truth_kind(self, v: Value) -> str:
        return "object"


class Always(Nothing):
    """A world in which nothing is false, and everything is a Y."""

    def truth_kind(self, v: Value) -> str:
        return "always"

    def is_instance(self, v: Value, of: Value) -> bool | None:
        return of is Y


def ask(symbol: str, bound: float, turned: bool = False) -> Literal:
    """`x symbol bound` as a value, or `bound symbol x`; and the same question to a number."""
    holds = SYMBOLS[symbol]
    if turned:
        return compare(symbol, const(bound), X), lambda n: holds(bound, n)
    return compare(symbol, X, const(bound)), lambda n: holds(n, bound)


def shifted(symbol: str, factor: int, shift: int, bound: int) -> Literal:
    """`factor * x + shift symbol bound`."""
    holds = SYMBOLS[symbol]
    return compare(symbol, add(scale(X, factor), const(shift)), const(bound)), lambda n: holds(
        factor * n + shift, bound
    )


LITERALS = [ask(symbol, bound, turned) for symbol in SYMBOLS for bound in (0, 1, 2) for turned in (False, True)]
LINEAR = [
    shifted(s, f, k, b) for s in SYMBOLS for f, k, b in ((1, 1, 2), (-1, 0, -1), (2, 1, 3), (-2, 1, -1), (1, -1, 0))
]


def assumed(facts: list[tuple[Value, bool]]) -> State | None:
    """The state in which all of this holds; None where it cannot."""
    st = State(Nothing())
    return st if all(assume(st, v, want) for v, want in facts) else None


@pytest.mark.parametrize("literals", [LITERALS, LITERALS[::3] + LINEAR], ids=["plain", "linear"])
def test_pairs_of_comparisons_are_decided_exactly(literals: list[Literal]) -> None:
    for (v1, is1), (v2, is2) in itertools.product(literals, repeat=2):
        for want1, want2 in itertools.product((True, False), repeat=2):
            st = assumed([(v1, want1), (v2, want2)])
            left = [n for n in NUMBERS if is1(n) is want1 and is2(n) is want2]
            assert (st is None) == (not left), (v1, want1, v2, want2)
            if st is None:
                continue
            for v3, is3 in literals[::5]:
                answers = {is3(n) for n in left}
                assert truth(st, v3) is (answers.pop() if len(answers) == 1 else None), (v1, want1, v2, want2, v3)


def test_three_comparisons_never_lie() -> None:
    rng = Random(3)
    for _ in range(3000):
        facts = [(*rng.choice(LITERALS + LINEAR), rng.random() < 0.5) for _ in range(3)]
        st = assumed([(v, want) for v, _, want in facts])
        left = [n for n in NUMBERS if all(holds(n) is want for _, holds, want in facts)]
        assert (st is None) == (not left), facts
        v, holds = rng.choice(LITERALS + LINEAR)
        if st is not None and (said := truth(st, v)) is not None:
            assert {holds(n) for n in left} == {said}


def test_one_state_implies_another_where_all_its_numbers_do() -> None:
    for (v1, is1), (v2, is2), (v3, is3) in itertools.product(LITERALS[::3], repeat=3):
        st, wanted = assumed([(v1, True), (v2, False)]), assumed([(v3, True)])
        if st is None or wanted is None:
            continue
        key = next(iter(wanted.dom))
        mine = [n for n in NUMBERS if is1(n) and not is2(n)]
        assert implies_dom(st, key, wanted.dom[key]) == all(is3(n) for n in mine), (v1, v2, v3)
        shared = any(is3(n) for n in mine)
        assert compatible(dom_of(st, key), wanted.dom[key]) == shared == compatible(wanted.dom[key], dom_of(st, key))


def test_a_domain_of_a_few_constants() -> None:
    few = Dom(frozenset({const(1), const("a")}))
    st = State(Nothing())
    st.dom[X] = few
    assert implies_dom(st, X, Dom(excluded=frozenset({const(2)})))
    assert not implies_dom(st, X, Dom(excluded=frozenset({const("a")})))
    assert not implies_dom(State(Nothing()), X, few)
    assert compatible(few, Dom(frozenset({const("a")}))) and not compatible(few, Dom(frozenset({const("b")})))
    assert compatible(few, Dom(lo=0.0)) and not compatible(Dom(frozenset({const("a")})), Dom(lo=0.0))
    assert truth(st, compare("==", X, const("b"))) is False and truth(st, compare("==", X, const("a"))) is None
    assert truth(st, X) is True
    st.dom[X] = Dom(frozenset({const(0), const("")}))
    assert truth(st, X) is False
    assert is_none(st, X) is False


def test_two_numbers_are_compared_by_their_difference() -> None:
    small = range(-2, 3)
    forms = [(add(X, const(k)), add(Y, const(j)), k, j) for k in (0, 1) for j in (0, -1)]
    literals = [
        (compare(s, a, b), lambda x, y, h=h, k=k, j=j: h(x + k, y + j))
        for s, h in SYMBOLS.items()
        for a, b, k, j in forms
    ]
    for (v1, is1), (v2, is2) in itertools.product(literals, repeat=2):
        st = assumed([(v1, True)])
        assert st is not None
        pairs = [(x, y) for x in small for y in small if is1(x, y)]
        said = truth(st, v2)
        answers = {is2(x, y) for x, y in pairs}
        assert said is None or answers == {said}, (v1, v2)
        if v1 is v2:
            assert said is True
        assert (truth(st, negate(v2)) is None) == (said is None)


# --- values of any kind

VALUES = (None, True, False, 0, 1, 2, "", "a", ())
CONSTANTS = (None, True, 0, 1, "", "a")
Question = tuple[Value, Callable[[object], bool]]


def questions() -> list[Question]:
    found: list[Question] = [(X, bool), (negate(X), lambda w: not w)]
    found += [(compare("is", X, NONE), lambda w: w is None), (compare("is not", X, NONE), lambda w: w is not None)]
    for c in CONSTANTS[1:]:
        found.append((compare("==", X, const(c)), lambda w, c=c: w == c))  # type: ignore[misc]
        found.append((compare("!=", X, const(c)), lambda w, c=c: w != c))  # type: ignore[misc]
    for few in (("a", 2), (None, 1), ("",)):
        held = tup(tuple(const(c) for c in few))
        found.append((compare("in", X, held), lambda w, few=few: w in few))  # type: ignore[misc]
        found.append((compare("not in", X, held), lambda w, few=few: w not in few))  # type: ignore[misc]
    return found


def test_answers_about_values_of_any_kind_are_true() -> None:
    asked = questions()
    decided = 0
    for (v1, is1), (v2, is2) in itertools.product(asked, repeat=2):
        for want1, want2 in itertools.product((True, False), repeat=2):
            left = [w for w in VALUES if is1(w) is want1 and is2(w) is want2]
            st = assumed([(v1, want1), (v2, want2)])
            if st is None:
                assert not left, (v1, want1, v2, want2, left)
                continue
            assert truth(st, v1) is want1 and truth(st, v2) is want2, (v1, want1, v2, want2)
            for v3, is3 in asked:
                said = truth(st, v3)
                decided += said is not None
                assert said is None or not left or {is3(w) for w in left} == {said}, (v1, want1, v2, want2, v3)
    assert decided > 10_000


@pytest.mark.parametrize(
    ("fact", "want", "question", "answer"),
    [
        (X, True, compare("is", X, NONE), False),
        (X, True, compare("==", X, const("")), False),
        (X, True, compare("==", X, const(0)), False),
        (X, False, compare("==", X, const("a")), False),
        (X, False, compare("is", X, NONE), None),
        (compare("is", X, NONE), True, X, False),
        (compare("is", X, NONE), True, compare("==", X, const("a")), False),
        (compare("is", X, NONE), True, compare("in", X, tup((const(1), NONE))), True),
        (compare("==", X, const("a")), True, X, True),
        (compare("==", X, const("a")), True, compare("is", X, NONE), False),
        (compare("==", X, const("a")), True, compare("==", X, const("b")), False),
        (compare("in", X, tup((const("a"), const("b")))), True, X, True),
        (compare("in", X, tup((const("a"), const("b")))), True, compare("==", X, const("c")), False),
        (compare("in", X, tup((const("a"), const("b")))), False, compare("==", X, const("a")), False),
        (compare(">", X, const(0)), True, X, True),
        (compare("<", X, const(0)), True, X, True),
        (compare(">", X, const(0)), True, compare("is", X, NONE), False),
        (compare("==", X, Y), True, compare("==", Y, X), True),
        (compare("==", X, Y), False, compare("!=", Y, X), True),
        (compare("in", X, Y), True, compare("in", X, Y), True),
        (Y, False, compare("in", X, Y), False),
        (X, False, N, False),
        (N, True, X, True),
        (op("bitor", X, Y), False, X, False),
        (op("bitor", X, Y), False, Y, False),
        (X, True, op("bitor", X, Y), True),
        (op("isinstance", X, Y), True, compare("is", X, NONE), False),
        (compare("is", X, NONE), True, op("isinstance", X, Y), False),
        (op("builtin", "any", X), True, X, True),
        (X, False, op("builtin", "any", X), False),
        (X, False, op("builtin", "all", X), True),
        (op("builtin", "all", X), False, X, True),
        (op("mul", X, Y), False, compare("==", op("mul", X, Y), const(0)), True),
        (op("method", "get", X, Y), True, X, True),
        (X, False, compare("is", op("method", "get", X, Y), NONE), True),
        (add(X, const(1)), True, compare("==", X, const(-1)), False),
        (add(X, const(1)), False, compare("==", X, const(-1)), True),
        (compare("<", N, const(1)), True, compare("==", N, const(0)), True),
        (compare("<", N, const(2)), True, compare("<=", N, const(1)), True),
        (compare(">", X, const(0)), True, compare(">", op("mul", X, N), const(0)), None),
        (compare(">", X, const(0)), True, compare(">=", op("mul", X, N), const(0)), True),
        (compare(">", X, const(0)), True, compare(">", op("mul", const(2), X), const(0)), True),
        (compare(">=", X, const(2)), True, compare(">=", op("mul", X, const(3)), const(6)), True),
        (compare(">", X, const(0)), True, compare(">", op("mul", X, X), const(0)), True),
        (compare(">=", X, const(2)), True, compare(">=", op("mul", X, const(3)), const(9)), None),
        (compare("in", X, Y), False, Y, None),
        (compare("in", X, Y), True, Y, True),
    ],
)
def test_what_follows_from_one_fact(fact: Value, want: bool, question: Value, answer: bool | None) -> None:
    st = assumed([(fact, want)])
    assert st is not None
    assert truth(st, question) is answer
    assert truth(st, negate(question)) is (None if answer is None else not answer)
    if answer is not None:
        assert not assume(st, question, not answer)
        assert assume(st, question, answer)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (const(0), False),
        (const("a"), True),
        (NONE, False),
        (tup(()), False),
        (tup((NONE,)), True),
        (make("func", "f"), True),
        (make("class", "C"), True),
        (op("len", tup(())), False),
        (compare("==", const(1), const(1.0)), True),
        (compare("is", const(1), const(1.0)), False),
        (compare("<", const(1), const(2)), True),
        (compare("<=", const(2), const(2)), True),
        (compare("<", const(2), const(2)), False),
        (compare("<", const("a"), const(2)), None),
        (compare("==", X, X), True),
        (compare("is", make("func", "f"), make("func", "g")), False),
        (compare("is", make("func", "f"), make("func", "f")), True),
        (compare("==", tup((const(1), X)), tup((const(1), X))), True),
        (compare("==", tup((const(1), X)), tup((const(2), X))), False),
        (compare("==", tup((X, Y)), tup((X,))), False),
        (compare("==", tup((X, Y)), tup((Y, X))), None),
        (compare("in", const("a"), const("abc")), True),
        (compare("in", const("d"), const("abc")), False),
        (compare("in", const(1), const("abc")), None),
        (compare("in", const(1), tup((X, const(1)))), True),
        (compare("in", const(1), tup(())), False),
        (compare("in", const(1), tup((X,))), None),
        (compare("<", N, const(0)), False),
        (compare(">=", N, const(0)), True),
        (compare("<", op("abs", X), const(0)), False),
        (compare("<", op("mod", X, const(4)), const(4)), True),
        (compare(">=", op("mod", X, const(4)), const(0)), True),
        (compare(">=", op("mod", X, const(4)), const(3)), None),
        (compare("<", op("mod", add(op("mod", X, const(3)), const(1)), const(6)), const(4)), True),
        (compare(">=", op("mod", add(op("mod", X, const(3)), const(1)), const(6)), const(1)), True),
        (compare("<", op("mod", X, Y), const(4)), None),
        (compare("<", op("mod", op("mod", X, const(3)), const(6)), const(3)), True),
        (op("abs", X), None),
        (compare(">", op("min", const(2), const(5)), const(1)), True),
        (compare(">", op("max", const(2), const(5)), const(4)), True),
        (compare("<", op("max", const(2), const(5)), const(6)), True),
        (compare("<", op("min", const(2), const(5)), const(3)), True),
        (compare(">", op("min", const(2), X), const(1)), None),
        (compare("<=", op("min", const(2), X), const(2)), True),
        (compare(">=", op("max", const(2), X), const(2)), True),
        (compare(">", op("mul", N, M), const(-1)), True),
        (compare(">", op("mul", X, Y), const(-1)), None),
        (compare(">", op("pow", const(2), X), const(0)), True),
        (compare(">", op("pow", X, const(2)), const(0)), None),
        (compare("is", N, NONE), False),
        (compare("is", attr(X, "a"), NONE), None),
        (op("builtin", "any", tup(())), False),
        (op("builtin", "all", tup(())), True),
    ],
)
def test_what_needs_no_fact(value: Value, answer: bool | None) -> None:
    assert truth(State(Nothing()), value) is answer


def test_a_multiple_of_a_few_numbers_is_a_few_numbers() -> None:
    st = assumed([(compare("in", X, tup((const(1), const(2)))), True)])
    assert st is not None
    assert dom_of(st, add(scale(X, 2), const(1))).allowed == {const(3), const(5)}
    assert dom_of(st, scale(X, -1)).allowed == {const(-1), const(-2)}


def test_the_world_is_asked() -> None:
    st = State(Always())
    assert is_none(st, X) is False and truth(st, X) is True and not assume(st, X, False)
    assert truth(st, op("isinstance", X, Y)) is True and truth(st, op("isinstance", X, M)) is False


def test_an_object_is_false_only_as_none() -> None:
    st = State(Objects())
    assert assume(st, X, False)
    assert is_none(st, X) is True
    st = State(Objects())
    assert assume(st, compare("is", X, NONE), False)
    assert truth(st, X) is True


def test_what_is_true_anyway_is_soft_until_it_is_decided() -> None:
    st = State(Nothing())
    assert assume(st, X, True, soft=True) and assume(st, compare(">", Y, const(0)), True, soft=True)
    assert st.soft == {X, op("dom", Y)}
    assert assume(st, compare("<", Y, const(9)), True)
    assert st.soft == {X}
    st.truth.clear()
    assert assume(st, X, True)
    assert st.soft == frozenset()
    assert assume(st, compare(">", Y, const(1)), True, soft=True)
    assert st.soft == frozenset()


def test_negation_turns_back() -> None:
    for v, _ in LITERALS + LINEAR:
        assert negate(negate(v)) is v
    assert negate(const(0)) is const(True) and negate(const("a")) is const(False)


TABLE = dict(values._table)


@pytest.fixture(autouse=True)
def same_values() -> None:
    """Equal values are one object until an analysis forgets them all: bring back those made above."""
    values._table.update(TABLE)
