"""The language server, started as an editor starts it and spoken to by a real client over its standard streams."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from lint_rules import __version__
from lint_rules.config import load_settings
from lint_rules.findings import Fix
from lint_rules.fixes.edits import difference
from lint_rules.lsp.desk import Buffer, Desk, Judged
from lint_rules.lsp.wire import Client, actions, hover
from lint_rules.rules.pages import markdown
from lint_rules.rules.registry import BY_CODE
from surfaces import FIXTURES, ROOT, SPIN_LINE, SPINNING, finding, project, run, spinlint

WAITS = SPINNING.replace("            return\n", "            await asyncio.sleep(2)\n")
HALF = SPINNING.replace("await self.step()", "await self.st(")
TIME = 30
RICH: dict[str, Any] = {
    "text_document": types.TextDocumentClientCapabilities(
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(related_information=True),
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
    ),
    "workspace": types.WorkspaceClientCapabilities(
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    ),
}


class Editor(LanguageClient):
    """Keeps what the server says."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.messages: asyncio.Queue[str] = asyncio.Queue()
        self.logged: list[str] = []
        self.watched: list[str] = []
        self.versions: dict[str, int] = {}
        self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self.published.put_nowait(params))
        self.feature(types.WINDOW_SHOW_MESSAGE)(lambda params: self.messages.put_nowait(params.message))
        self.feature(types.WINDOW_LOG_MESSAGE)(lambda params: self.logged.append(params.message))
        self.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: self._register(params))

    def _register(self, params: types.RegistrationParams) -> None:
        for each in params.registrations:
            self.watched += [watcher["globPattern"] for watcher in _plain(each.register_options)["watchers"]]

    async def start(self, *arguments: str, cwd: Path, abilities: dict[str, Any] = RICH) -> types.InitializeResult:
        await self.start_io(sys.executable, "-m", "lint_rules", "lsp", *arguments, cwd=cwd)
        given = types.InitializeParams(capabilities=types.ClientCapabilities(**abilities), root_uri=cwd.as_uri())
        result = await asyncio.wait_for(self.initialize_async(given), TIME)
        self.initialized(types.InitializedParams())
        return result

    async def leave(self) -> int | None:
        process = self._server
        await asyncio.wait_for(self.shutdown_async(None), TIME)
        self.exit(None)
        assert process is not None
        return await asyncio.wait_for(process.wait(), TIME)

    async def end(self) -> None:
        if self._server is not None and self._server.returncode is None:
            self._server.kill()
        await asyncio.wait_for(self.stop(), TIME)

    def open(self, path: Path, text: str | None = None) -> None:
        shown = path.read_bytes().decode() if text is None else text
        self.versions[path.as_uri()] = 1
        document = types.TextDocumentItem(path.as_uri(), "python", 1, shown)
        self.text_document_did_open(types.DidOpenTextDocumentParams(document))

    def type(self, path: Path, text: str) -> None:
        uri = path.as_uri()
        self.versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        changes = [types.TextDocumentContentChangeWholeDocument(text)]
        self.text_document_did_change(types.DidChangeTextDocumentParams(document, changes))

    def save(self, path: Path) -> None:
        self.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(path.as_uri())))

    async def told(self, path: Path) -> list[types.Diagnostic]:
        """The next diagnostics of the text that the editor holds now."""
        while True:
            params = await asyncio.wait_for(self.published.get(), TIME)
            if params.uri == path.as_uri() and params.version in (None, self.versions.get(params.uri)):
                return list(params.diagnostics)

    async def silent(self, seconds: float) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(self.published.get(), seconds)

    async def hover(self, path: Path, line: int, character: int = 0) -> str | None:
        where = types.HoverParams(types.TextDocumentIdentifier(path.as_uri()), types.Position(line - 1, character))
        found = await asyncio.wait_for(self.text_document_hover_async(where), TIME)
        return None if found is None else found.contents.value  # type: ignore[union-attr]

    async def actions(self, path: Path, line: int, only: list[str] | None = None) -> list[types.CodeAction]:
        where = types.Range(types.Position(line - 1, 0), types.Position(line - 1, 0))
        context = types.CodeActionContext([], only=only)  # type: ignore[arg-type]
        params = types.CodeActionParams(types.TextDocumentIdentifier(path.as_uri()), where, context)
        found = await asyncio.wait_for(self.text_document_code_action_async(params), TIME)
        return [each for each in found or () if isinstance(each, types.CodeAction)]


