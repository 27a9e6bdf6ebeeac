"""What a telling name says of a value whose type no code tells."""

from __future__ import annotations

from lint_rules.flow.constants import attr_shapes
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import Value
from lint_rules.models import lookup
from lint_rules.shapes import Shape
from lint_rules.types import Type

# Methods that one kind of object has, whatever it is called.
TELLING = {
    "get_nowait": "asyncio.Queue",
    "put_nowait": "asyncio.Queue",
    "at_eof": "asyncio.StreamReader",
    "is_set": "asyncio.Event",
    "is_closing": "asyncio.StreamWriter",
    "locked": "asyncio.Lock",
}


def plain_name(v: Value) -> str:
    return str(v.args[1]) if v.kind in ("var", "attr") else v.kind


def note_giver(st: State, base: Value, t: Type | None) -> None:
    """A type that only a call tells is an assumption: others may call too."""
    if t is not None and t.giver:
        st.note(f"`{plain_name(base)}` is a {t.name}, as `{t.giver}` gives it")


def guess_type(m: Machine, base: Value, member: str) -> Type | None:
    """The type that a telling name and the members used on it in its file agree on; the same whichever member is
    asked first.
    """
    if base.kind not in ("var", "attr"):
        return None
    if base not in m.guesses:
        m.guesses[base] = _guess(m, base)
    found = m.guesses[base]
    if found is None or not lookup.has_member(m.models, found, member):
        found = found or TELLING.get(member)
        if found is None:
            return None
    m.guessed.setdefault(base, Type(found, guessed=True))
    return m.guessed[base]


def _guess(m: Machine, base: Value) -> str | None:
    name = base.args[1]
    plain = name.lstrip("_")
    models = [t.name for t in m.models.types.values() if plain in t.names]
    if not models or _is_declared(m, base):
        return None
    owner = m.owner_of(base)
    module = (
        owner.module
        if owner is not None
        else base.args[0].module.name
        if base.kind == "var" and isinstance(base.args[0], Frame)
        else None
    )
    if module is None:
        return None
    project = m.resolver.project
    used = project.used_on(project.path_of(module), name)
    scores = sorted(((sum(lookup.has_member(m.models, t, u) for u in used), t) for t in models), reverse=True)
    best = [t for score, t in scores if score == scores[0][0] and score > 0]
    return best[0] if len(best) == 1 else None


def _is_declared(m: Machine, base: Value) -> bool:
    """Whether the code says what a value is, though in terms that are not understood: its name says no more then."""
    if base.kind == "var" and isinstance(base.args[0], Frame):
        fn, name = base.args[0].fn, base.args[1]
        return _says(fn.declared.get(name)) or any(p.name == name and _says(p.annotation) for p in fn.params)
    owner = m.owner_of(base)
    if owner is None:
        return False
    if _says(owner.annotations.get(base.args[1])):
        return True
    return any(shape[0] == "param" and _says(shape[2]) for _, shape in attr_shapes(m, owner, base.args[1]))


def _says(annotation: Shape | None) -> bool:
    return annotation is not None and annotation[-1] not in ("Any", "object")
