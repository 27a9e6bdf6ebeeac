// Starts `spinlint lsp` for Python files; all else is the server's and the client library's.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const [command, ...args] = workspace.getConfiguration("spinlint").get("command");
  const documentSelector = [{ scheme: "file", language: "python" }];
  client = new LanguageClient("spinlint", "spinlint", { command, args }, { documentSelector });
  return client.start();
};

exports.deactivate = () => client && client.stop();