def _plain(value: object) -> Any:
    """pygls hands over options that it does not know as objects."""
    if hasattr(value, "_asdict"):
        return {key: _plain(each) for key, each in value._asdict().items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


@pytest_asyncio.fixture
async def editor() -> AsyncIterator[Editor]:
    client = Editor()
    yield client
    await client.end()


@pytest.fixture
def worker(tmp_path: Path) -> Path:
    return project(tmp_path / "project", {"worker.py": SPINNING}) / "worker.py"


def changed(text: str, edits: list[types.TextEdit], units: str) -> str:
    """A text after the edits, as an editor makes them: positions in code units, the last edit first."""
    lines = text.split("\n")

    def offset(at: types.Position) -> int:
        before = sum(len(line) + 1 for line in lines[: at.line])
        head = lines[at.line].encode(units)[: at.character * (2 if units == "utf-16-le" else 1)]
        return before + len(head.decode(units))

    in_order = sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character))
    for edit in in_order[::-1]:
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


async def test_findings_come_with_each_step(editor: Editor, worker: Path) -> None:
    """What the command reports, on the same lines; a related place for each step."""
    await editor.start(cwd=worker.parent)
    editor.open(worker)
    [found] = await editor.told(worker)
    assert (found.code, found.source, found.severity) == ("SPN101", "spinlint", types.DiagnosticSeverity.Error)
    assert found.range == types.Range(types.Position(SPIN_LINE - 1, 8), types.Position(SPIN_LINE - 1, 19))
    assert "`Worker.step()` returns without suspending" in found.message
    assert "state in which it spins: self.job is None" in found.message
    steps = [(each.location.range.start.line + 1, each.message) for each in found.related_information or ()]
    report = json.loads(spinlint("check", "--format", "json", worker, cwd=worker.parent).stdout)["findings"][0]
    assert [line for line, _ in steps] == [each["line"] for each in report["steps"]]
    assert steps[0] == (9, "while True:  goes round")
    assert steps[-1] == (9, "while True:  the same state again: looping back")
    assert {each.location.uri for each in found.related_information or ()} == {worker.as_uri()}
    assert await editor.leave() == 0


async def test_the_text_of_the_editor_counts_not_that_of_the_disk(editor: Editor, worker: Path) -> None:
    await editor.start(cwd=worker.parent)
    editor.open(worker, WAITS)
    assert await editor.told(worker) == []
    editor.type(worker, "\n\n" + SPINNING)
    assert [each.range.start.line for each in await editor.told(worker)] == [SPIN_LINE + 1]
    editor.type(worker, WAITS)
    assert await editor.told(worker) == []
    worker.write_text(WAITS, encoding="utf-8")
    editor.save(worker)
    assert await editor.told(worker) == []


async def test_typing_is_judged_after_a_pause_and_once(editor: Editor, worker: Path) -> None:
    await editor.start(cwd=worker.parent)
    editor.open(worker)
    assert len(await editor.told(worker)) == 1
    for number in range(20):
        editor.type(worker, SPINNING + f"# {number}\n")
        await asyncio.sleep(0.02)
    editor.type(worker, WAITS)
    last = await asyncio.wait_for(editor.published.get(), TIME)
    heard = 1
    while last.version != editor.versions[worker.as_uri()]:
        last = await asyncio.wait_for(editor.published.get(), TIME)
        heard += 1
    assert (list(last.diagnostics), heard <= 3) == ([], True)
    await editor.silent(1)


async def test_half_typed_code_keeps_what_was_found(editor: Editor, worker: Path) -> None:
    await editor.start(cwd=worker.parent)
    editor.open(worker)
    assert len(await editor.told(worker)) == 1
    for text in (HALF, "class", "\x00", "(" * 3000, "async def f():\n" + " while 1:\n" * 3, "\ud800", ""):
        editor.type(worker, text)
        await asyncio.sleep(0.4)
        assert await editor.actions(worker, SPIN_LINE) == []
        await editor.hover(worker, 1)
    editor.type(worker, SPINNING)
    assert len(await editor.told(worker)) == 1
    assert editor.logged == []


