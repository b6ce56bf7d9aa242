// What an editor completes, explains and reports in a functions.yaml with our schema.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { Server } from "./server.js";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const schema = path.join(root, "schemas/functions.schema.json");
const modeline = `# yaml-language-server: $schema=${pathToFileURL(schema)}\n`;
const patience = { timeout: 60_000 };

const server = new Server();
before(() => server.start());
after(() => server.stop());

let number = 0;

/** Opens a text that holds a cursor, `|`; its place and name. */
async function at(marked) {
  const text = modeline + marked.replace("|", "");
  const lines = (modeline + marked).split("|")[0].split("\n");
  const uri = pathToFileURL(path.join(root, `tests/editor/${++number}.yaml`)).href;
  await server.open(uri, text);
  const position = { line: lines.length - 1, character: lines.at(-1).length };
  return { textDocument: { uri }, position };
}

const app = "app: shop\nimage: acme/shop:1.0\n";

const one = `${app}functions:\n- name: a\n`;

const places = [
  ["the top", `${app}|\n`, ["functions", "gateway", "namespace", "nsq", "broker", "labels"], ["app"]],
  ["a function", `${app}functions:\n  - name: a\n    |\n`, ["topic", "command", "scaling", "timeout", "env"], ["name"]],
  ["scaling", `${app}functions:\n- name: a\n  scaling:\n    |\n`, ["min", "max", "cpu"], ["name"]],
  ["a pull policy", "app: shop\nimage:\n  repository: acme/shop\n  pullPolicy: |\n", ["Always", "IfNotPresent", "Never"], []],
  ["a variable", `${app}functions:\n- name: a\n  env:\n    DB:\n      |\n`, ["secret", "configMap", "field", "key", "optional"], []],
  ["a health check", `${app}functions:\n- name: a\n  health:\n    |\n`, ["path", "port"], []],
  ["the gateway", `${app}gateway:\n  |\n`, ["routes", "scaling", "resources"], ["name"]],
  ["a route", `${app}gateway:\n  routes:\n    /a/:\n      |\n`, ["topic", "external", "timeout", "methods"], []],
  ["brokers", `${app}nsq:\n  nsqd:\n    |\n`, ["replicas", "storage"], []],
  ["another broker", `${app}broker:\n  |\n`, ["lookupd", "nsqd"], []],
  ["defaults", `${app}defaults:\n  |\n`, ["timeout", "scaling", "concurrency"], ["name", "topic"]],
  ["resources", `${one}  resources:\n    |\n`, ["requests", "limits"], []],
  ["limits", `${one}  resources:\n    limits:\n      |\n`, ["cpu", "memory"], []],
  ["resources of the gateway", `${app}gateway:\n  resources:\n    |\n`, ["requests", "limits"], []],
  ["a security context", `${one}  securityContext:\n    |\n`, ["runAsUser", "fsGroup", "readOnlyRootFilesystem"], []],
  ["affinity", `${one}  affinity:\n    |\n`, ["nodeAffinity", "podAntiAffinity"], []],
  ["a toleration", `${one}  tolerations:\n  - |\n`, ["key", "operator", "effect"], []],
  ["what a taint does", `${one}  tolerations:\n  - effect: |\n`, ["NoSchedule", "NoExecute"], []],
  ["a spread", `${one}  topologySpread:\n  - |\n`, ["topologyKey", "maxSkew"], []],
  ["a volume", `${one}  volumes:\n  - name: data\n    |\n`, ["emptyDir", "secret", "persistentVolumeClaim"], ["name"]],
  ["a mount", `${one}  volumeMounts:\n  - |\n`, ["name", "mountPath", "readOnly"], []],
  ["a timeout", `${one}  timeout: |\n`, ["3s", "250ms"], []],
  ["a kind", `${one}  kind: |\n`, ["Deployment", "StatefulSet", "DaemonSet"], []],
  ["a version of Kubernetes", `${app}kubeVersion: |\n`, ['"1.33"', '"1.37"'], []],
  ["an environment", `${app}environments:\n  production:\n    |\n`, ["functions", "namespace", "image"], ["environments"]],
  ["a function there", `${app}environments:\n  production:\n    functions:\n    - name: a\n      |\n`, ["scaling", "enabled"], ["name"]],
  ["a variable there", `${app}environments:\n  production:\n    functions:\n    - name: a\n      env:\n      - name: A\n        |\n`, ["value", "$patch"], ["name"]],
  ["a switch", "app: shop\ncreateNamespace: |\n", ["true", "false"], []],
];

for (const [name, marked, expected, absent] of places) {
  test(`completion at ${name}`, patience, async () => {
    const place = await at(marked);
    const answer = await server.request("textDocument/completion", place);
    const labels = (answer.items ?? answer).map((item) => item.label);
    for (const label of expected) {
      assert.ok(labels.includes(label), `${label} is not among ${labels.join(", ")}`);
    }
    for (const label of absent) {
      assert.ok(!labels.includes(label), `${label} is among ${labels.join(", ")}`);
    }
  });
}

test("a key is explained where it stands", patience, async () => {
  const place = await at(`${app}functions:\n- name: a\n  time|out: 3s\n`);
  const hover = await server.request("textDocument/hover", place);
  assert.match(JSON.stringify(hover.contents), /How long a caller waits/);
});

test("a misspelt key is reported, and so is a number out of range", patience, async () => {
  for (const [wrong, says] of [
    ["  comand: [x]\n", /comand/],
    ["  concurrency: 0\n", /minimum/],
    ["  command: /bin/app\n", /array/],
    ["  timeout: 3 seconds\n", /pattern/],
    ["  topic: no blanks\n", /pattern/],
  ]) {
    const uri = pathToFileURL(path.join(root, `tests/editor/${++number}.yaml`)).href;
    const found = await server.open(uri, `${modeline}${app}functions:\n- name: a\n${wrong}`);
    assert.match(found.map((one) => one.message).join("\n"), says);
  }
});

function inputs(folder) {
  return readdirSync(path.join(root, folder), { recursive: true })
    .map((name) => path.join(root, folder, name))
    .filter((name) => /functions\.ya?ml$/.test(name) && statSync(name).isFile());
}

// The compiler reads older spellings, too, and says what they are called now; an editor only sees
// that they are not in the schema.
const older = /^Property (replicas|maxReplicas|targetCPUUtilizationPercentage|config) is not allowed/;

// What the compiler takes, with all there is to write.
const cases = readdirSync(path.join(root, "tests/cases"))
  .filter((name) => name.endsWith(".yaml") && !name.startsWith("err_"))
  .map((name) => path.join(root, "tests/cases", name));

for (const file of [...inputs("example"), ...inputs("charts"), ...cases]) {
  const name = path.relative(root, file);
  test(`nothing is reported in ${name}`, patience, async () => {
    const text = readFileSync(file, "utf8");
    // Where a file names no schema of its own, an editor is told.
    const whole = text.startsWith("# yaml-language-server") ? text : modeline + text;
    const found = await server.open(pathToFileURL(file).href, whole);
    assert.deepEqual(found.map((one) => one.message).filter((said) => !older.test(said)), []);
  });
}
