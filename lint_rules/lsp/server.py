"""The server itself: hears what the editor does and says what was found, after a pause in the typing.

Invariant: one analysis at a time, in one thread; its answer is published only for the text that it is about; no
trouble ends the server.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from lint_rules import __version__
from lint_rules.config import Settings, forget
from lint_rules.lsp.desk import Buffer, Desk, Judged
from lint_rules.lsp.wire import SOURCE, Client, actions, diagnostics, hover
from lint_rules.rules.registry import BY_CODE

PAUSE = 0.3
STACK = 64 * 1024 * 1024  # deep code nests deep; the stack of a thread is small on some systems
SETTINGS = ("pyproject.toml", "spinlint.toml")
CODE = re.compile(r"SPN\d{3}")
GLOBS = ("**/*.py", *(f"**/{name}" for name in SETTINGS))


class Server(LanguageServer):
    """Documents come whole: the library cuts lines at form feeds, Python and editors do not."""

    def __init__(self, read: Callable[[Path], Settings]) -> None:
        super().__init__(SOURCE, __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.buffers: dict[Path, Buffer] = {}
        self.judged = Judged()
        self.desk = Desk(read)
        before = threading.stack_size(STACK)
        self.worker = ThreadPoolExecutor(1, "analysis")
        self.worker.submit(int).result()  # starts it, with that stack
        threading.stack_size(before)
        self.timer: asyncio.TimerHandle | None = None
        self.work: asyncio.Task[None] | None = None
        self.told = ""

    def client(self) -> Client:
        text = self.client_capabilities.text_document or types.TextDocumentClientCapabilities()
        edits = getattr(self.client_capabilities.workspace, "workspace_edit", None)
        formats = (text.hover.content_format if text.hover else None) or [types.MarkupKind.Markdown]
        return Client(
            units=self.workspace.position_codec.client_num_units,
            related=bool(text.publish_diagnostics and text.publish_diagnostics.related_information),
            marked=types.MarkupKind.Markdown in formats,
            versioned=bool(getattr(edits, "document_changes", False)),
            known=self.buffers,
        )

    # ------------------------------------------------------------------ documents

    def take(self, uri: str) -> None:
        """A document as it is now, if it is a file."""
        path = path_of(uri)
        if path is not None:
            document = self.workspace.get_text_document(uri)
            self.buffers[path] = Buffer(uri, path, document.version, document.source)

    def drop(self, uri: str) -> None:
        path = path_of(uri)
        if path is not None and self.buffers.pop(path, None) is not None:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    # ------------------------------------------------------------------ analysis

    def judge_after(self, pause: float) -> None:
        """Everything that is open, since what is typed in one document can make a loop of another spin."""
        if self.timer is not None:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(pause, self._start)

    def _start(self) -> None:
        self.timer = None
        if self.work is not None and not self.work.done():
            self.judge_after(PAUSE)
        else:
            self.work = asyncio.get_running_loop().create_task(self._judge())

    async def _judge(self) -> None:
        buffers = tuple(self.buffers.values())
        try:
            judged = await asyncio.get_running_loop().run_in_executor(self.worker, self.desk.judge, buffers)
            self._publish(judged)
        except Exception as exc:
            self._log(exc)

    def _publish(self, judged: Judged) -> None:
        if judged.trouble:
            if judged.trouble != self.told:
                self.window_show_message(
                    types.ShowMessageParams(types.MessageType.Error, f"spinlint: {judged.trouble}")
                )
            self.told = judged.trouble
            return
        self.told = ""
        self.judged = judged
        client = self.client()
        for path, buffer in judged.buffers.items():
            if judged.holds_for(self.buffers, path):
                found = diagnostics(client, judged, path)
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(buffer.uri, found, version=buffer.version)
                )

    def _log(self, error: Exception) -> None:
        text = f"internal error: {type(error).__name__}: {error}"
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, text))

    async def current(self, path: Path) -> Judged | None:
        """What is known of the text that is in the editor now; None where that is no Python."""
        while path in self.buffers and self.judged.buffers.get(path) != self.buffers[path]:
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
            if self.work is None or self.work.done():
                self.work = asyncio.get_running_loop().create_task(self._judge())
            before = self.judged
            await self.work
            if self.judged is before:  # settings that cannot be read, or a fault that was told
                return None
        return self.judged if self.judged.holds_for(self.buffers, path) else None

    # ------------------------------------------------------------------ answers

    async def hover_at(self, path: Path, line: int, character: int) -> types.Hover | None:
        buffer = self.buffers.get(path)
        judged = await self.current(path)
        found = [f for f in judged.findings if (f.path, f.line) == (path, line + 1)] if judged is not None else []
        named = None
        if buffer is not None and not found:
            lines = buffer.text.split("\n")
            text, units = lines[line] if line < len(lines) else "", self.client().units
            words = CODE.finditer(text)
            named = next((w[0] for w in words if units(text[: w.start()]) <= character <= units(text[: w.end()])), None)
        return hover(self.client(), found, BY_CODE.get(named or ""))

    async def actions_in(self, path: Path, first: int, last: int) -> list[types.CodeAction]:
        """The fixes of the loops whose finding stands on one of these lines."""
        judged = await self.current(path)
        if judged is None:
            return []
        hit = [f for f in judged.findings if f.path == path and first <= f.line <= last]
        if not hit:
            return []
        functions = tuple(dict.fromkeys(f.function for f in hit))
        loop = asyncio.get_running_loop()
        fixed = await loop.run_in_executor(self.worker, self.desk.fixes, judged, path, functions)
        places = {(f.code, f.line, f.column) for f in hit}
        return actions(self.client(), judged, [f for f in fixed if (f.code, f.line, f.column) in places])


def path_of(uri: str) -> Path | None:
    """The file that a document is; None for what has no place on disk, such as one never saved."""
    if not uri.startswith("file:"):
        return None
    name = to_fs_path(uri)
    return Path(name) if name else None


def make(read: Callable[[Path], Settings]) -> Server:
    server = Server(read)

    @server.feature(types.INITIALIZED)
    def _(ls: Server, params: types.InitializedParams) -> None:
        watching = getattr(ls.client_capabilities.workspace, "did_change_watched_files", None)
        if getattr(watching, "dynamic_registration", False):
            globs = [types.FileSystemWatcher(glob) for glob in GLOBS]
            options = types.DidChangeWatchedFilesRegistrationOptions(globs)
            what = types.Registration(SOURCE, types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            ls.client_register_capability(types.RegistrationParams([what]))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        ls.take(params.text_document.uri)
        ls.judge_after(0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def _(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        ls.take(params.text_document.uri)
        ls.judge_after(PAUSE)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def _(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
        forget()
        ls.judge_after(0)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        ls.drop(params.text_document.uri)
        ls.judge_after(PAUSE)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
        forget()
        ls.judge_after(PAUSE)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def _(ls: Server, params: types.HoverParams) -> types.Hover | None:
        path = path_of(params.text_document.uri)
        at = params.position
        return await ls.hover_at(path, at.line, at.character) if path is not None else None

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    async def _(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        path = path_of(params.text_document.uri)
        only = params.context.only
        if path is None or (only and types.CodeActionKind.QuickFix not in only and "" not in only):
            return []
        return await ls.actions_in(path, params.range.start.line + 1, params.range.end.line + 1)

    @server.feature(types.SHUTDOWN)
    def _(ls: Server, params: None) -> None:
        ls.worker.shutdown(wait=False, cancel_futures=True)

    return server


def serve(read: Callable[[Path], Settings]) -> None:
    """Over standard input and output, until the editor goes. Nothing else may write to the stream of the protocol."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with redirect_stdout(sys.stderr):
        make(read).start_io(stdout=stream)