async def test_a_broken_document_hides_no_loop_of_another(editor: Editor, tmp_path: Path) -> None:
    """A callee that is being typed stands as it last was; what is typed in it counts once it is Python."""
    caller = "from helper import read_one\n\n\nasync def run(w):\n    while True:\n        await read_one(w)\n"
    callee = "import asyncio\n\n\nasync def read_one(w):\n    if w.done:\n        return\n    await asyncio.sleep(1)\n"
    folder = project(
        tmp_path / "p", {"loop.py": caller, "helper.py": callee.replace("return", "await asyncio.sleep(1)")}
    )
    loop, helper = folder / "loop.py", folder / "helper.py"
    await editor.start(cwd=folder)
    editor.open(loop)
    assert await editor.told(loop) == []
    editor.open(helper)
    assert await editor.told(loop) == []
    editor.type(helper, callee)
    [found] = await editor.told(loop)
    places = {each.location.uri for each in found.related_information or ()}
    assert places == {loop.as_uri(), helper.as_uri()}
    editor.type(helper, callee.replace("return", "retu("))
    [again] = await editor.told(loop)
    assert again == found
    editor.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(helper.as_uri())))
    assert await editor.told(helper) == []
    assert await editor.told(loop) == []


async def test_hover_shows_lap_and_page(editor: Editor, worker: Path) -> None:
    await editor.start(cwd=worker.parent)
    editor.open(worker, SPINNING + "# noqa: SPN105\n")
    shown = await editor.hover(worker, SPIN_LINE)
    assert shown is not None and shown.startswith(
        "```text\nworker.py:9:9: SPN101 silent-return [certain] in Worker.run\n"
    )
    assert "the lap, step by step:" in shown
    assert markdown(BY_CODE["SPN101"]) in shown
    assert await editor.hover(worker, SPIN_LINE + 1) is None
    last = SPINNING.count("\n") + 1
    assert await editor.hover(worker, last, 10) == markdown(BY_CODE["SPN105"])
    assert await editor.hover(worker, last, 3) is None
    assert await editor.hover(worker, 999) is None


async def test_a_plain_client_gets_the_same_as_plain_text(editor: Editor, worker: Path) -> None:
    text = types.TextDocumentClientCapabilities(
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.PlainText])
    )
    await editor.start(cwd=worker.parent, abilities={"text_document": text})
    editor.open(worker)
    [found] = await editor.told(worker)
    assert found.related_information is None
    assert found.message.endswith("\n9: while True:  the same state again: looping back")
    shown = await editor.hover(worker, SPIN_LINE)
    assert shown is not None and "WHY IT IS BAD" in shown and "```" not in shown
    assert editor.watched == []
    [action] = await editor.actions(worker, SPIN_LINE)
    assert action.edit is not None and list(action.edit.changes or {}) == [worker.as_uri()]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", ["bad_qq_gateway.py", "bad_watchdog.py"])
async def test_a_fix_makes_what_the_command_makes(editor: Editor, tmp_path: Path, name: str, newline: str) -> None:
    """Each safe fix of a fixture, taken as an editor takes it, gives the text that `spinlint fix` writes."""
    source = "# \U0001f300 astral\n" + (FIXTURES / "SPN101" / name).read_text(encoding="utf-8")
    source = source.replace("\n", newline)
    folder = project(tmp_path / "p", {})
    path = folder / name
    path.write_bytes(source.encode())
    await editor.start(cwd=folder)
    editor.open(path)
    found = [each for each in await editor.told(path) if each.code == "SPN101"]
    assert found
    text = source
    for each in reversed(found):
        [action] = await editor.actions(path, each.range.start.line + 1)
        assert action.kind == types.CodeActionKind.QuickFix
        assert action.diagnostics is not None and each in action.diagnostics
        assert action.edit is not None and action.edit.document_changes is not None
        [change] = action.edit.document_changes
        assert isinstance(change, types.TextDocumentEdit)
        assert (change.text_document.uri, change.text_document.version) == (path.as_uri(), 1)
        if action.is_preferred:
            edits = [e for e in change.edits if isinstance(e, types.TextEdit)]
            text = changed(text, edits, "utf-16-le")
        else:
            assert action.title.endswith(" (unsafe)")
    spinlint("fix", path, cwd=folder)
    assert text.encode() == path.read_bytes()
    assert text != source


