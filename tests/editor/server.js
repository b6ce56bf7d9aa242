// A yaml-language-server as an editor talks to it: JSON-RPC over standard input and output.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
const home = path.dirname(require.resolve("yaml-language-server/package.json"));
const program = path.join(home, "bin", "yaml-language-server");

// Nothing is to be fetched: the schema is the file that the first line names.
const settings = {
  yaml: {
    completion: true,
    hover: true,
    validate: true,
    schemaStore: { enable: false, url: "" },
    kubernetesCRDStore: { enable: false },
    schemas: {},
  },
};

export class Server {
  #child = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  #bytes = Buffer.alloc(0);
  #number = 0;
  #answers = new Map();
  #findings = new Map();

  constructor() {
    this.#child.stdout.on("data", (bytes) => this.#read(bytes));
  }

  async start() {
    await this.request("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: {
        workspace: { configuration: true },
        textDocument: { completion: { completionItem: { snippetSupport: true } } },
      },
    });
    this.#send({ method: "initialized", params: {} });
    this.#send({ method: "workspace/didChangeConfiguration", params: { settings } });
  }

  stop() {
    this.#child.kill();
  }

  /** Opens a text under a name; what the server has found in it. */
  open(uri, text) {
    const found = new Promise((resolve) => this.#findings.set(uri, resolve));
    const textDocument = { uri, languageId: "yaml", version: 1, text };
    this.#send({ method: "textDocument/didOpen", params: { textDocument } });
    return found;
  }

  close(uri) {
    this.#send({ method: "textDocument/didClose", params: { textDocument: { uri } } });
  }

  request(method, params) {
    const id = ++this.#number;
    this.#send({ id, method, params });
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  #send(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#child.stdin.write(body);
  }

  #read(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      const end = this.#bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#bytes.subarray(0, end))[1]);
      if (this.#bytes.length < end + 4 + length) return;
      const body = this.#bytes.subarray(end + 4, end + 4 + length);
      this.#bytes = this.#bytes.subarray(end + 4 + length);
      this.#receive(JSON.parse(body.toString()));
    }
  }

  #receive(message) {
    if (message.method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = message.params;
      this.#findings.get(uri)?.(diagnostics);
      this.#findings.delete(uri);
    } else if (message.method && message.id !== undefined) {
      // The server asks us: for its settings, or to be told of changes.
      const items = message.params?.items ?? [];
      const result =
        message.method === "workspace/configuration"
          ? items.map(({ section }) => settings[section] ?? null)
          : null;
      this.#send({ id: message.id, result });
    } else if (this.#answers.has(message.id)) {
      const { resolve, reject } = this.#answers.get(message.id);
      this.#answers.delete(message.id);
      message.error ? reject(new Error(message.error.message)) : resolve(message.result);
    }
  }
}
