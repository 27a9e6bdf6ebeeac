"""A handler that waits takes the whole family of an exception, of which another member falls to one that does not wait.

`ConnectionClosedError` makes the loop reconnect, and `ConnectionClosedOK` is only logged: both are `ConnectionClosed`.
It changes what is done with an exception that was swallowed: never safe.
"""

from __future__ import annotations

import ast
import re

import libcst as cst

from lint_rules.findings import Edit
from lint_rules.fixes.around import waits
from lint_rules.fixes.catching import Handler, reads_exception, type_text
from lint_rules.fixes.proposal import UNSAFE, Context, Offers, Proposal
from lint_rules.models import lookup
from lint_rules.resolve import Lib
from lint_rules.shapes import shape_of

KIND = "wider handler"
RAISES = re.compile(r"\braises (\w+)")


def propose(ctx: Context) -> Offers:
    taken = [m.node for m in ctx.site.own("handler") if isinstance(m.node, (cst.ExceptHandler, cst.ExceptStarHandler))]
    raised = [found[1] for m in ctx.site.own("library") if (found := RAISES.search(m.text))]
    if ctx.site.finding.code != "SPN102" or not taken or not raised:
        return
    parent = ctx.tree.parents[taken[-1]]
    assert isinstance(parent, (cst.Try, cst.TryStar))
    for handler in parent.handlers[: parent.handlers.index(taken[-1])]:
        wider = _wider(ctx, handler, raised[-1]) if waits(handler.body) and not reads_exception(handler) else ""
        if wider and handler.type is not None:
            line, column, _ = ctx.site.slice.place(handler.type)
            text = type_text(handler)
            edit = Edit(ctx.site.finding.path, line, column, line, column + len(text), wider)
            title = f"catch {wider} instead of {text} in {ctx.site.fn.name}, whose handler waits"
            yield Proposal(KIND, title, UNSAFE, (edit,), (ctx.site.fn.name,))


def _wider(ctx: Context, handler: Handler, raised: str) -> str:
    """The class above both, of the same library, as this module can write it; else ""."""
    node = ast.parse(type_text(handler) or "()", mode="eval").body
    entity = ctx.resolver.resolve(ctx.site.module, shape_of(node))
    if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(entity, Lib):
        return ""
    models = ctx.resolver.models
    own = lookup.exception_bases(models, entity.name)
    others = [name for name in models.exceptions if name.rpartition(".")[2] == raised and name != entity.name]
    for base in own:
        if "." in base and any(base in lookup.exception_bases(models, name) for name in others):
            return _written(ctx, node, base)
    return ""


def _written(ctx: Context, node: ast.Name | ast.Attribute, base: str) -> str:
    """The name of the base beside that of the class: in the same module, or imported already."""
    last = base.rpartition(".")[2]
    written = f"{ast.unparse(node.value)}.{last}" if isinstance(node, ast.Attribute) else last
    entity = ctx.resolver.resolve(ctx.site.module, shape_of(ast.parse(written, mode="eval").body))
    return written if isinstance(entity, Lib) and entity.name == base else ""