LINES = st.lists(st.sampled_from(["a", "  b", "", "c = '\U0001f300'", "d"]), min_size=1, max_size=6)
PLAIN = Client(lambda text: len(text.encode("utf-16-le")) // 2, True, True, True, {})


@given(LINES, LINES, st.sampled_from(["", "\n"]), st.sampled_from(["\n", "\r\n"]))
def test_the_edits_of_any_fix_make_its_text(old: list[str], new: list[str], end: str, newline: str) -> None:
    """Also at the last line, with and without an end: the editor gets what the command would write."""
    before, after = (newline.join(lines) + end.replace("\n", newline) for lines in (old, new))
    if not before or before == after or (end == "" and not (old[-1] and new[-1])):
        return  # no fix takes the end of the last line away
    if "\n" not in before:
        after = after.replace("\r\n", "\n")  # one line tells nothing of how lines end
    path = Path("/x.py")
    fix = Fix("t", "safe", tuple(difference(path, before.encode(), after.encode())))
    [action] = actions(PLAIN, Judged(texts={path: before.encode()}), [finding(path, fix=fix)])
    assert action.edit is not None and action.edit.document_changes is not None
    [change] = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    edits = [each for each in change.edits if isinstance(each, types.TextEdit)]
    assert changed(before, edits, "utf-16-le") == after


def test_no_name_leaves_the_fence_of_a_hover() -> None:
    shown = hover(PLAIN, [finding(Path("/x.py"), function="``` # not a heading\n````")], None)
    assert shown is not None and isinstance(shown.contents, types.MarkupContent)
    head, _, rest = shown.contents.value.partition("\n")
    assert (head, rest.count("`````")) == ("`````text", 1)


async def test_an_unsafe_fix_says_so_and_other_kinds_are_not_asked(editor: Editor, tmp_path: Path) -> None:
    folder = project(tmp_path / "p", {})
    path = folder / "chunks.py"
    path.write_bytes((FIXTURES / "SPN103" / "bad_accumulate.py").read_bytes())
    await editor.start(cwd=folder)
    editor.open(path)
    [found] = await editor.told(path)
    line = found.range.start.line + 1
    [action] = await editor.actions(path, line)
    assert (action.title.endswith(" (unsafe)"), action.is_preferred) == (True, False)
    assert await editor.actions(path, line, ["refactor"]) == []
    assert len(await editor.actions(path, line, ["quickfix"])) == 1
    assert await editor.actions(path, 1) == []


@pytest.mark.parametrize(("encoding", "more"), [("utf-16", 1), ("utf-32", 0), ("utf-8", 3)])
async def test_columns_count_what_the_client_counts(editor: Editor, worker: Path, encoding: str, more: int) -> None:
    """An astral character has one, two or four units; a form feed and U+2028 end no line."""
    loop = "        while True:\n            await self.step()\n"
    wild = "        x = '\U0001f300\x0c\u2028'; x\n        while True: '\U0001f300'; await self.step()\n"
    source = SPINNING.replace(loop, wild)
    general = types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(encoding)])
    result = await editor.start(cwd=worker.parent, abilities={**RICH, "general": general})
    assert result.capabilities.position_encoding == encoding
    sync = result.capabilities.text_document_sync
    # The library's own edits of a document would go wrong after a form feed.
    assert isinstance(sync, types.TextDocumentSyncOptions) and sync.change == types.TextDocumentSyncKind.Full
    editor.open(worker, source)
    [found] = await editor.told(worker)
    end = len(source.split("\n")[SPIN_LINE]) + more
    assert found.range == types.Range(types.Position(SPIN_LINE, 8), types.Position(SPIN_LINE, end))


async def test_options_and_settings_are_those_of_the_command(editor: Editor, worker: Path) -> None:
    await editor.start("--ignore", "silent-return", cwd=worker.parent)
    editor.open(worker)
    assert await editor.told(worker) == []
    await editor.leave()
    second = Editor()
    await second.start("--stdio", cwd=worker.parent)
    second.open(worker)
    assert len(await second.told(worker)) == 1
    settings = worker.parent / "pyproject.toml"
    settings.write_text('[tool.spinlint]\nignore = ["SPN101"]\n', encoding="utf-8")
    event = types.FileEvent(settings.as_uri(), types.FileChangeType.Changed)
    second.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    assert await second.told(worker) == []
    settings.write_text('[tool.spinlint]\nignor = ["SPN101"]\n', encoding="utf-8")
    second.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    message = await asyncio.wait_for(second.messages.get(), TIME)
    assert message == f"spinlint: {settings}: unknown key 'ignor'; did you mean 'ignore'?"
    second.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await asyncio.sleep(2)
    assert second.messages.empty()
    assert set(second.watched) == {"**/*.py", "**/pyproject.toml", "**/spinlint.toml"}
    assert await second.leave() == 0


async def test_what_is_excluded_or_suppressed_is_silent(editor: Editor, worker: Path) -> None:
    (worker.parent / "pyproject.toml").write_text('[tool.spinlint]\nextend-exclude = ["made"]\n', encoding="utf-8")
    made = worker.parent / "made" / "worker.py"
    await editor.start(cwd=worker.parent)
    editor.open(made, SPINNING)
    assert await editor.told(made) == []
    editor.open(worker, SPINNING.replace("while True:", "while True:  # noqa: SPN101"))
    assert await editor.told(worker) == []
    editor.type(worker, SPINNING.replace("while True:", "while True:  # spinlint: ignore[SPN999]"))
    found = await editor.told(worker)
    assert "a suppression names 'SPN999', which is no code of spinlint" in [each.message for each in found]


async def test_documents_without_a_file_are_left_alone(editor: Editor, worker: Path) -> None:
    await editor.start(cwd=worker.parent)
    document = types.TextDocumentItem("untitled:Untitled-1", "python", 1, SPINNING)
    editor.text_document_did_open(types.DidOpenTextDocumentParams(document))
    editor.open(worker)
    assert len(await editor.told(worker)) == 1
    where = types.HoverParams(types.TextDocumentIdentifier("untitled:Untitled-1"), types.Position(8, 0))
    assert await asyncio.wait_for(editor.text_document_hover_async(where), TIME) is None


@pytest.mark.parametrize("name", ["SPN101/bad_qq_gateway.py", "SPN103/bad_helper_read.py"])
def test_no_state_of_typing_is_too_much(tmp_path: Path, name: str) -> None:
    """A file that is typed from the top, cut anywhere, and with lines left out: judged without an exception."""
    text = (FIXTURES / name).read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    path = project(tmp_path / "p", {}) / "typed.py"
    desk = Desk(lambda folder: replace(load_settings(folder), jobs=1, cache=False))
    cuts = [text[:end] for end in range(0, len(text), len(text) // 25)]
    gaps = ["".join(lines[:n] + lines[n + 1 :]) for n in range(0, len(lines), 4)]
    broken = 0
    for version, each in enumerate([*cuts, *gaps, text]):
        judged = desk.judge([Buffer(path.as_uri(), path, version, each)])
        broken += bool(judged.broken)
        assert judged.trouble == ""
    assert broken > 10
    assert judged.findings != []


def test_without_the_extra_it_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError('no pygls', name='pygls')\n", encoding="utf-8")
    result = spinlint("lsp", cwd=tmp_path, env={"PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "spinlint: the language server needs pygls: pip install 'spinlint[lsp]'\n"


def test_an_editor_that_goes_away_ends_the_server(tmp_path: Path) -> None:
    result = run(sys.executable, "-m", "lint_rules", "lsp", cwd=tmp_path, stdin="")
    assert (result.returncode, result.stdout) == (0, "")


def test_no_other_command_loads_the_server(tmp_path: Path) -> None:
    code = (
        "import sys, lint_rules.cli as cli\n"
        "cli.main(['check', '--no-cache', 'x.py'])\n"
        "heavy = {'pygls', 'lsprotocol', 'jinja2', 'pygments', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    (tmp_path / "x.py").write_text("x = 1\n", encoding="utf-8")
    assert run(sys.executable, "-c", code, cwd=tmp_path).stdout.splitlines()[-1] == "[]"


def test_the_extension_starts_this_server() -> None:
    folder = ROOT / "editors" / "vscode"
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    assert package["contributes"]["configuration"]["properties"]["spinlint.command"]["default"] == ["spinlint", "lsp"]
    assert (package["version"], package["license"]) == (__version__, "MIT")
    script = (folder / package["main"]).read_text(encoding="utf-8")
    assert set(re.findall(r'require\("([^"/]+)', script)) == {"vscode", *package["dependencies"]}
