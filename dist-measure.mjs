// src/manifests/diagnostic.ts
function sortDiagnostics(diagnostics) {
  return [...diagnostics].sort(
    (a, b) => compareText(a.path, b.path) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || rankOf(a) - rankOf(b)
  );
}
function rankOf(diagnostic) {
  return diagnostic.severity === "error" ? 0 : 1;
}
function compareText(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
var UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
function printable(text) {
  return text.replace(UNPRINTABLE, (char) => char === "	" ? "\u2192" : "\xB7");
}

// src/manifests/parse/source-text.ts
import { isCollection, isMap as isMap4, isScalar as isScalar4 } from "yaml";

// src/manifests/parse/compose.ts
import { Composer, Lexer, Parser } from "yaml";

// src/lib/limits.ts
var LIMITS = {
  /** One YAML file. */
  manifestFileBytes: 5 * 1024 * 1024,
  /** Documents in one file, after `List` is unwrapped. */
  manifestDocumentsPerFile: 1e4,
  /** Nesting of one document. */
  manifestDepth: 64,
  /** Expansions of aliases in one document. */
  manifestAliases: 100,
  /** Values that the expansions of one document's aliases may add up to. */
  manifestAliasValues: 1e5,
  /** Words, marks and spaces of one YAML file. */
  manifestTokens: 1e6,
  /** Files below one application's path. */
  applicationFiles: 5e4,
  /** One object as JSON, as etcd and Kubernetes have it. */
  objectBytes: 1572864,
  /** All files of one Helm chart. */
  chartBytes: 32 * 1024 * 1024,
  /** Files of one Helm chart. */
  chartFiles: 5e3,
  /** What helm may print of one chart. */
  chartOutputBytes: 32 * 1024 * 1024,
  /** One run of helm. */
  chartRenderMs: 6e4,
  /** Address space of helm; a chart whose templates grow without end stops there. */
  chartMemoryBytes: 2 * 1024 * 1024 * 1024,
  /** Helm processes at one time. */
  parallelCharts: 2,
  /** Rendered charts that are kept in memory. */
  chartCacheBytes: 64 * 1024 * 1024,
  /** Problems reported of one commit; the rest is counted. */
  diagnostics: 500,
  /** Longest run of synchronous work before other work gets its turn. */
  turnMs: 10,
  /** Events that the store keeps for watches and reads in the past. */
  storeHistoryEvents: 1e4,
  /** Memory of superseded values that the store keeps for the same. */
  storeHistoryBytes: 16 * 1024 * 1024,
  /** A segment of the store's log is closed and the next one begun when it is larger than this. */
  storeSegmentBytes: 32 * 1024 * 1024,
  /** Log that the store writes before it takes a snapshot; more where the last snapshot is larger. */
  storeLogBytes: 32 * 1024 * 1024,
  /** One HTTP request body. */
  requestBodyBytes: 3 * 1024 * 1024,
  // Secrets
  /** Secrets that lie in a folder of the box. */
  secretFolders: 1e3,
  /** The files of one of them, as Kubernetes bounds a Secret. */
  secretBytes: 1024 * 1024,
  /** The file with the age keys of the box. */
  keyFileBytes: 64 * 1024,
  // Source
  /** One Git object other than a manifest: a commit or a tree. */
  gitObjectBytes: 32 * 1024 * 1024,
  /** One file of the status branch that is read back to see whose it is. */
  publishedFileBytes: 64 * 1024 * 1024,
  /** What isomorphic-git may read out of its packs before its cache is dropped. */
  gitCacheReadBytes: 64 * 1024 * 1024,
  /** Packs of a repository up to which reading in the process is worth more than starting system git. */
  gitSmallPackBytes: 1024 * 1024,
  /** Loose objects of a repository up to which the same holds. */
  gitSmallLooseObjects: 2e3,
  /** What one system git command may print. */
  gitOutputBytes: 16 * 1024 * 1024,
  /** One system git command, or its silence while it owes an answer. */
  gitCommandMs: 12e4,
  /** One fetch or push over the network, from its start to its end. */
  gitTransferMs: 6e5,
  /** Silence of a Git server before it counts as unreachable. */
  gitServerSilenceMs: 3e4,
  /** One answer of a Git server that isomorphic-git takes into memory. */
  gitResponseBytes: 256 * 1024 * 1024,
  // Node agent
  /** Memory that all Secret volumes of the box may take. */
  secretVolumesBytes: 256 * 1024 * 1024,
  /** One file of a container's log, as the kubelet's `containerLogMaxSize`. */
  containerLogBytes: 10 * 1024 * 1024,
  /** Files of a container's log, as the kubelet's `containerLogMaxFiles`. */
  containerLogFiles: 5,
  /** Last words of a container, as the kubelet bounds them. */
  terminationMessageBytes: 4096,
  /** Last words taken from the log's end, as the kubelet bounds them. */
  terminationLogTailBytes: 2048,
  terminationLogTailLines: 80,
  /** Body of a probe's answer that is read, and output of a command that is kept. */
  probeOutputBytes: 10 * 1024,
  /** Image pulls at one time. */
  parallelImagePulls: 3,
  /** Commands of probes that run at one time. */
  parallelExecProbes: 8,
  // API
  /** Events kept in one namespace; the oldest go first. */
  eventsPerNamespace: 1e3,
  /** Objects in one page of a list over HTTP, whatever was asked for. */
  listPageObjects: 1e4,
  /** Bytes of watch events that wait for one slow HTTP client before its watch is ended. */
  watchBacklogBytes: 16 * 1024 * 1024,
  /** Watches, followed logs and exec sessions over HTTP at one time. */
  httpStreams: 1e3,
  /** Time that the head and body of one HTTP request may take to arrive. */
  httpRequestMs: 6e4,
  // Network
  /** Names that are being asked of the host's own name servers at one time; beyond it queries fail at once. */
  dnsParallelForwards: 256,
  /** Answers of other name servers that are kept. */
  dnsCacheEntries: 2e3,
  /** Longest time that one is kept, whatever it says itself. */
  dnsCacheMs: 3e4,
  /** Wait for one of the host's name servers before the next one is asked. */
  dnsForwardMs: 2e3,
  // Reports
  /** One report to one place, its retries on the spot included. */
  reportMs: 12e4,
  /** What of an answer of GitHub or a webhook is read. */
  reportAnswerBytes: 4 * 1024 * 1024,
  /** A comment on a pull request: 65,536 characters are the end at GitHub. */
  commentBytes: 6e4,
  /** A job's summary: its upload is given up above 1 MiB. */
  jobSummaryBytes: 900 * 1024,
  // Objects
  /** Operations of one JSON patch, as the API server bounds them. */
  jsonPatchOperations: 1e4,
  /** Steps of one JSON pointer. */
  jsonPointerSteps: 500,
  /** Nodes of field ownership that are shared between objects; beyond it sharing starts anew. */
  sharedFieldNodes: 1e5,
  /** Steps that are remembered of how such nodes were put together; beyond it remembering starts anew. */
  fieldNodeSteps: 2e4,
  /** Such nodes whose JSON is kept. */
  fieldTexts: 500
};

// src/manifests/parse/compose.ts
var OPTIONS = {
  schema: "failsafe",
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "silent"
};
var STACK_SLACK = 4;
var TOKENS_PER_STEP = 5e3;
function* composeSteps(text) {
  const parser = new Parser();
  const composer = new Composer(OPTIONS);
  const documents = [];
  let tokens = 0;
  const stop = (detail, help) => ({
    documents,
    stopped: { offset: parser.offset, detail, help }
  });
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      for (const document of composer.next(token)) documents.push(composedDocument(document, text.length));
    }
    if (parser.stack.length > LIMITS.manifestDepth + STACK_SLACK) return stop(...TOO_DEEP);
    if (++tokens > LIMITS.manifestTokens) return stop(...TOO_MANY_TOKENS);
    if (documents.length > LIMITS.manifestDocumentsPerFile) return stop(...TOO_MANY_DOCUMENTS);
    if (tokens % TOKENS_PER_STEP === 0) yield;
  }
  for (const token of parser.end()) {
    for (const document of composer.next(token)) documents.push(composedDocument(document, text.length));
  }
  for (const document of composer.end()) documents.push(composedDocument(document, text.length));
  const leftover = composer.streamInfo().errors;
  if (leftover.length > 0) documents.push({ root: null, errors: leftover, range: [0, text.length] });
  return { documents };
}
var TOO_DEEP = [
  `the nesting is deeper than ${LIMITS.manifestDepth} levels (manifestDepth)`,
  "no Kubernetes object is that deep: look for a missing closing bracket"
];
var TOO_MANY_TOKENS = [
  `the file has more than ${LIMITS.manifestTokens} words and marks (manifestTokens)`,
  "split the file"
];
var TOO_MANY_DOCUMENTS = [
  `the file has more than ${LIMITS.manifestDocumentsPerFile} documents (manifestDocumentsPerFile)`,
  "split the file"
];
function compose(text) {
  const steps2 = composeSteps(text);
  for (; ; ) {
    const step = steps2.next();
    if (step.done) return step.value;
  }
}
function composedDocument(document, textLength) {
  const [start, , end] = document.range;
  return { root: document.contents, errors: document.errors, range: [start, Math.min(end, textLength)] };
}

// src/manifests/parse/excerpt.ts
var MASK = "<redacted>";
var WINDOW_CHARS = 120;
var LEAD_CHARS = 40;
var SENSITIVE_NAME = /passw|passphrase|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|credential/i;
var HARMLESS_FIELDS = /* @__PURE__ */ new Set([
  "automountServiceAccountToken",
  "imagePullSecrets",
  "nodePublishSecretRef",
  "secret",
  "secretKeyRef",
  "secretName",
  "secretRef",
  "secrets",
  "serviceAccountToken"
]);
function isSensitiveName(name) {
  return SENSITIVE_NAME.test(name) && !HARMLESS_FIELDS.has(name);
}
function makeExcerpt(line, span, keep) {
  const start = Math.min(span.column - 1, line.length);
  const end = Math.max(span.endColumn - 1, start + 1);
  const open = keep ?? openCharacters(line);
  if (open === void 0 || open >= line.length) return windowOf(line, start, end);
  const masked = maskAfter(line, open);
  if (start < open) return windowOf(masked, start, Math.min(end, Math.max(open, start + 1)));
  const maskStart = Math.max(0, masked.length - MASK.length);
  return windowOf(masked, maskStart, masked.length);
}
function maskAfter(line, open) {
  if (open === 0) return `${/^ */.exec(line)?.[0] ?? ""}${MASK}`;
  const colon = /^["']?\s*:/.exec(line.slice(open))?.[0] ?? "";
  return `${line.slice(0, open)}${colon} ${MASK}`;
}
function openCharacters(line) {
  const match = /^(\s*(?:- )*["']?([\w.-]+)["']?\s*:)\s+\S/.exec(line);
  if (match?.[1] === void 0 || match[2] === void 0 || !isSensitiveName(match[2])) return void 0;
  return match[1].length;
}
function windowOf(line, start, end) {
  const from = line.length <= WINDOW_CHARS ? 0 : Math.max(0, Math.min(start - LEAD_CHARS, line.length - WINDOW_CHARS));
  const lead = from === 0 ? "" : "\u2026";
  const tail = from + WINDOW_CHARS < line.length ? "\u2026" : "";
  const text = `${lead}${printable(line.slice(from, from + WINDOW_CHARS))}${tail}`;
  const caretStart = start - from + lead.length;
  const caretEnd = Math.min(end - from + lead.length, Math.max(text.length - tail.length, caretStart + 1));
  return { text: detached(text), caretStart, caretEnd };
}
function detached(text) {
  return JSON.parse(JSON.stringify(text));
}

// src/manifests/parse/find-node.ts
import { isAlias as isAlias2, isMap as isMap2, isScalar as isScalar2, isSeq, visit } from "yaml";

// src/manifests/parse/node-to-json.ts
import { isAlias, isMap, isScalar, Scalar } from "yaml";

// src/lib/json.ts
function isJsonObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function jsonEqual(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => jsonEqual(item, b[index]));
  }
  return objectsEqual(a, b);
}
function objectsEqual(a, b) {
  let inA = 0;
  for (const key of Object.keys(a)) {
    if (a[key] === void 0) continue;
    inA++;
    if (!Object.hasOwn(b, key) || !jsonEqual(a[key], b[key])) return false;
  }
  let inB = 0;
  for (const key of Object.keys(b)) if (b[key] !== void 0) inB++;
  return inA === inB;
}

// src/manifests/parse/resolve-scalar.ts
var WORDS = new Map([
  ...wordsOf(true, "y Y yes Yes YES true True TRUE on On ON"),
  ...wordsOf(false, "n N no No NO false False FALSE off Off OFF"),
  ...wordsOf(null, "~ null Null NULL"),
  ["", null]
]);
var NOT_FINITE = /^(?:\.(?:nan|NaN|NAN)|[-+]?\.(?:inf|Inf|INF))$/;
var DECIMAL_INTEGER = /^[-+]?(?:0|[1-9][0-9]*)$/;
var BASED_INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+)$/;
var FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
function wordsOf(value, words) {
  return words.split(" ").map((word) => [word, value]);
}
function resolvePlainScalar(source) {
  const first = source.charCodeAt(0);
  const word = WORDS.get(source);
  if (word !== void 0) return { type: "value", value: word };
  const isDigitOrSign = first >= 48 && first <= 57 || first === 43 || first === 45;
  if (!isDigitOrSign && first !== 46) return { type: "value", value: source };
  if (NOT_FINITE.test(source)) return { type: "unsafe", reason: "infinity and not-a-number do not exist in JSON" };
  const plain = isDigitOrSign ? source.replaceAll("_", "") : source;
  if (DECIMAL_INTEGER.test(plain)) return integerOf(plain, Number(plain));
  const based = BASED_INTEGER.exec(plain);
  if (based !== null) return integerOf(plain, (based[1] === "-" ? -1 : 1) * Number(normalizeBase(based[2] ?? "0")));
  if (!FLOAT.test(plain)) return { type: "value", value: source };
  const float = Number(plain);
  if (!Number.isFinite(float)) return { type: "value", value: source };
  return { type: "value", value: float };
}
function normalizeBase(digits) {
  return /^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase();
}
function integerOf(plain, value) {
  if (Number.isSafeInteger(value)) return { type: "value", value: value === 0 ? 0 : value };
  const digits = plain.replace(/^[-+]/, "").length;
  return { type: "unsafe", reason: `a whole number of ${digits} digits is beyond \xB1(2^53 \u2212 1) and would be rounded` };
}

// src/manifests/parse/node-to-json.ts
function isMergeKey(key) {
  return isScalar(key) && key.value === "<<" && key.type === Scalar.PLAIN && key.tag === void 0;
}

// src/manifests/parse/find-node.ts
function findField(root, path) {
  let found = { key: void 0, value: root, depth: 0 };
  for (const step of path) {
    const next = stepInto(root, found.value, step);
    if (next === void 0) return found;
    found = { ...next, depth: found.depth + 1 };
  }
  return found;
}
function stepInto(root, from, step) {
  const node = derefer(root, from);
  if (typeof step === "number") {
    if (!isSeq(node)) return void 0;
    const item = node.items[step];
    return item === void 0 ? void 0 : { key: void 0, value: item };
  }
  return isMap2(node) ? stepIntoMap(root, node.items, step, 0) : void 0;
}
var MAX_MERGE_DEPTH = 10;
function stepIntoMap(root, items, name, mergeDepth) {
  for (const { key, value } of items) {
    if (isScalar2(key) && String(key.value) === name && !isMergeKey(key)) return { key, value };
  }
  if (mergeDepth > MAX_MERGE_DEPTH) return void 0;
  for (const { key, value } of items) {
    if (!isMergeKey(key)) continue;
    const source = derefer(root, value);
    for (const candidate of isSeq(source) ? source.items : [source]) {
      const map = derefer(root, candidate);
      const found = isMap2(map) ? stepIntoMap(root, map.items, name, mergeDepth + 1) : void 0;
      if (found !== void 0) return found;
    }
  }
  return void 0;
}
function derefer(root, node) {
  if (!isAlias2(node)) return node;
  const alias = node;
  let target = null;
  visit(root, {
    Node: (_, candidate) => {
      if (candidate === alias) return visit.BREAK;
      if (!isAlias2(candidate) && candidate.anchor === alias.source) target = candidate;
      return void 0;
    }
  });
  return target;
}

// src/manifests/parse/line-index.ts
var LineIndex = class {
  text;
  /** Offset of each line's first character; ascending. */
  #starts = [0];
  constructor(text) {
    this.text = text;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) this.#starts.push(end + 1);
  }
  get lineCount() {
    return this.#starts.length;
  }
  /** Line of an offset, from 1. */
  lineAt(offset) {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = low + high >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
  /** From `start` to `end`, cut at the end of the first line and never empty. */
  spanOf(start, end) {
    const from = Math.max(0, Math.min(start, this.text.length));
    const line = this.lineAt(from);
    const lineStart = this.#starts[line - 1] ?? 0;
    const lineEnd = lineStart + this.lineText(line).length;
    return {
      line,
      column: from - lineStart + 1,
      endColumn: Math.max(Math.min(end, lineEnd), from + 1) - lineStart + 1
    };
  }
  /** Text of a line without its end. */
  lineText(line) {
    const start = this.#starts[line - 1] ?? this.text.length;
    const next = this.#starts[line];
    const text = this.text.slice(start, next === void 0 ? this.text.length : next - 1);
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  }
};

// src/manifests/parse/secret-lines.ts
import { isMap as isMap3, isScalar as isScalar3, isSeq as isSeq2 } from "yaml";
var KIND_SECRET = /kind["']?\s*:\s*(?:[&!]\S*\s+)*["']?\w*Secret/;
var OPEN_SECRET_FIELDS = /* @__PURE__ */ new Set(["apiVersion", "kind", "metadata", "type", "immutable"]);
var OPEN_WORD = /^\s*(?:- )*(?:apiVersion|kind|metadata|name|namespace|labels|annotations|type|immutable|data|stringData)\s*:/;
function secretLines(file, lines) {
  const found = /* @__PURE__ */ new Map();
  const { text } = lines;
  if (!/secret/i.test(text)) return found;
  const isCut = file.stopped !== void 0 || file.documents.some((document) => document.root === null && document.errors.length > 0);
  if (isCut && KIND_SECRET.test(text)) {
    addBroken(found, lines, 0, text.length);
    return found;
  }
  for (const document of file.documents) {
    const [start, end] = document.range;
    if (document.errors.length > 0) {
      if (KIND_SECRET.test(text.slice(start, end))) addBroken(found, lines, start, end);
    } else addSecretsOf(found, lines, document.root, document.root);
  }
  return found;
}
function addBroken(found, lines, start, end) {
  const last = lines.lineAt(end);
  for (let line = lines.lineAt(start); line <= last; line++) {
    found.set(line, { keep: OPEN_WORD.exec(lines.lineText(line))?.[0].length ?? 0 });
  }
}
function addSecretsOf(found, lines, root, node) {
  if (!isMap3(node)) return;
  const kind = findField(node, ["kind"]).value;
  const name = isScalar3(kind) ? String(kind.value) : "";
  if (name === "Secret") addSecret(found, lines, node);
  if (!name.endsWith("List")) return;
  const items = findField(node, ["items"]).value;
  if (!isSeq2(items)) return;
  for (const item of items.items) {
    if (name === "SecretList" && isMap3(item)) addSecret(found, lines, item);
    else addSecretsOf(found, lines, root, item);
  }
}
function addSecret(found, lines, secret) {
  for (const { key, value } of secret.items) {
    const name = isScalar3(key) ? String(key.value) : "";
    if (!OPEN_SECRET_FIELDS.has(name)) addMasked(found, lines, key, value);
    else if (name === "metadata" && isMap3(value)) {
      const pair = value.items.find(
        (item) => isScalar3(item.key) && item.key.value === "annotations"
      );
      if (pair !== void 0) addMasked(found, lines, pair.key, pair.value);
    }
  }
}
function addMasked(found, lines, key, value) {
  const last = lines.lineAt(value?.range[1] ?? key.range[1]);
  for (let line = lines.lineAt(key.range[0]); line <= last; line++) {
    if (!found.has(line)) found.set(line, { keep: 0 });
  }
  const keys = [key, ...isMap3(value) ? value.items.map((item) => item.key) : []];
  for (const shown of keys.filter((candidate) => isScalar3(candidate))) {
    const span = lines.spanOf(shown.range[0], shown.range[1]);
    const entry = found.get(span.line);
    if (entry !== void 0 && entry.keep === 0) entry.keep = span.endColumn - 1;
  }
}

// src/manifests/parse/source-text.ts
var SourceText = class {
  lines;
  #composed;
  #secretLines;
  constructor(text, composed) {
    this.lines = new LineIndex(text);
    this.#composed = composed;
  }
  get composed() {
    this.#composed ??= compose(this.lines.text);
    return this.#composed;
  }
  /** Place of a field's key or value; of its deepest parent where it does not exist. */
  locate(object, path, at) {
    const root = this.composed.documents[object.documentIndex]?.root ?? null;
    const whole = [...object.itemPath, ...path];
    const found = findField(root, whole);
    const exists = found.depth === whole.length;
    const { key, value } = found;
    const isKeyMeant = at === "key" || !exists || isCollection(value) || value === null || value.range[0] === value.range[1];
    const node = (isKeyMeant ? key : void 0) ?? firstLeaf(value) ?? key;
    const [start, end] = node?.range ?? this.composed.documents[object.documentIndex]?.range ?? [0, 0];
    const span = this.lines.spanOf(start, end);
    if (!isScalar4(value) || !exists) return { ...span, exists };
    return { ...span, exists, source: String(value.value), isPlain: value.type === "PLAIN" };
  }
  /** Completes a diagnostic with its place and the excerpt of that line. `keep`: what is shown of the line before it is masked. */
  diagnosticAt(span, diagnostic, options = {}) {
    this.#secretLines ??= secretLines(this.composed, this.lines);
    const line = this.lines.lineText(span.line);
    const keep = this.#secretLines.get(span.line)?.keep ?? options.keep;
    return {
      ...diagnostic,
      message: printable(diagnostic.message),
      ...diagnostic.help === void 0 ? {} : { help: printable(diagnostic.help) },
      line: span.line,
      column: span.column,
      endColumn: span.endColumn,
      excerpt: makeExcerpt(line, span, keep)
    };
  }
  /** Whether the field is the literal value of an environment variable or argument with a sensitive name. */
  isSensitive(object, path) {
    if (path.some((step) => typeof step === "string" && isSensitiveName(step))) return true;
    if (path.at(-1) !== "value") return false;
    const root = this.composed.documents[object.documentIndex]?.root ?? null;
    const name = findField(root, [...object.itemPath, ...path.slice(0, -1), "name"]).value;
    return isScalar4(name) && isSensitiveName(String(name.value));
  }
};
function firstLeaf(node) {
  let leaf = node;
  for (; ; ) {
    if (isMap4(leaf)) {
      const key = leaf.items[0]?.key;
      if (key === void 0) return leaf;
      leaf = key;
    } else if (isCollection(leaf)) {
      const item = leaf.items[0];
      if (item === void 0) return leaf;
      leaf = item;
    } else return leaf;
  }
}

// src/manifests/render/problems.ts
var RenderError = class extends Error {
  name = "RenderError";
  code;
  help;
  at;
  constructor(code, message, options = {}) {
    super(message);
    this.code = code;
    this.help = options.help;
    this.at = options.at;
  }
};
var BlobNeeded = class extends Error {
  name = "BlobNeeded";
};
var BLOB_NEEDED = new BlobNeeded();
function lineOf({ file, start }) {
  let line = 1 + file.lineShift;
  for (let at = file.text.indexOf("\n"); at !== -1 && at < start; at = file.text.indexOf("\n", at + 1)) line++;
  return line;
}
function diagnosticOf(error, at, field, severity = "error") {
  const message = printable(error.message);
  const common = {
    code: error.code,
    severity,
    path: at.file.path,
    ...field === void 0 ? {} : { field },
    ...error.help === void 0 ? {} : { help: printable(error.help) }
  };
  if (at.file.lineShift > 0 || at.file.text === "" || at.file.secrecy !== void 0)
    return { ...common, message, line: lineOf(at) };
  const source = new SourceText(at.file.text);
  const end = /[^\s:,\]}]*/y;
  end.lastIndex = at.start;
  const length = end.exec(at.file.text)?.[0].length ?? 1;
  const span = source.lines.spanOf(at.start, at.start + Math.max(length, 1));
  return { ...common, ...source.diagnosticAt(span, { code: error.code, severity, message }) };
}

// src/manifests/render/build/find-kustomization.ts
var KUSTOMIZATION_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
function findKustomization(reader, folder) {
  const found = KUSTOMIZATION_NAMES.flatMap((name) => {
    const entry = reader.find(folder === "" ? name : `${folder}/${name}`);
    return entry?.type === "file" ? [entry] : [];
  });
  const [file] = found;
  if (file !== void 0 && found.length === 1) return file;
  const place = folder || "the root of the repository";
  if (file === void 0) {
    throw new RenderError("RenderFileMissing", `there is no kustomization in ${place}`, {
      help: `add ${KUSTOMIZATION_NAMES[0]}, or name the files of the folder`
    });
  }
  throw new RenderError("KustomizationInvalid", `there are several kustomizations in ${place}`, {
    help: `keep one of ${found.map(({ path }) => path.split("/").at(-1)).join(", ")}`
  });
}
function isRemote(path) {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(path) || /^(?:git::|gh:|git@)/i.test(path) || /^[\w.-]+@[\w.-]+:/.test(path) || /^(?:www\.)?(?:github|gitlab|bitbucket)\.(?:com|org)[/:]/i.test(path) || /[?&](?:ref|version|timeout|submodules)=/.test(path) || /\.git(?:\/|$)/.test(path);
}
function remoteRefused(path) {
  return new RenderError("RenderRefused", `${path} is not in this repository`, {
    help: "copy what it names into the repository (or a rendered version of it): what is deployed is what was reviewed"
  });
}

// src/manifests/render/nodes/node.ts
function scalar(text, at, tag = "str", isQuoted = false) {
  return { kind: "scalar", tag, text, isQuoted, isFolded: false, file: at.file, start: at.start };
}
function withStyleOf(node, former) {
  if (former?.kind !== "scalar") return node;
  const { isFolded, isQuoted } = former;
  return isFolded === node.isFolded && isQuoted === node.isQuoted ? node : { ...node, isFolded, isQuoted };
}
function mapNode(fields, at) {
  return { kind: "map", fields, file: at.file, start: at.start };
}
function listNode(items, at) {
  return { kind: "list", items, file: at.file, start: at.start };
}
function isDecrypted({ file }) {
  return file.secrecy === "value";
}
function placeOfBoth(place, other) {
  return isDecrypted(other) ? other : place;
}
function isMissing(node) {
  return node === void 0 || isNull(node);
}
function isNull(node) {
  return node?.kind === "scalar" && node.tag === "null";
}
function isEmpty(node) {
  if (node === void 0) return true;
  if (node.kind === "map") return node.fields.size === 0;
  return node.kind === "list" ? node.items.length === 0 : node.tag === "null";
}
function textOf(node) {
  return node?.kind === "scalar" ? node.text : "";
}
function fieldOf(node, name) {
  return node?.kind === "map" ? node.fields.get(name) : void 0;
}
function withField(node, name, value) {
  if (node.fields.get(name) === value) return node;
  const fields = new Map(node.fields);
  fields.set(name, value);
  return mapNode(fields, node);
}
function withoutField(node, name) {
  if (!node.fields.has(name)) return node;
  const fields = new Map(node.fields);
  fields.delete(name);
  return mapNode(fields, node);
}
function kindName(node) {
  return node.kind === "scalar" ? "a single value" : node.kind === "map" ? "a mapping" : "a list";
}

// src/manifests/render/resources/gvk.ts
function gvkOf(apiVersion, kind) {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? { group: "", version: apiVersion, kind } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind };
}
function isSelected(gvk, selector) {
  return (selector.kind === "" || selector.kind === gvk.kind) && (selector.group === "" || selector.group === gvk.group) && (selector.version === "" || selector.version === gvk.version);
}
function gvkEqual(a, b) {
  return a.kind === b.kind && a.group === b.group && a.version === b.version;
}
function formatGvk({ group, version, kind }) {
  return `${kind || "[noKind]"}.${version || "[noVer]"}.${group || "[noGrp]"}`;
}
var ORDER_FIRST = [
  "Namespace",
  "ResourceQuota",
  "StorageClass",
  "CustomResourceDefinition",
  "ServiceAccount",
  "PodSecurityPolicy",
  "Role",
  "ClusterRole",
  "RoleBinding",
  "ClusterRoleBinding",
  "ConfigMap",
  "Secret",
  "Endpoints",
  "Service",
  "LimitRange",
  "PriorityClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Deployment",
  "StatefulSet",
  "CronJob",
  "PodDisruptionBudget"
];
var ORDER_LAST = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
function rankKinds(first, last) {
  return new Map([
    ...first.map((kind, index) => [kind, index - first.length]),
    ...last.map((kind, index) => [kind, index + 1])
  ]);
}
var DEFAULT_RANKS = rankKinds(ORDER_FIRST, ORDER_LAST);
function sortTextOfGvk({ group, version, kind }) {
  return `${group || "~G"}_${version || "~V"}_${kind || "~K"}`;
}
function compareText2(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
function compareGvk(a, b) {
  const ranks = (DEFAULT_RANKS.get(a.kind) ?? 0) - (DEFAULT_RANKS.get(b.kind) ?? 0);
  return ranks !== 0 ? ranks : compareText2(sortTextOfGvk(a), sortTextOfGvk(b));
}
var CLUSTER_SCOPED = new Set(
  [
    ["admissionregistration.k8s.io", "v1 v1beta1", "MutatingWebhookConfiguration ValidatingWebhookConfiguration"],
    ["apiextensions.k8s.io", "v1 v1beta1", "CustomResourceDefinition"],
    ["apiregistration.k8s.io", "v1 v1beta1", "APIService"],
    ["certificates.k8s.io", "v1 v1beta1", "CertificateSigningRequest"],
    ["flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema PriorityLevelConfiguration"],
    ["networking.k8s.io", "v1 v1beta1", "IngressClass"],
    ["node.k8s.io", "v1 v1beta1", "RuntimeClass"],
    ["policy", "v1beta1", "PodSecurityPolicy"],
    ["rbac.authorization.k8s.io", "v1 v1beta1", "ClusterRole ClusterRoleBinding"],
    ["scheduling.k8s.io", "v1 v1beta1", "PriorityClass"],
    ["storage.k8s.io", "v1 v1beta1", "CSIDriver StorageClass VolumeAttachment"],
    ["storage.k8s.io", "v1", "CSINode"],
    ["", "v1", "ComponentStatus Namespace Node NodeProxyOptions PersistentVolume"]
  ].flatMap(
    ([group = "", versions = "", kinds = ""]) => versions.split(" ").flatMap((version) => kinds.split(" ").map((kind) => `${group}/${version}/${kind}`))
  )
);
function isClusterScoped({ group, version, kind }) {
  return CLUSTER_SCOPED.has(`${group}/${version}/${kind}`);
}

// src/manifests/render/resources/resource.ts
var NO_NAMESPACE = "_non_namespaceable_";
function effectiveNamespace({ gvk, namespace }) {
  if (isClusterScoped(gvk)) return NO_NAMESPACE;
  return namespace === "" ? "default" : namespace;
}
function idsEqual(a, b) {
  return a.name === b.name && gvkEqual(a.gvk, b.gvk) && effectiveNamespace(a) === effectiveNamespace(b);
}
function idKey(id) {
  return `${id.gvk.group}/${id.gvk.version}/${id.gvk.kind}/${effectiveNamespace(id)}/${id.name}`;
}
function shortId({ gvk, name, namespace }) {
  return namespace === "" ? `${gvk.kind}/${name}` : `${gvk.kind}/${namespace}/${name}`;
}
var NO_STATE = {
  previousIds: [],
  previousKinds: [],
  prefixes: [],
  suffixes: [],
  behavior: void 0,
  needsHash: false,
  origin: void 0,
  transformations: []
};
var Resource = class _Resource {
  /** Undefined once a patch deleted the object. */
  node;
  state;
  /** Names of the vars that read their value here. */
  refVarNames = [];
  /** Where the object was written. */
  place;
  #idOf;
  #id;
  constructor(node, state = NO_STATE, place = node) {
    this.node = node;
    this.state = state;
    this.place = place;
  }
  copy() {
    const copy = new _Resource(this.node ?? EMPTY_NODE, this.state, this.place);
    copy.node = this.node;
    copy.refVarNames = this.refVarNames;
    return copy;
  }
  /** What it is called now. */
  get id() {
    if (this.#id === void 0 || this.#idOf !== this.node) {
      this.#idOf = this.node;
      this.#id = idOfNode(this.node);
    }
    return this.#id;
  }
  get gvk() {
    return this.id.gvk;
  }
  get previousIds() {
    const { previousIds, previousKinds } = this.state;
    const { group, version } = this.gvk;
    return previousIds.map((id, index) => ({ ...id, gvk: { group, version, kind: previousKinds[index] ?? "" } }));
  }
  /** What it was called in the file it comes from. */
  get originalId() {
    const [name] = this.state.previousIds;
    if (name === void 0) return this.id;
    const { group, version } = this.gvk;
    return { ...name, gvk: { group, version, kind: this.state.previousKinds[0] ?? "" } };
  }
  get hasState() {
    const { previousIds, prefixes, suffixes, behavior, needsHash, origin } = this.state;
    return previousIds.length > 0 || needsHash || behavior !== void 0 || prefixes.length > 0 || suffixes.length > 0 || origin !== void 0;
  }
  clearState() {
    this.state = NO_STATE;
  }
  /** To be called before a change of name, namespace or kind. */
  rememberId() {
    const { id, state } = this;
    this.state = {
      ...state,
      previousIds: [...state.previousIds, { name: id.name, namespace: effectiveNamespace(id) }],
      previousKinds: [...state.previousKinds, id.gvk.kind]
    };
  }
};
var EMPTY_NODE = {
  kind: "map",
  fields: /* @__PURE__ */ new Map(),
  file: { path: "", text: "", lineShift: 0 },
  start: 0
};
function idOfNode(node) {
  const metadata = fieldOf(node, "metadata");
  return {
    gvk: gvkOf(textOf(fieldOf(node, "apiVersion")), textOf(fieldOf(node, "kind"))),
    name: filledText(fieldOf(metadata, "name")),
    namespace: filledText(fieldOf(metadata, "namespace"))
  };
}
function filledText(node) {
  return isEmpty(node) ? "" : textOf(node);
}
function metadataEntries(node, field) {
  const entries = fieldOf(fieldOf(node, "metadata"), field);
  if (entries?.kind !== "map") return /* @__PURE__ */ new Map();
  return new Map([...entries.fields].map(([name, value]) => [name, textOf(value)]));
}

// src/manifests/render/charts/ignored-hooks.ts
var HOOK = "helm.sh/hook";
var HAPPENING = /* @__PURE__ */ new Set([
  "crd-install",
  "pre-install",
  "post-install",
  "pre-upgrade",
  "post-upgrade"
]);
function dropIgnoredHooks(objects) {
  const ignored = objects.filter(isIgnored);
  if (ignored.length === 0) return { objects, problems: [] };
  const problems = ignored.map(({ kind, name, node, place }) => {
    const events = metadataEntries(node, "annotations").get(HOOK) ?? "";
    const message = `${kind}/${name} is a hook of ${events}, which does not happen here: it is not applied`;
    const help = "nothing is to be done; set spec.helm.skipHooks in berth.yaml to have no hooks at all";
    return diagnosticOf({ code: "HookIgnored", message, help }, place, void 0, "warning");
  });
  return { objects: objects.filter((object) => !isIgnored(object)), problems };
}
function isIgnored({ node }) {
  const events = metadataEntries(node, "annotations").get(HOOK);
  return events !== void 0 && events !== "" && !events.split(",").some((event) => HAPPENING.has(event.trim()));
}

// src/manifests/render/files/file-tree.ts
var MAX_LINKS = 40;
function followPath(path, entryAt, linkText) {
  let rest = path.split("/").filter((step) => step !== "");
  let done = "";
  let last = entryAt("");
  for (let links = 0; ; ) {
    const [step] = rest;
    if (step === void 0) break;
    const at = done === "" ? step : `${done}/${step}`;
    last = entryAt(at);
    if (last === void 0) return void 0;
    if (last.type === "unread") return { type: "unread", what: "folder", id: last.id };
    if (last.type !== "symlink") {
      done = at;
      rest = rest.slice(1);
      continue;
    }
    const target = last.target ?? linkText(last.id);
    if (target === void 0) return { type: "unread", what: "link", id: last.id };
    const resolved = joinPath(done, target);
    if (resolved === void 0 || target.startsWith("/") || ++links > MAX_LINKS) return { type: "outside" };
    rest = [...resolved.split("/").filter((part) => part !== ""), ...rest.slice(1)];
    done = "";
    last = entryAt("");
  }
  if (last === void 0) return void 0;
  if (last.type === "unread") return { type: "unread", what: "folder", id: last.id };
  if (last.type === "folder") return { type: "folder", path: done };
  return last.type === "blob" ? { type: "file", path: done, id: last.id } : void 0;
}
var FileTree = class {
  #entries = /* @__PURE__ */ new Map();
  #folders = /* @__PURE__ */ new Set([""]);
  #hasLinks;
  constructor(files) {
    let hasLinks = false;
    for (const file of files) {
      if (file.type === "tree") this.#addFolder(file.path);
      else {
        this.#entries.set(file.path, file);
        hasLinks ||= file.type === "symlink";
        const slash = file.path.lastIndexOf("/");
        if (slash > 0) this.#addFolder(file.path.slice(0, slash));
      }
    }
    this.#hasLinks = hasLinks;
  }
  #addFolder(path) {
    for (let folder = path; !this.#folders.has(folder); ) {
      this.#folders.add(folder);
      const slash = folder.lastIndexOf("/");
      folder = slash < 0 ? "" : folder.slice(0, slash);
    }
  }
  find(path, linkText) {
    if (this.#folders.has(path)) return { type: "folder", path };
    const entry = this.#entries.get(path);
    if (entry?.type === "blob") return { type: "file", path, id: entry.id };
    return this.#hasLinks ? followPath(path, (at) => this.#entryAt(at), linkText) : void 0;
  }
  list(path) {
    const prefix = path === "" ? "" : `${path}/`;
    const below = [...this.#entries.values()].filter((file) => file.path.startsWith(prefix));
    const files = below.sort((a, b) => a.path < b.path ? -1 : 1);
    const id = JSON.stringify(files.map((file) => [file.path.slice(prefix.length), file.type, file.id]));
    return { type: "listed", id, files };
  }
  #entryAt(path) {
    return this.#folders.has(path) ? { type: "folder" } : this.#entries.get(path);
  }
};
function joinPath(folder, path) {
  const steps2 = [];
  for (const step of [...folder.split("/"), ...path.split("/")]) {
    if (step === "" || step === ".") continue;
    if (step !== "..") steps2.push(step);
    else if (steps2.pop() === void 0) return void 0;
  }
  return steps2.join("/");
}
function isInFolder(path, folder) {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
function folderOf(path) {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

// src/manifests/validate/did-you-mean.ts
function findSimilar(word, candidates) {
  const lower = word.toLowerCase();
  const limit = Math.min(3, Math.floor(word.length / 3) + 1);
  let best;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance);
    if (distance >= bestDistance || distance >= candidate.length) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}
function editDistance(a, b, limit) {
  let before = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (before[j - 2] ?? 0) + 1);
      }
      row.push(distance);
      least = Math.min(least, distance);
    }
    if (least >= limit) return limit;
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

// src/manifests/render/kustomization/field-reader.ts
var FieldReader = class _FieldReader {
  node;
  path;
  #options;
  #fields = /* @__PURE__ */ new Map();
  #asked = /* @__PURE__ */ new Map();
  constructor(node, path, options) {
    this.node = node;
    this.path = path;
    this.#options = options;
    if (node.kind === "map") {
      for (const [name, value] of node.fields) this.#fields.set(name.toLowerCase(), { name, node: value });
    } else if (!isNull(node)) this.fail(node, "", `${path || "the file"} is ${kindName(node)} and has to be a mapping`);
  }
  fail(at, field, message, help) {
    const error = new RenderError(
      this.#options.code ?? "KustomizationInvalid",
      message,
      help === void 0 ? {} : { help }
    );
    this.#options.report(error, at, this.pathOf(field));
  }
  pathOf(field) {
    return field === "" || this.path === "" ? this.path + field : `${this.path}.${field}`;
  }
  /** The value of a field; undefined where it is missing or null. */
  get(name) {
    this.#asked.set(name.toLowerCase(), name);
    const found = this.#fields.get(name.toLowerCase())?.node;
    return found === void 0 || isNull(found) ? void 0 : found;
  }
  text(name) {
    return this.locatedText(name)?.value ?? "";
  }
  locatedText(name) {
    const node = this.get(name);
    return node && this.#textOf(node, name);
  }
  #textOf(node, field) {
    const isText2 = node.kind === "scalar" && (node.tag === "str" || node.tag === "timestamp" || !this.#options.isStrict);
    if (isText2) return { value: textOf(node), at: node };
    const what = node.kind === "scalar" ? `a ${TYPE_NAMES[node.tag] ?? "value"}` : kindName(node);
    this.fail(node, field, `${this.pathOf(field)} is ${what} and has to be text`, "put it in quotes");
    return void 0;
  }
  bool(name) {
    const node = this.get(name);
    if (node === void 0) return false;
    if (node.kind !== "scalar" || node.tag !== "bool") {
      this.fail(node, name, `${this.pathOf(name)} has to be true or false`);
      return false;
    }
    return /^(?:true|yes|on|y)$/i.test(node.text);
  }
  int(name) {
    const node = this.get(name);
    if (node === void 0) return void 0;
    const value = node.kind === "scalar" && node.tag === "int" ? Number(node.text.replaceAll("_", "")) : Number.NaN;
    if (Number.isSafeInteger(value)) return value;
    this.fail(node, name, `${this.pathOf(name)} has to be a whole number`);
    return void 0;
  }
  texts(name) {
    return this.list(name, (item, field) => this.#textOf(item, field)).filter((item) => item !== void 0);
  }
  /** A mapping whose values are all text, or all booleans (as they are spelt). */
  textMap(name, type = "text") {
    const node = this.get(name);
    const texts = /* @__PURE__ */ new Map();
    if (node === void 0) return texts;
    if (node.kind !== "map") {
      this.fail(node, name, `${this.pathOf(name)} is ${kindName(node)} and has to be a mapping of texts`);
      return texts;
    }
    for (const [key, value] of node.fields) {
      const text = isNull(value) ? { value: "", at: value } : this.#entryOf(value, `${name}.${key}`, type);
      if (text !== void 0) texts.set(key, text);
    }
    return texts;
  }
  #entryOf(value, field, type) {
    if (type === "text") return this.#textOf(value, field);
    if (value.kind === "scalar" && value.tag === "bool") return { value: value.text.toLowerCase(), at: value };
    this.fail(value, field, `${this.pathOf(field)} has to be true or false`);
    return void 0;
  }
  list(name, read2) {
    const node = this.get(name);
    if (node === void 0) return [];
    if (node.kind !== "list") {
      this.fail(
        node,
        name,
        `${this.pathOf(name)} is ${kindName(node)} and has to be a list`,
        'begin each item with "- "'
      );
      return [];
    }
    return node.items.map((item, index) => read2(item, `${name}[${index}]`));
  }
  objects(name, read2) {
    return this.list(name, (item, field) => this.#readObject(item, field, read2));
  }
  object(name, read2) {
    const node = this.get(name);
    return node && this.#readObject(node, name, read2);
  }
  #readObject(node, field, read2) {
    const reader = new _FieldReader(node, this.pathOf(field), this.#options);
    const value = read2(reader);
    reader.finish();
    return value;
  }
  /** To be called after all fields were asked for. */
  finish() {
    if (!this.#options.isStrict) return;
    for (const [key, { name, node }] of this.#fields) {
      if (this.#asked.has(key)) continue;
      const near = findSimilar(name, this.#asked.values());
      const help = near === void 0 ? "remove it" : `did you mean ${near}?`;
      this.fail(keyPlace(this.node, node), name, `there is no field ${this.pathOf(name)}`, help);
    }
  }
};
var TYPE_NAMES = { int: "number", float: "number", bool: "boolean" };
function keyPlace(map, value) {
  if (value.kind !== "scalar") return value;
  const { text } = map.file;
  const lineStart = text.lastIndexOf("\n", value.start - 1) + 1;
  const indent = /^[\s-]*/.exec(text.slice(lineStart, value.start))?.[0].length ?? 0;
  return { file: value.file, start: Math.min(lineStart + indent, value.start) };
}

// src/manifests/render/nodes/parse-nodes.ts
import { isAlias as isAlias3, isMap as isMap5, isScalar as isScalar5, isSeq as isSeq3, Scalar as Scalar2 } from "yaml";

// src/manifests/parse/syntax-problem.ts
var BY_CODE = {
  ALIAS_PROPS: { message: "an alias can have no anchor and no tag of its own" },
  BAD_ALIAS: { message: "an anchor or alias has no valid name" },
  BAD_DIRECTIVE: { message: "this YAML directive is not valid", help: "remove the line that starts with %" },
  BAD_DQ_ESCAPE: {
    message: "this backslash sequence is not valid in double quotes",
    help: "write two backslashes, or use single quotes"
  },
  BAD_INDENT: {
    message: "the indentation fits no level above",
    help: "line the key up with the other keys of its mapping, or indent it further than its parent"
  },
  BAD_SCALAR_START: {
    message: "a value without quotes cannot start with this character",
    help: "put the value in quotes"
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second "key:" stands on this line',
    help: 'put a value that contains ": " in quotes, or the nested mapping on a line of its own'
  },
  BLOCK_IN_FLOW: {
    message: "indented YAML cannot stand inside brackets or braces",
    help: "close the bracket, or write all of it in one of the two styles"
  },
  KEY_OVER_1024_CHARS: {
    message: "a key is longer than 1024 characters",
    help: 'look for a missing ":" or quote'
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'this line is neither a "key: value" nor a list item',
    help: 'add the missing ":" (and a space after it), or indent the line under the text it continues'
  },
  MULTIPLE_ANCHORS: { message: "a value can have only one anchor" },
  MULTIPLE_TAGS: { message: "a value can have only one tag" },
  TAG_RESOLVE_FAILED: { message: "this tag is not valid", help: "remove the tag" }
};
var BY_MESSAGE = [
  [/Missing closing .quote/, { message: "a quote is not closed", help: "add the closing quote" }],
  [/must be sufficiently indented and end with a \]/, { message: 'a "[" is not closed', help: 'add the missing "]"' }],
  [/must be sufficiently indented and end with a \}/, { message: 'a "{" is not closed', help: 'add the missing "}"' }],
  [/must end with a \]/, { message: 'a "[" is not closed', help: 'add the missing "]"' }],
  [/must end with a \}/, { message: 'a "{" is not closed', help: 'add the missing "}"' }],
  [/Implicit map keys need to be followed/, { message: 'a key has no ":" after it', help: 'add ":" and a value' }],
  [/Missing , /, { message: "a comma is missing between two items", help: "add the comma" }],
  [/Unexpected ,|Unexpected empty item/, { message: "there is a comma without an item before it", help: "remove it" }],
  [/space after :/, { message: 'a space is missing after ":"', help: "add the space" }],
  [
    /Comments must be separated/,
    { message: 'a space is missing before "#"', help: "add the space, or quote the value" }
  ],
  [
    /Block scalar header/,
    { message: 'text follows "|" or ">" on the same line', help: "start the text on the next line" }
  ],
  [
    /block-seq-ind/,
    { message: "a list item stands where a value or key belongs", help: 'put the "-" on a line of its own' }
  ],
  [/Sequence item without - indicator/, { message: 'this list item has no "-"', help: 'add "- "' }],
  [
    /flow-(seq|map)-end/,
    { message: "a closing bracket has no opening one", help: "remove it, or put the value in quotes" }
  ],
  [/at node end|YAML stream|Not a YAML token/, { message: "this does not continue what stands before it" }],
  [
    /directives-end/,
    { message: 'a line that starts with % needs "---" after it', help: 'remove the line or add "---"' }
  ],
  [
    /same line with directives-end/,
    { message: 'a mapping cannot start on the line of "---"', help: "start a new line" }
  ],
  [/white space/, { message: "a space is missing after a tag or anchor", help: "add the space" }]
];
var TEMPLATE_HELP = "this looks like a template: commit the rendered result, or list the folder in .sourceignore when it is a chart";
function syntaxProblem(error, line) {
  const [start, end] = error.pos;
  const place = { severity: "error", start, end: Math.max(end, start + 1) };
  if (error.code === "TAB_AS_INDENT" || /^ *\t/.test(line)) {
    return {
      code: "YamlTab",
      ...place,
      message: "a tab is used as indentation, which YAML forbids",
      help: "indent with spaces (two per level is usual)"
    };
  }
  if (/^(?:<{7} |={7}$|>{7} )/.test(line)) {
    const message = "this line is the mark of a merge conflict";
    return { code: "YamlSyntax", ...place, message, help: "resolve the conflict and commit the result" };
  }
  const wording = BY_MESSAGE.find(([pattern]) => pattern.test(error.message))?.[1] ?? BY_CODE[error.code] ?? { message: "this is not valid YAML here" };
  const help = line.includes("{{") ? TEMPLATE_HELP : wording.help;
  return { code: "YamlSyntax", ...place, message: wording.message, ...help === void 0 ? {} : { help } };
}

// src/manifests/render/nodes/resolve-scalar.ts
var WORDS2 = new Map([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, "null"]),
  ...["true", "True", "TRUE", "false", "False", "FALSE"].map((word) => [word, "bool"]),
  ...[".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"].map(
    (word) => [word, "float"]
  )
]);
var INTEGER = /^[-+]?(?:0|[1-9][0-9]*|0[0-7]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|0[bB][01]+)$/;
var FLOAT2 = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
var TIMESTAMP = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2}))|(?: [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?))?$/;
function tagOfPlain(text, version) {
  return version === "1.2" ? tagOfYaml12(text) : tagOfYaml11(text);
}
function tagOfYaml12(text) {
  const word = WORDS2.get(text);
  if (word !== void 0) return word;
  const first = text.charCodeAt(0);
  const isNumberLike = first >= 48 && first <= 57 || first === 43 || first === 45;
  if (!isNumberLike) return first === 46 && isFloat(text) ? "float" : "str";
  if (TIMESTAMP.test(text) && timestampOf(text) !== void 0) return "timestamp";
  const plain = text.replaceAll("_", "");
  if (INTEGER.test(plain) && isInt64(plain)) return "int";
  return isFloat(plain) ? "float" : "str";
}
function isFloat(plain) {
  return FLOAT2.test(plain) && Number.isFinite(Number(plain));
}
function tagOfYaml11(text) {
  const resolved = resolvePlainScalar(text);
  if (resolved.type === "unsafe") return text.includes(".") || /[nN]/.test(text) ? "float" : "int";
  const { value } = resolved;
  if (value === null) return "null";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  return Number.isInteger(value) && !/[.eE]/.test(text.replace(/^[-+]?0[xX].*/, "")) ? "int" : "float";
}
function isInt64(plain) {
  if (plain.length < 18) return true;
  const value = bigIntOf(plain);
  return value >= -(2n ** 63n) && value < 2n ** 64n;
}
function bigIntOf(plain) {
  const isNegative = plain.startsWith("-");
  const digits = plain.replace(/^[-+]/, "").replaceAll("_", "");
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  return isNegative ? -value : value;
}
var TIMESTAMP_PARTS = /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt ]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?$/;
function timestampOf(text) {
  const match = TIMESTAMP_PARTS.exec(text);
  if (match === null) return void 0;
  const part = (index) => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  const lastDay = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (lastDay === void 0 || day < 1 || day > lastDay || hour > 23 || minute > 59 || second > 59) return void 0;
  const pad = (value) => String(value).padStart(2, "0");
  const fraction = (match[7] ?? "").slice(0, 10).replace(/\.?0+$/, "");
  const zone = match[8] === void 0 || match[8] === "+00:00" ? "Z" : match[8];
  return `${match[1]}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}${zone}`;
}
function isLeap(year) {
  return year % 4 === 0 && year % 100 !== 0 || year % 400 === 0;
}

// src/manifests/render/nodes/parse-nodes.ts
function parseNodes(file, version, place) {
  const composed = compose(file.text);
  if (composed.stopped !== void 0) {
    const { detail, help, offset } = composed.stopped;
    throw new RenderError("LimitExceeded", detail, { help, at: { file, start: offset } });
  }
  const nodes = [];
  for (const document of composed.documents) {
    const [error] = document.errors;
    if (error !== void 0) throw syntaxErrorOf(file, error);
    const node = new NodeReader(file, version, place).readDocument(document);
    if (node !== void 0) nodes.push(node);
  }
  return nodes;
}
function syntaxErrorOf(file, error) {
  const lines = new LineIndex(file.text);
  const problem = syntaxProblem(error, lines.lineText(lines.lineAt(error.pos[0])));
  const at = { file, start: problem.start };
  return new RenderError(problem.code, problem.message, {
    at,
    ...problem.help === void 0 ? {} : { help: problem.help }
  });
}
var CORE_TAG = "tag:yaml.org,2002:";
var TAGS = new Map(
  ["str", "int", "float", "bool", "null", "timestamp", "binary"].map((name) => [CORE_TAG + name, name])
);
var NodeReader = class {
  #file;
  #version;
  #onlyPlace;
  #anchors = /* @__PURE__ */ new Map();
  #open = /* @__PURE__ */ new Set();
  #expanded = 0;
  #aliasDepth = 0;
  #isInFlow = false;
  constructor(file, version, onlyPlace) {
    this.#file = file;
    this.#version = version;
    this.#onlyPlace = onlyPlace;
  }
  readDocument({ root }) {
    if (root === null) return void 0;
    const node = this.#read(root, root.range[0], 1);
    return node.kind === "scalar" && node.tag === "null" ? void 0 : node;
  }
  #place(start) {
    return this.#onlyPlace ?? { file: this.#file, start };
  }
  #fail(node, message, help) {
    throw new RenderError("YamlValue", message, { help, at: this.#place(node.range[0]) });
  }
  #read(node, keyStart, depth) {
    if (node === null) return scalar("", this.#place(keyStart), "null", this.#isInFlow);
    if (depth > LIMITS.manifestDepth) this.#fail(node, "the nesting is too deep (manifestDepth)", "flatten it");
    if (this.#aliasDepth > 0 && ++this.#expanded > LIMITS.manifestAliasValues) {
      this.#fail(node, "the aliases of this document expand to too many values (manifestAliasValues)", "use fewer");
    }
    if (isAlias3(node)) return this.#readAlias(node, keyStart, depth);
    if (node.anchor !== void 0 && this.#aliasDepth === 0) this.#anchors.set(node.anchor, node);
    if (isScalar5(node)) return this.#readScalar(node, keyStart);
    this.#open.add(node);
    const wasInFlow = this.#isInFlow;
    this.#isInFlow = node.flow === true;
    const read2 = isMap5(node) ? this.#readMap(node, keyStart, depth) : listNode(
      node.items.map((item) => this.#read(item, item?.range[0] ?? keyStart, depth + 1)),
      this.#place(keyStart)
    );
    this.#isInFlow = wasInFlow;
    this.#open.delete(node);
    return read2;
  }
  #readAlias(node, keyStart, depth) {
    const target = this.#anchors.get(node.source);
    if (target === void 0) this.#fail(node, `no anchor "&${node.source}" stands before this alias`, "define it");
    if (this.#open.has(target)) this.#fail(node, `the anchor "&${node.source}" contains itself`, "write it out");
    this.#aliasDepth++;
    const read2 = this.#read(target, keyStart, depth);
    this.#aliasDepth--;
    return read2;
  }
  #readScalar(node, keyStart) {
    const text = this.#textOf(node);
    const isEmpty2 = node.range[0] === node.range[1];
    const at = this.#place(isEmpty2 ? keyStart : node.range[0]);
    const isQuoted = node.type !== Scalar2.PLAIN;
    if (isEmpty2 && !isQuoted && this.#isInFlow && node.tag === void 0) return scalar("", at, "null", true);
    if (node.tag !== void 0 && node.tag !== "!") return scalar(text, at, TAGS.get(node.tag) ?? "other");
    if (node.type === Scalar2.BLOCK_FOLDED) return { ...scalar(text, at, "str", true), isFolded: true };
    if (isQuoted || node.tag === "!") return scalar(text, at, "str", true);
    return scalar(text, at, tagOfPlain(text, this.#version), this.#isInFlow && text.includes(":"));
  }
  /** A block at the end of a file that ends without a line break has none either, to goyaml. */
  #textOf(node) {
    const text = typeof node.value === "string" ? node.value : "";
    const isBlock = node.type === Scalar2.BLOCK_LITERAL || node.type === Scalar2.BLOCK_FOLDED;
    const isCut = isBlock && node.range[1] >= this.#file.text.length && !this.#file.text.endsWith("\n");
    return isCut && text.endsWith("\n") ? text.slice(0, -1) : text;
  }
  #readMap(node, keyStart, depth) {
    const fields = /* @__PURE__ */ new Map();
    const merged = [];
    for (const { key, value } of node.items) {
      const start = key.range[0];
      if (isMergeKey(key)) {
        merged.push(...this.#mergeSources(value, start, depth));
        continue;
      }
      const name = this.#keyOf(key);
      if (fields.has(name) && this.#version === "1.2") {
        throw new RenderError("YamlDuplicateKey", "this key appears twice in one mapping", {
          help: "keep one of the two",
          at: this.#place(start)
        });
      }
      fields.set(name, this.#read(value, start, depth + 1));
    }
    if (merged.length === 0) return mapNode(fields, this.#place(keyStart));
    const all = /* @__PURE__ */ new Map();
    for (const source of merged.reverse()) if (source.kind === "map") for (const [k, v] of source.fields) all.set(k, v);
    for (const [k, v] of fields) all.set(k, v);
    return mapNode(all, this.#place(keyStart));
  }
  /** `<<` takes one mapping or several, of which the earlier wins (https://yaml.org/type/merge.html). */
  #mergeSources(value, start, depth) {
    const items = isSeq3(value) ? value.items : [value];
    return items.map((item) => {
      const read2 = this.#read(item, start, depth + 1);
      if (read2.kind === "map") return read2;
      throw new RenderError("YamlValue", 'only a mapping can be merged with "<<"', { at: this.#place(start) });
    });
  }
  /** A key that is no text: kustomize cannot write objects with one, and takes it for text in its own files. */
  #keyText(key, node) {
    const text = String(node.value ?? "");
    const tag = node.type === Scalar2.PLAIN && node.tag === void 0 ? tagOfPlain(text, this.#version) : "str";
    if (tag === "str" || tag === "timestamp") return text;
    if (this.#version === "1.1") return tag === "bool" ? String(/^(?:y|yes|true|on)$/i.test(text)) : text;
    return this.#fail(key, `the key ${text || "null"} is no text`, "put the key in quotes");
  }
  #keyOf(key) {
    const target = isAlias3(key) ? this.#anchors.get(key.source) : key;
    if (isScalar5(target)) {
      if (target.anchor !== void 0 && target === key) this.#anchors.set(target.anchor, key);
      return this.#keyText(key, target);
    }
    return this.#fail(
      key,
      "a mapping or list cannot be a key",
      'if this is a template, commit the rendered result; a value that starts with "{" or "[" needs quotes'
    );
  }
};

// src/manifests/render/nodes/folded-text.ts
function rereadFolded(text) {
  return readFolded(writeFolded(text), chompingOf(text));
}
function isBlank(char) {
  return char === " " || char === "	";
}
function writeFolded(text) {
  const first = /[^\n]/.exec(text)?.[0];
  const isFirstBlank = first === void 0 || isBlank(first);
  let written = "";
  let isAtBreak = true;
  let isIndented = true;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "\n") {
      if (!isAtBreak && !isIndented && !isFirstBlank) written += "\n";
      written += "\n";
      isAtBreak = true;
    } else {
      if (isAtBreak) isIndented = isBlank(char);
      written += char;
      isAtBreak = false;
    }
  }
  return written;
}
function chompingOf(text) {
  if (!text.endsWith("\n")) return "strip";
  return text.length === 1 || text.endsWith("\n\n") ? "keep" : "clip";
}
function readFolded(written, chomping) {
  const lines = written.split("\n");
  let text = "";
  let breakBefore = "";
  let emptyBefore = "";
  let wasIndented = false;
  const isTerminated = lines.at(-1) === "";
  if (isTerminated) lines.pop();
  for (const [index, line] of lines.entries()) {
    if (line === "") {
      emptyBefore += "\n";
      continue;
    }
    const isIndented = isBlank(line[0]);
    if (breakBefore !== "" && !wasIndented && !isIndented) text += emptyBefore === "" ? " " : "";
    else text += breakBefore;
    text += emptyBefore + line;
    wasIndented = isIndented;
    emptyBefore = "";
    breakBefore = index < lines.length - 1 || isTerminated ? "\n" : "";
  }
  if (chomping !== "strip") text += breakBefore;
  return chomping === "keep" ? text + emptyBefore : text;
}

// src/manifests/render/nodes/node-value.ts
function jsonOf(node) {
  if (node.kind === "scalar") return scalarValue(node);
  return node.kind === "list" ? node.items.map(jsonOf) : objectOf(node);
}
function objectOf(node) {
  const object = {};
  for (const [name, value] of node.fields) setOwn(object, name, jsonOf(value));
  return object;
}
function setOwn(object, name, value) {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
function finalTag({ tag, text, isQuoted }) {
  if (tag === "str" || tag === "other" || tag === "binary") return tag;
  const implied = tagOfPlain(text, "1.2");
  if (tag !== "" && tag !== implied) return tag;
  return isQuoted || text.includes("\n") ? "str" : implied;
}
function scalarValue(node) {
  const tag = finalTag(node);
  const { text } = node;
  switch (tag) {
    case "null":
      return null;
    case "bool":
      return booleanOf(node);
    case "int":
    case "float":
      return numberOf(node, tag);
    case "timestamp":
      return timestampOf(text) ?? text;
    case "binary":
      return decodeBinary(text);
    default:
      return node.isFolded ? rereadFolded(text) : text;
  }
}
function booleanOf(node) {
  const resolved = resolvePlainScalar(node.text);
  if (resolved.type === "value" && typeof resolved.value === "boolean") return resolved.value;
  throw mismatch(node, "a boolean");
}
function numberOf(node, tag) {
  const plain = node.text.replaceAll("_", "");
  const isInteger = tagOfPlain(node.text, "1.2") === "int";
  if (isInteger) return Number(bigIntOf(plain)) || 0;
  const value = Number(plain);
  if (tag === "int" || plain === "" || !Number.isFinite(value)) {
    throw mismatch(node, tag === "int" ? "a whole number" : "a number that JSON can hold");
  }
  return value;
}
function mismatch(node, wanted) {
  const text = isDecrypted(node) ? "not" : JSON.stringify(node.text);
  return new RenderError("RenderFailed", `a value should be ${wanted} and is ${text}`, {
    help: "what a replacement or variable puts into a number or boolean has to be one",
    at: node
  });
}
function decodeBinary(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/\s+/g, "")), (char) => char.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return text;
  }
}
function scalarNodeOf(value, at) {
  if (value === null) return scalar("null", at, "null");
  if (typeof value === "string") return scalar(value, at, "str");
  return typeof value === "boolean" ? scalar(String(value), at, "bool") : numberNode(value, at);
}
function numberNode(value, at) {
  const text = goNumber(value);
  return scalar(text, at, /^-?\d+$/.test(text) ? "int" : "float");
}
function goNumber(value) {
  const size = Math.abs(value);
  if (size === 0 || size < 1e6 && size >= 1e-4) return String(value);
  return value.toExponential().replace(/e([-+])(\d)$/, "e$10$2");
}
function throughJson(node) {
  if (node.kind === "list") {
    const items = node.items.map(throughJson);
    return items.every((item, index) => item === node.items[index]) ? node : listNode(items, node);
  }
  if (node.kind === "map") {
    let isChanged = false;
    const fields = /* @__PURE__ */ new Map();
    for (const [name, value] of node.fields) {
      const next2 = throughJson(value);
      isChanged ||= next2 !== value;
      fields.set(name, next2);
    }
    return isChanged ? mapNode(fields, node) : node;
  }
  if (node.tag === "str" && !node.isFolded) return node;
  const next = scalarNodeOf(scalarValue(node), node);
  return next.tag === node.tag && next.text === node.text && !node.isQuoted && !node.isFolded ? node : next;
}

// src/manifests/render/output/compare-keys.ts
var LETTER = /^\p{L}$/u;
var DIGIT = /^\p{Nd}$/u;
function compareKeys(a, b) {
  if (a === b) return 0;
  return isLess(Array.from(a), Array.from(b)) ? -1 : 1;
}
function isLess(a, b) {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [first = "", second = ""] = [a[i], b[i]];
    if (first === second) continue;
    const isLetterA = LETTER.test(first);
    const isLetterB = LETTER.test(second);
    if (isLetterA && isLetterB) return codeOf(first) < codeOf(second);
    if (isLetterA || isLetterB) return isLetterB;
    return isNumberLess(a, b, i);
  }
  return a.length < b.length;
}
function isNumberLess(a, b, from) {
  const [first = "", second = ""] = [a[from], b[from]];
  const start = (first === "0" || second === "0") && hasNonZeroBefore(a, from) ? 1 : 0;
  const [valueA, endA] = numberAt(a, from, start);
  const [valueB, endB] = numberAt(b, from, start);
  if (valueA !== valueB) return valueA < valueB;
  if (endA !== endB) return endA < endB;
  return codeOf(first) < codeOf(second);
}
function hasNonZeroBefore(chars, from) {
  for (let at = from - 1; at >= 0 && DIGIT.test(chars[at] ?? ""); at--) if (chars[at] !== "0") return true;
  return false;
}
function numberAt(chars, from, start) {
  let value = BigInt(start);
  let at = from;
  for (; DIGIT.test(chars[at] ?? ""); at++) {
    value = BigInt.asIntN(64, value * 10n + BigInt(codeOf(chars[at] ?? "0") - 48));
  }
  return [value, at];
}
function codeOf(char) {
  return char.codePointAt(0) ?? 0;
}

// src/manifests/render/output/scalar-style.ts
var FIRST_INDICATORS = new Set("#,[]{}&*!|>'\"%@`");
function analyzeScalar(text) {
  if (text === "") return { isPlainAllowed: true, isSingleQuotedAllowed: true, isBlockAllowed: false };
  const chars = Array.from(text);
  const last = chars.length - 1;
  const hasIndicators = hasBlockIndicators(chars);
  const hasSpecial = chars.some((char) => !isPrintable(char.codePointAt(0) ?? 0));
  const hasBreaks = chars.some(isBreak);
  const isAt = (index, test2) => test2(chars[index] ?? "");
  const hasSpaceBeforeBreak = chars.some((char, index) => isBreak(char) && index > 0 && isAt(index - 1, isSpace));
  const hasSpaceAfterBreak = chars.some((char, index) => isSpace(char) && index > 0 && isAt(index - 1, isBreak));
  const isPadded = isAt(0, isSpace) || isAt(0, isBreak) || isAt(last, isSpace) || isAt(last, isBreak);
  const isUnsafe = hasSpaceBeforeBreak || hasSpecial;
  return {
    isPlainAllowed: !isPadded && !hasSpaceAfterBreak && !isUnsafe && !hasBreaks && !hasIndicators,
    isSingleQuotedAllowed: !hasSpaceAfterBreak && !isUnsafe,
    isBlockAllowed: !isAt(last, isSpace) && !isUnsafe
  };
}
function hasBlockIndicators(chars) {
  const start = chars.slice(0, 3).join("");
  if (start === "---" || start === "...") return true;
  return chars.some((char, index) => {
    const next = chars[index + 1];
    const isFollowed = next === void 0 || isBlank2(next);
    if (index === 0)
      return FIRST_INDICATORS.has(char) || (char === "?" || char === ":" || char === "-") && isFollowed;
    if (char === ":") return isFollowed;
    const before = chars[index - 1] ?? "";
    return char === "#" && (isBlank2(before) || isBreak(before));
  });
}
function isSpace(char) {
  return char === " ";
}
function isBlank2(char) {
  return char === " " || char === "	";
}
function isBreak(char) {
  return char === "\n" || char === "\r" || char === "\x85" || char === "\u2028" || char === "\u2029";
}
function isPrintable(code) {
  return code === 10 || code >= 32 && code <= 126 || code >= 160 && code <= 55295 || code >= 57344 && code <= 65533 && code !== 65279;
}

// src/manifests/render/output/write-scalar.ts
var BEST_WIDTH = 80;
var LineWriter = class {
  text = "";
  column;
  #indent;
  constructor({ column, indent }) {
    this.column = column;
    this.#indent = indent;
  }
  put(text) {
    this.text += text;
    this.column += Array.from(text).length;
  }
  breakLine() {
    this.text += `
${" ".repeat(this.#indent)}`;
    this.column = this.#indent;
  }
  get isFull() {
    return this.column > BEST_WIDTH;
  }
};
function writePlain(text, place) {
  const writer = new LineWriter(place);
  const chars = Array.from(text);
  let wasSpace = false;
  for (const [index, char] of chars.entries()) {
    const isBroken = !place.isKey && isSpace(char) && !wasSpace && writer.isFull && !isSpace(chars[index + 1] ?? "");
    if (isBroken) writer.breakLine();
    else writer.put(char);
    wasSpace = isSpace(char);
  }
  return writer.text;
}
function writeSingleQuoted(text, place) {
  const writer = new LineWriter(place);
  const chars = Array.from(text);
  writer.put("'");
  let wasSpace = false;
  for (const [index, char] of chars.entries()) {
    const isInside = index > 0 && index < chars.length - 1 && !isSpace(chars[index + 1] ?? "");
    if (!place.isKey && isSpace(char) && !wasSpace && writer.isFull && isInside) writer.breakLine();
    else writer.put(char === "'" ? "''" : char);
    wasSpace = isSpace(char);
  }
  writer.put("'");
  return writer.text;
}
var ESCAPES = /* @__PURE__ */ new Map([
  [0, "0"],
  [7, "a"],
  [8, "b"],
  [9, "t"],
  [10, "n"],
  [11, "v"],
  [12, "f"],
  [13, "r"],
  [27, "e"],
  [34, '"'],
  [92, "\\"],
  [133, "N"],
  [160, "_"],
  [8232, "L"],
  [8233, "P"]
]);
function writeDoubleQuoted(text, place) {
  const writer = new LineWriter(place);
  const chars = Array.from(text);
  writer.put('"');
  let wasSpace = false;
  for (const [index, char] of chars.entries()) {
    const code = char.codePointAt(0) ?? 0;
    if (!isPrintable(code) || isBreak(char) || char === '"' || char === "\\") {
      writer.put(`\\${ESCAPES.get(code) ?? hexOf(code)}`);
      wasSpace = false;
    } else if (!isSpace(char)) {
      writer.put(char);
      wasSpace = false;
    } else {
      const isInside = index > 0 && index < chars.length - 1;
      if (!place.isKey && !wasSpace && writer.isFull && isInside) {
        writer.breakLine();
        if (isSpace(chars[index + 1] ?? "")) writer.put("\\");
      } else writer.put(char);
      wasSpace = true;
    }
  }
  writer.put('"');
  return writer.text;
}
function hexOf(code) {
  const hex = code.toString(16).toUpperCase();
  if (code <= 255) return `x${hex.padStart(2, "0")}`;
  return code <= 65535 ? `u${hex.padStart(4, "0")}` : `U${hex.padStart(8, "0")}`;
}
function writeLiteral(text, indent) {
  const isIndentTold = text.startsWith(" ") || text.startsWith("\n");
  const chomping = !text.endsWith("\n") ? "-" : text === "\n" || text.endsWith("\n\n") ? "+" : "";
  const lead = " ".repeat(indent);
  const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : text.split("\n");
  const body = lines.map((line) => line === "" ? "" : lead + line).join("\n");
  return `|${isIndentTold ? "2" : ""}${chomping}
${body}`;
}

// src/manifests/render/output/write-yaml.ts
function writeObjects(objects) {
  return objects.map(({ node }) => writeYaml(node)).join("---\n");
}
function writeYaml(node) {
  return new Writer().write(node);
}
var SIMPLE_KEY_BYTES = 128;
var Writer = class {
  #text = "";
  write(node) {
    if (node.kind === "map" && node.fields.size > 0) this.#writeMap(node, 0, false);
    else if (node.kind === "list" && node.items.length > 0) this.#writeList(node.items, 0, false);
    else this.#text += `${this.#inline(node, 0, 0)}
`;
    return this.#text;
  }
  /** `isOpen`: the first key goes on the line that is begun, at the column of `indent`. */
  #writeMap(node, indent, isOpen) {
    const lead = " ".repeat(indent);
    let isOnLine = isOpen;
    for (const [name, value] of [...node.fields].sort(([a], [b]) => compareKeys(a, b))) {
      if (!isOnLine) this.#text += lead;
      isOnLine = false;
      if (isSimpleKey(name)) {
        const key = `${writeText(name, { indent, column: indent, isKey: true })}:`;
        this.#text += key;
        this.#writeValue(value, indent, indent + Array.from(key).length);
      } else {
        this.#text += `? ${writeText(name, { indent: indent + 2, column: indent + 2, isKey: false })}
${lead}:`;
        this.#writeValue(value, indent, indent + 1);
      }
    }
  }
  #writeList(items, indent, isOpen) {
    let lead = isOpen ? "" : " ".repeat(indent);
    for (const item of items) {
      this.#text += `${lead}-`;
      if (item.kind === "map" && item.fields.size > 0) {
        this.#text += " ";
        this.#writeMap(item, indent + 2, true);
      } else if (item.kind === "list" && item.items.length > 0) {
        this.#text += " ";
        this.#writeList(item.items, indent + 2, true);
      } else this.#text += ` ${this.#inline(item, indent + 2, indent + 2)}
`;
      lead = " ".repeat(indent);
    }
  }
  #writeValue(value, indent, column) {
    if (value.kind === "map" && value.fields.size > 0) {
      this.#text += "\n";
      this.#writeMap(value, indent + 2, false);
    } else if (value.kind === "list" && value.items.length > 0) {
      this.#text += "\n";
      this.#writeList(value.items, indent, false);
    } else this.#text += ` ${this.#inline(value, indent + 2, column + 1)}
`;
  }
  #inline(node, indent, column) {
    if (node.kind === "map") return "{}";
    return node.kind === "list" ? "[]" : writeScalarNode(node, indent, column);
  }
};
function isSimpleKey(name) {
  return new TextEncoder().encode(name).length <= SIMPLE_KEY_BYTES && !name.includes("\n");
}
function writeScalarNode(node, indent, column) {
  const value = scalarValue(node);
  if (typeof value === "string") return writeText(value, { indent, column, isKey: false });
  if (typeof value !== "number") return String(value);
  if (finalTag(node) === "int" && !Number.isSafeInteger(value)) return String(bigIntOf(node.text.replaceAll("_", "")));
  return writeNumber(value);
}
function writeNumber(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e21) return String(value);
  if (size < 1e6 && size >= 1e-4) return String(value);
  return value.toExponential().replace(/e([-+])(\d)$/, "e$10$2");
}
function writeText(text, place) {
  const style = analyzeScalar(text);
  if (text.includes("\n") && style.isBlockAllowed && !place.isKey) return writeLiteral(text, place.indent);
  if (text.includes("\n") || !isTextWhenPlain(text)) return writeDoubleQuoted(text, place);
  if (style.isPlainAllowed) return writePlain(text, place);
  return style.isSingleQuotedAllowed ? writeSingleQuoted(text, place) : writeDoubleQuoted(text, place);
}
var BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
function isTextWhenPlain(text) {
  if (text === "" || BASE_60.test(text) || tagOfPlain(text, "1.2") === "timestamp") return false;
  const resolved = resolvePlainScalar(text);
  return resolved.type === "value" && typeof resolved.value === "string";
}

// src/manifests/render/config/default-field-specs.ts
function gvkOfText(text) {
  const [kind = "", version = "", ...group] = text.split(".");
  return { kind: kind === "*" ? "" : kind, version, group: group.join(".") };
}
function specs(kinds, paths, create = false) {
  return kinds.split(" ").flatMap((kind) => paths.split(" ").map((path) => ({ gvk: gvkOfText(kind), path, create })));
}
var POD_SPECS = {
  Pod: "spec",
  PodTemplate: "template/spec",
  CronJob: "spec/jobTemplate/spec/template/spec"
};
function podSpecs(kinds, paths) {
  return kinds.split(" ").flatMap((kind) => {
    const base = POD_SPECS[kind.split(".")[0] ?? ""] ?? "spec/template/spec";
    return paths.split(" ").map((path) => ({ gvk: gvkOfText(kind), path: `${base}/${path}`, create: false }));
  });
}
function reference(target, ...referrers) {
  return { gvk: gvkOfText(target), referrers: referrers.flat() };
}
var WORKLOADS = "Pod.v1 PodTemplate Deployment ReplicaSet DaemonSet StatefulSet Job CronJob";
var POD_OWNERS = "Pod StatefulSet Deployment ReplicationController CronJob Job DaemonSet";
var RBAC = "rbac.authorization.k8s.io";
var ADMISSION = "admissionregistration.k8s.io";
function keyPaths(source) {
  return ["containers", "initContainers"].flatMap((list) => [`${list}/env/valueFrom/${source}KeyRef/name`, `${list}/envFrom/${source}Ref/name`]).join(" ");
}
var NAME_REFERENCES = [
  ...["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map(
    (kind) => reference(kind, specs("HorizontalPodAutoscaler", "spec/scaleTargetRef/name"))
  ),
  reference(
    "ConfigMap.v1",
    podSpecs(WORKLOADS, `volumes/configMap/name volumes/projected/sources/configMap/name ${keyPaths("configMap")}`),
    specs("Node", "spec/configSource/configMap"),
    specs("Role ClusterRole", "rules/resourceNames"),
    specs("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap")
  ),
  reference(
    "Secret.v1",
    podSpecs(
      WORKLOADS,
      `volumes/secret/secretName volumes/projected/sources/secret/name imagePullSecrets/name ${keyPaths("secret")}`
    ),
    specs("Ingress", "spec/tls/secretName metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
    specs("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret"),
    specs("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
    specs("ServiceAccount", "imagePullSecrets/name"),
    specs(
      "StorageClass",
      "parameters/secretName parameters/adminSecretName parameters/userSecretName parameters/secretRef"
    ),
    specs("Role ClusterRole", "rules/resourceNames"),
    specs("Service.v1.serving.knative.dev", "spec/template/spec/containers/env/valueFrom/secretKeyRef/name"),
    specs("PersistentVolume", "spec/azureFile/secretName")
  ),
  reference(
    "Service.v1",
    specs("StatefulSet..apps", "spec/serviceName"),
    specs("Ingress", "spec/rules/http/paths/backend/serviceName spec/backend/serviceName"),
    specs("Ingress", "spec/rules/http/paths/backend/service/name spec/defaultBackend/service/name"),
    specs("APIService..apiregistration.k8s.io", "spec/service/name"),
    specs(
      `ValidatingWebhookConfiguration..${ADMISSION} MutatingWebhookConfiguration..${ADMISSION}`,
      "webhooks/clientConfig/service"
    )
  ),
  reference(`Role..${RBAC}`, specs(`RoleBinding..${RBAC}`, "roleRef/name")),
  reference(`ClusterRole..${RBAC}`, specs(`RoleBinding..${RBAC} ClusterRoleBinding..${RBAC}`, "roleRef/name")),
  reference(
    "ServiceAccount.v1",
    specs(`RoleBinding..${RBAC} ClusterRoleBinding..${RBAC}`, "subjects"),
    podSpecs(POD_OWNERS, "serviceAccountName")
  ),
  reference("PersistentVolumeClaim.v1", podSpecs(POD_OWNERS, "volumes/persistentVolumeClaim/claimName")),
  reference(
    "PersistentVolume.v1",
    specs("PersistentVolumeClaim", "spec/volumeName"),
    specs("ClusterRole", "rules/resourceNames")
  ),
  reference(
    "StorageClass.v1.storage.k8s.io",
    specs("PersistentVolume PersistentVolumeClaim", "spec/storageClassName"),
    specs("StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName")
  ),
  reference("PriorityClass.v1.scheduling.k8s.io", podSpecs(POD_OWNERS, "priorityClassName")),
  // kustomize writes a version into the group, so that no IngressClass is ever found.
  reference("IngressClass.v1.networking.k8s.io/v1", specs("Ingress", "spec/ingressClassName")),
  reference(
    `ValidatingAdmissionPolicy..${ADMISSION}`,
    specs(`ValidatingAdmissionPolicyBinding..${ADMISSION}`, "spec/policyName")
  )
];
var TEMPLATES = "ReplicationController.v1 Deployment ReplicaSet DaemonSet";
var METADATA_LABELS = [
  ...specs("*", "metadata/labels", true),
  ...specs(`${TEMPLATES} StatefulSet..apps Job..batch`, "spec/template/metadata/labels", true),
  ...specs("StatefulSet..apps", "spec/volumeClaimTemplates[]/metadata/labels", true),
  ...specs("CronJob..batch", "spec/jobTemplate/metadata/labels spec/jobTemplate/spec/template/metadata/labels", true)
];
var AFFINITY = ["podAffinity", "podAntiAffinity"].flatMap((kind) => [
  `affinity/${kind}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
  `affinity/${kind}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`
]).join(" ");
var COMMON_LABELS = [
  ...specs("Service.v1 ReplicationController.v1", "spec/selector", true),
  ...specs("Deployment ReplicaSet DaemonSet StatefulSet..apps", "spec/selector/matchLabels", true),
  ...podSpecs("Deployment..apps StatefulSet..apps", `${AFFINITY} topologySpreadConstraints/labelSelector/matchLabels`),
  ...specs("Job..batch PodDisruptionBudget..policy", "spec/selector/matchLabels"),
  ...specs("CronJob..batch", "spec/jobTemplate/spec/selector/matchLabels"),
  ...specs(
    "NetworkPolicy..networking.k8s.io",
    "spec/podSelector/matchLabels spec/ingress/from/podSelector/matchLabels spec/egress/to/podSelector/matchLabels"
  ),
  ...METADATA_LABELS
];
var COMMON_ANNOTATIONS = [
  ...specs("*", "metadata/annotations", true),
  ...specs(`${TEMPLATES} StatefulSet Job..batch`, "spec/template/metadata/annotations", true),
  ...specs(
    "CronJob..batch",
    "spec/jobTemplate/metadata/annotations spec/jobTemplate/spec/template/metadata/annotations",
    true
  )
];
var CONTAINER_TEXTS = ["containers", "initContainers"].flatMap((list) => ["args", "command", "env/value", "volumeMounts/mountPath"].map((field) => `${list}/${field}`)).join(" ");
var VAR_REFERENCES = [
  ...podSpecs("CronJob DaemonSet Deployment Job Pod ReplicaSet StatefulSet", CONTAINER_TEXTS),
  ...specs("CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server"),
  ...podSpecs("DaemonSet Deployment Job Pod", "volumes/nfs/server"),
  ...specs("Deployment", "spec/template/metadata/annotations"),
  ...specs("Ingress", "spec/rules/host spec/tls/hosts spec/tls/secretName"),
  ...specs("Service", "spec/ports/port spec/ports/targetPort"),
  ...specs("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
  ...specs("PersistentVolume", "spec/nfs/server"),
  ...specs("*", "metadata/labels metadata/annotations")
];
var DEFAULT_CONFIG = {
  namePrefix: specs("*", "metadata/name"),
  nameSuffix: specs("*", "metadata/name"),
  namespace: [
    ...specs("Namespace", "metadata/name", true),
    ...specs("APIService..apiregistration.k8s.io", "spec/service/namespace", true),
    ...specs(
      "CustomResourceDefinition..apiextensions.k8s.io",
      "spec/conversion/webhook/clientConfig/service/namespace"
    )
  ],
  commonLabels: COMMON_LABELS,
  labels: [],
  templateLabels: METADATA_LABELS,
  commonAnnotations: COMMON_ANNOTATIONS,
  nameReference: NAME_REFERENCES,
  varReference: VAR_REFERENCES,
  images: specs(
    "*",
    ["spec", "spec/template/spec"].map((base) => `${base}/containers[]/image ${base}/initContainers[]/image`).join(" "),
    true
  ),
  replicas: specs("Deployment ReplicationController ReplicaSet StatefulSet", "spec/replicas", true)
};

// src/manifests/render/charts/request-chart.ts
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

// src/manifests/render/charts/chart-output.ts
function readChartOutput(text, folder, files) {
  const objects = [];
  let source;
  for (const document of text.split(/^---(?=\s|$)/m)) {
    source = /^# Source: [^/\s]+\/(\S+)/m.exec(document)?.[1] ?? source;
    const path = fileOf(source, files);
    const place = {
      file: { path: folder === "" ? path : `${folder}/${path}`, text: "", lineShift: 0 },
      start: 0
    };
    for (const node of parseNodes({ ...place.file, text: document }, "1.2", place)) {
      if (node.kind === "map") objects.push(node);
    }
  }
  return objects;
}
function fileOf(source, files) {
  if (source === void 0) return "Chart.yaml";
  if (files.has(source)) return source;
  const subchart = /^charts\/([^/]+)\//.exec(source)?.[1];
  const pack = [...files].find((path) => subchart !== void 0 && path.startsWith(`charts/${subchart}-`));
  return pack ?? "Chart.yaml";
}

// src/manifests/render/charts/request-chart.ts
function inflateChart(reader, wanted) {
  const { folder, values, options, at } = wanted;
  const { id, files } = reader.list(folder);
  const own = files.map((file) => ({ ...file, path: file.path.slice(folder === "" ? 0 : folder.length + 1) }));
  for (const file of own) {
    if (file.type === "blob") continue;
    throw new RenderError("RenderRefused", `${file.path} of the chart is a ${file.type}, which is not followed`, {
      help: "commit the files themselves",
      at
    });
  }
  if (own.length > LIMITS.chartFiles) {
    throw new RenderError("LimitExceeded", `the chart has more than ${LIMITS.chartFiles} files (chartFiles)`, {
      help: "keep in the chart what its templates need",
      at
    });
  }
  const key = bytesToHex(sha256(utf8ToBytes(JSON.stringify([id, values, options]))));
  const result = reader.chart({ key, folder, files: own, values, options });
  if (result.type === "rendered") return readChartOutput(result.text, folder, new Set(own.map(({ path }) => path)));
  throw new RenderError(result.code, result.message, { help: result.help, at: placeIn(result.message, folder) ?? at });
}
function placeIn(message, folder) {
  const found = /[^/\s:()"]+\/((?:templates|charts|crds)\/[^\s:()"]+)(?::(\d+))?/.exec(message);
  if (found?.[1] === void 0 || found[1].split("/").includes("..")) return void 0;
  const path = folder === "" ? found[1] : `${folder}/${found[1]}`;
  return { file: { path, text: "", lineShift: Math.max(Number(found[2] ?? 1) - 1, 0) }, start: 0 };
}

// src/manifests/render/charts/helm-charts.ts
var CHART_HOME = "charts";
function readHelmChart(reader) {
  const name = reader.text("name");
  const valuesInline = reader.get("valuesInline");
  if (valuesInline !== void 0 && valuesInline.kind !== "map") {
    reader.fail(valuesInline, "valuesInline", "valuesInline has to be a mapping");
  }
  const valuesMerge = reader.text("valuesMerge") || "override";
  if (!["merge", "override", "replace"].includes(valuesMerge)) {
    const message = `valuesMerge is ${JSON.stringify(valuesMerge)}`;
    reader.fail(reader.get("valuesMerge") ?? reader.node, "valuesMerge", message, "write merge, override or replace");
  }
  reader.bool("debug");
  reader.bool("devel");
  return {
    name,
    version: reader.text("version"),
    repo: reader.text("repo"),
    valuesFile: reader.locatedText("valuesFile"),
    additionalValuesFiles: reader.texts("additionalValuesFiles"),
    valuesInline: valuesInline?.kind === "map" ? valuesInline : void 0,
    valuesMerge,
    options: {
      // Without a name helm makes one up, another one each time; a rendering has to be the same each time.
      releaseName: reader.text("releaseName") || name,
      namespace: reader.text("namespace"),
      nameTemplate: reader.text("nameTemplate"),
      includeCRDs: reader.bool("includeCRDs"),
      skipHooks: reader.bool("skipHooks"),
      skipTests: reader.bool("skipTests"),
      kubeVersion: reader.text("kubeVersion"),
      apiVersions: reader.texts("apiVersions").map(({ value }) => value)
    },
    at: reader.node
  };
}
function readHelmGlobals(reader) {
  reader.text("configHome");
  return reader.text("chartHome") || CHART_HOME;
}
function inflateHelmChart(reader, root, chart, chartHome = CHART_HOME) {
  const { name, version, repo, at } = chart;
  if (name === "") throw new RenderError("KustomizationInvalid", "the chart has no name", { help: "add name:", at });
  const home = repo !== "" && version !== "" ? `${chartHome}/${name}-${version}` : chartHome;
  const path = `${home}/${name}`;
  const folder = joinPath(root, path);
  const entry = folder === void 0 || path.startsWith("/") ? { type: "outside" } : reader.find(folder);
  if (entry?.type === "outside") {
    throw new RenderError("RenderRefused", `${path} leads out of the repository`, {
      help: "bring the chart into it",
      at
    });
  }
  if (folder === void 0 || entry?.type !== "folder") {
    throw new RenderError("RenderFileMissing", `there is no chart ${path} in ${root || "the root of the repository"}`, {
      help: `fetch it with \`helm pull --untar -d ${root === "" ? "" : `${root}/`}${home}${repo === "" ? "" : ` --repo ${repo}`}${version === "" ? "" : ` --version ${version}`} ${name}\` and commit it: what is deployed is what was reviewed`,
      at
    });
  }
  return inflateChart(reader, { folder, values: valuesOf(reader, root, chart), options: chart.options, at });
}
function valuesOf(reader, root, chart) {
  const idOf = (path) => ({ id: reader.resolveFile(root, path).id });
  const file = chart.valuesFile === void 0 ? [] : [idOf(chart.valuesFile)];
  const inline = chart.valuesInline === void 0 ? [] : [{ text: writeYaml(chart.valuesInline) }];
  const more = chart.additionalValuesFiles.map(idOf);
  if (inline.length === 0) return [...file, ...more];
  if (chart.valuesMerge === "replace") return [...inline, ...more];
  return chart.valuesMerge === "merge" ? [...inline, ...file, ...more] : [...file, ...inline, ...more];
}

// src/manifests/render/kustomization/read-kustomization.ts
var API_VERSIONS = {
  Kustomization: "kustomize.config.k8s.io/v1beta1",
  Component: "kustomize.config.k8s.io/v1alpha1"
};
function readKustomization(node, options) {
  const reader = new FieldReader(node, "", options);
  const kind = readType(reader);
  reader.object("metadata", (metadata) => {
    metadata.text("name");
    metadata.text("namespace");
    metadata.textMap("labels");
    metadata.textMap("annotations");
  });
  const kustomization = {
    ...readLists(reader),
    ...readTransformers(reader),
    ...readGenerators(reader),
    openapi: reader.object("openapi", (openapi) => ({
      path: openapi.locatedText("path"),
      version: openapi.locatedText("version")
    })) ?? { path: void 0, version: void 0 },
    sortOptions: reader.object("sortOptions", readSortOptions),
    buildMetadata: reader.texts("buildMetadata").map(({ value }) => value)
  };
  reader.finish();
  return kind && { kind, ...kustomization };
}
function readType(reader) {
  const kind = reader.locatedText("kind");
  const apiVersion = reader.locatedText("apiVersion");
  const name = kind === void 0 || kind.value === "" ? "Kustomization" : kind.value;
  if (name !== "Kustomization" && name !== "Component") {
    reader.fail(
      kind?.at ?? reader.node,
      "kind",
      `kind is ${name} and has to be Kustomization or Component`,
      "correct it"
    );
    return void 0;
  }
  if (apiVersion !== void 0 && apiVersion.value !== "" && apiVersion.value !== API_VERSIONS[name]) {
    const message = `apiVersion of a ${name} has to be ${API_VERSIONS[name]}`;
    reader.fail(apiVersion.at, "apiVersion", message, `write ${API_VERSIONS[name]}`);
    return void 0;
  }
  return name;
}
function readLists(reader) {
  return {
    resources: [...reader.texts("resources"), ...reader.texts("bases")],
    components: reader.texts("components"),
    crds: reader.texts("crds"),
    configurations: reader.texts("configurations"),
    generators: reader.texts("generators"),
    transformers: reader.texts("transformers"),
    validators: reader.texts("validators")
  };
}
function filled(text) {
  return text === void 0 || text.value === "" ? void 0 : text;
}
function readTransformers(reader) {
  return {
    namePrefix: filled(reader.locatedText("namePrefix")),
    nameSuffix: filled(reader.locatedText("nameSuffix")),
    namespace: filled(reader.locatedText("namespace")),
    commonLabels: reader.textMap("commonLabels"),
    labels: reader.objects("labels", readLabelRule),
    commonAnnotations: reader.textMap("commonAnnotations"),
    patchesStrategicMerge: reader.texts("patchesStrategicMerge"),
    patchesJson6902: reader.objects("patchesJson6902", readPatch),
    patches: reader.objects("patches", readPatch),
    images: [...reader.objects("images", readImage), ...reader.objects("imageTags", readImage)],
    replicas: reader.objects("replicas", readReplica),
    replacements: reader.objects("replacements", readReplacement),
    vars: reader.objects("vars", readVar)
  };
}
function readGenerators(reader) {
  return {
    configMapGenerator: reader.objects("configMapGenerator", (item) => readGeneratorArgs(item, false)),
    secretGenerator: reader.objects("secretGenerator", (item) => readGeneratorArgs(item, true)),
    generatorOptions: reader.object("generatorOptions", readGeneratorOptions),
    helmCharts: reader.objects("helmCharts", readHelmChart),
    chartHome: reader.object("helmGlobals", readHelmGlobals),
    oldHelmCharts: reader.list("helmChartInflationGenerator", (item) => item)
  };
}
function readFieldSpec(reader) {
  return { gvk: readGvk(reader), path: reader.text("path"), create: reader.bool("create") };
}
function readGvk(reader) {
  return { group: reader.text("group"), version: reader.text("version"), kind: reader.text("kind") };
}
function readLabelRule(reader) {
  return {
    pairs: reader.textMap("pairs"),
    includeSelectors: reader.bool("includeSelectors"),
    includeTemplates: reader.bool("includeTemplates"),
    fields: reader.objects("fields", readFieldSpec),
    at: reader.node
  };
}
function readSelector(reader) {
  return {
    gvk: readGvk(reader),
    name: reader.text("name"),
    namespace: reader.text("namespace"),
    labelSelector: reader.text("labelSelector"),
    annotationSelector: reader.text("annotationSelector")
  };
}
function readPatch(reader) {
  const patch = reader.locatedText("patch");
  const options = reader.textMap("options", "bool");
  return {
    path: reader.text("path"),
    patch: patch?.value ?? "",
    patchNode: patch?.at,
    target: reader.object("target", readSelector),
    options: {
      allowNameChange: options.get("allowNameChange")?.value === "true",
      allowKindChange: options.get("allowKindChange")?.value === "true"
    },
    at: reader.node
  };
}
function readImage(reader) {
  return {
    name: reader.text("name"),
    newName: reader.text("newName"),
    newTag: reader.text("newTag"),
    tagSuffix: reader.text("tagSuffix"),
    digest: reader.text("digest"),
    at: reader.node
  };
}
function readReplica(reader) {
  return { name: reader.text("name"), count: reader.int("count") ?? 0, at: reader.node };
}
function readFieldOptions(reader) {
  reader.text("encoding");
  return {
    delimiter: reader.text("delimiter"),
    index: reader.int("index") ?? 0,
    create: reader.bool("create")
  };
}
function readReplacement(reader) {
  return {
    source: reader.object("source", readReplacementSource),
    targets: reader.get("targets") && reader.objects("targets", readReplacementTarget),
    path: reader.text("path"),
    at: reader.node
  };
}
function readReplacementSource(reader) {
  return {
    gvk: readGvk(reader),
    name: reader.text("name"),
    namespace: reader.text("namespace"),
    fieldPath: reader.text("fieldPath") || "metadata.name",
    options: reader.object("options", readFieldOptions)
  };
}
function readReplacementTarget(reader) {
  return {
    select: reader.object("select", readSelector),
    reject: reader.objects("reject", readSelector),
    fieldPaths: reader.texts("fieldPaths").map(({ value }) => value),
    options: reader.object("options", readFieldOptions),
    at: reader.node
  };
}
function readVar(reader) {
  const target = reader.object("objref", (reference2) => {
    const gvk = readGvk(reference2);
    const apiVersion = reference2.text("apiVersion").split("/");
    const [first = "", second] = apiVersion;
    const fromVersion = second === void 0 ? { version: first } : { group: first, version: second };
    return {
      gvk: first === "" ? gvk : { ...gvk, ...fromVersion },
      name: reference2.text("name"),
      namespace: reference2.text("namespace")
    };
  });
  return {
    name: reader.text("name"),
    gvk: target?.gvk ?? { group: "", version: "", kind: "" },
    objectName: target?.name ?? "",
    namespace: target?.namespace ?? "",
    fieldPath: reader.object("fieldref", (field) => field.text("fieldPath")) || "metadata.name",
    at: reader.node
  };
}
var BEHAVIORS = ["create", "replace", "merge"];
function readGeneratorArgs(reader, isSecret) {
  const behavior = reader.text("behavior");
  const env = filled(reader.locatedText("env"));
  return {
    name: reader.text("name"),
    namespace: reader.text("namespace"),
    behavior: BEHAVIORS.find((known3) => known3 === behavior) ?? "unspecified",
    literals: reader.texts("literals"),
    files: reader.texts("files"),
    envs: [...reader.texts("envs"), ...env === void 0 ? [] : [env]],
    options: reader.object("options", readGeneratorOptions),
    type: isSecret ? reader.text("type") : "",
    at: reader.node
  };
}
function readGeneratorOptions(reader) {
  return {
    labels: reader.textMap("labels"),
    annotations: reader.textMap("annotations"),
    disableNameSuffixHash: reader.bool("disableNameSuffixHash"),
    immutable: reader.bool("immutable")
  };
}
function readSortOptions(reader) {
  const legacy = reader.object("legacySortOptions", (options) => ({
    orderFirst: options.texts("orderFirst").map(({ value }) => value),
    orderLast: options.texts("orderLast").map(({ value }) => value)
  }));
  return {
    order: reader.text("order"),
    orderFirst: legacy?.orderFirst,
    orderLast: legacy?.orderLast,
    at: reader.node
  };
}

// src/manifests/render/config/transformer-config.ts
function makeLists(make) {
  return {
    namePrefix: make("namePrefix"),
    nameSuffix: make("nameSuffix"),
    namespace: make("namespace"),
    commonLabels: make("commonLabels"),
    labels: make("labels"),
    templateLabels: make("templateLabels"),
    commonAnnotations: make("commonAnnotations"),
    varReference: make("varReference"),
    images: make("images"),
    replicas: make("replicas")
  };
}
var EMPTY_CONFIG = { ...makeLists(() => []), nameReference: [] };
function mergeFieldSpecs(own, added) {
  if (added.length === 0 || own === added) return own;
  const merged = [...own];
  const byPath = /* @__PURE__ */ new Map();
  for (const spec of own) addTo(byPath, spec);
  for (const spec of added) {
    const same = byPath.get(spec.path)?.find((other) => isSelected(other.gvk, spec.gvk));
    if (same === void 0) {
      merged.push(spec);
      addTo(byPath, spec);
    } else if (same.create !== spec.create) {
      throw new RenderError("KustomizationInvalid", `the field spec ${spec.path} conflicts with one that is there`, {
        help: `set create: ${same.create}, or name the kind`
      });
    }
  }
  return merged.length === own.length ? own : merged;
}
function addTo(byPath, spec) {
  const list = byPath.get(spec.path);
  if (list === void 0) byPath.set(spec.path, [spec]);
  else list.push(spec);
}
function mergeConfigs(own, added) {
  if (own === added || added === EMPTY_CONFIG) return own;
  if (own === EMPTY_CONFIG) return added;
  return {
    ...makeLists((list) => sortSpecs(mergeFieldSpecs(own[list], added[list]))),
    nameReference: mergeReferences(own, added)
  };
}
function mergeReferences(own, added) {
  let merged = own.nameReference;
  for (const reference2 of added.nameReference) {
    const index = merged.findIndex(({ gvk }) => gvkEqual(gvk, reference2.gvk));
    const same = merged[index];
    if (same === void 0) merged = [...merged, reference2];
    else merged = merged.with(index, { ...same, referrers: mergeFieldSpecs(same.referrers, reference2.referrers) });
  }
  return [...merged].sort((a, b) => compareGvk(a.gvk, b.gvk));
}
function sortSpecs(specs2) {
  return [...specs2].sort((a, b) => compareGvk(a.gvk, b.gvk));
}

// src/manifests/render/config/read-config.ts
function readConfiguration(node) {
  let problem;
  const reader = new FieldReader(node, "", {
    isStrict: true,
    report: (error, at) => {
      problem ??= new RenderError(error.code, error.message, { at, ...error.help && { help: error.help } });
    }
  });
  const lists = makeLists((list) => reader.objects(list, readFieldSpec));
  const nameReference = reader.objects("nameReference", (item) => ({
    gvk: readGvk(item),
    referrers: item.objects("fieldSpecs", readFieldSpec)
  }));
  reader.finish();
  if (problem !== void 0) throw problem;
  return { ...lists, nameReference };
}
var MAX_DEPTH = 30;
var MAX_PROPERTIES = 1e4;
function readCrdConfig(node) {
  let config = EMPTY_CONFIG;
  if (node.kind !== "map") return config;
  for (const [name, definition] of node.fields) {
    const properties = fieldOf(fieldOf(definition, "Schema"), "properties");
    const isObject = ["kind", "apiVersion", "metadata"].every((field) => fieldOf(properties, field) !== void 0);
    if (!isObject) continue;
    const kind = name.split(".").at(-1) ?? name;
    const collector = new CrdCollector(node, { group: "", version: "", kind });
    collector.collect(name, [], 0);
    config = mergeConfigs(config, collector.config());
  }
  return config;
}
var CrdCollector = class {
  #document;
  #gvk;
  #annotations = [];
  #labels = [];
  #names = [];
  #properties = 0;
  #references = [];
  constructor(document, gvk) {
    this.#document = document;
    this.#gvk = gvk;
  }
  config() {
    return {
      ...EMPTY_CONFIG,
      commonAnnotations: this.#annotations,
      commonLabels: this.#labels,
      namePrefix: this.#names,
      nameReference: this.#references
    };
  }
  collect(typeName, path, depth) {
    const properties = fieldOf(fieldOf(fieldOf(this.#document, typeName), "Schema"), "properties");
    if (properties?.kind !== "map" || depth > MAX_DEPTH) return;
    for (const [name, property] of properties.fields) {
      if (++this.#properties > MAX_PROPERTIES) {
        throw new RenderError("LimitExceeded", `the type ${typeName} has more than ${MAX_PROPERTIES} properties`);
      }
      this.#collectProperty(property, [...path, name]);
      const reference2 = textOf(fieldOf(property, "$ref"));
      if (reference2 !== "") this.collect(reference2, [...path, name], depth + 1);
    }
  }
  #collectProperty(property, path) {
    const has = (field) => fieldOf(property, field) !== void 0;
    if (has("x-kubernetes-annotation")) this.#annotations.push(this.#spec(path));
    if (has("x-kubernetes-label-selector")) this.#labels.push(this.#spec(path));
    if (has("x-kubernetes-identity")) this.#names.push(this.#spec(path));
    const version = fieldOf(property, "x-kubernetes-object-ref-api-version");
    const kind = fieldOf(property, "x-kubernetes-object-ref-kind");
    if (version === void 0 || kind === void 0) return;
    const nameKey = textOf(fieldOf(property, "x-kubernetes-object-ref-name-key")) || "name";
    this.#references.push({
      gvk: { group: "", version: textOf(version), kind: textOf(kind) },
      referrers: [this.#spec([...path, nameKey])]
    });
  }
  #spec(path) {
    return { gvk: this.#gvk, path: path.join("/"), create: false };
  }
};

// src/manifests/decrypt/decrypt-error.ts
var DecryptError = class extends Error {
  name = "DecryptError";
  code;
  help;
  /** Where the cause stands in the file's text. */
  start;
  constructor(message, options) {
    super(message);
    this.code = options.code ?? "DecryptionFailed";
    this.help = options.help;
    this.start = options.start;
  }
};

// src/manifests/decrypt/decrypt-document.ts
import { isMap as isMap6, isScalar as isScalar6, isSeq as isSeq4, Scalar as Scalar3 } from "yaml";

// src/manifests/decrypt/sops-mac.ts
import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex as bytesToHex2, hexToBytes } from "@noble/hashes/utils.js";

// src/manifests/decrypt/sops-value.ts
import { gcm } from "@noble/ciphers/aes.js";
var ENCRYPTED = /^ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:([a-z0-9]+)\]$/;
var TYPES = /* @__PURE__ */ new Map([
  ["str", "str"],
  ["int", "int"],
  ["int64", "int"],
  ["float", "float"],
  ["bool", "bool"],
  ["bytes", "bytes"],
  ["comment", "comment"]
]);
function isEncryptedText(text) {
  return text.startsWith("ENC[AES256_GCM,") && ENCRYPTED.test(text);
}
function decryptValue(text, dataKey, additional) {
  const [, data = "", iv = "", tag = "", typeName = ""] = ENCRYPTED.exec(text) ?? [];
  const type = TYPES.get(typeName);
  if (type === void 0) return void 0;
  try {
    const cipher = gcm(dataKey, fromBase64(iv), new TextEncoder().encode(additional));
    return { type, bytes: cipher.decrypt(joined(fromBase64(data), fromBase64(tag))) };
  } catch {
    return void 0;
  }
}
function additionalDataOf(path) {
  return `${path.join(":")}:`;
}
function fromBase64(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

// src/manifests/decrypt/sops-mac.ts
var ONLY_ENCRYPTED = hexToBytes("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69");
function decryptLeaves(leaves, metadata, dataKey) {
  const hash = sha512.create();
  if (metadata.isMacOnlyEncrypted) hash.update(ONLY_ENCRYPTED);
  const encoder = new TextEncoder();
  const values = leaves.map((leaf) => {
    const isEncrypted = metadata.isEncrypted?.(leaf.path) ?? isEncryptedText(leaf.text);
    const value = isEncrypted ? decryptLeaf(leaf, dataKey) : void 0;
    if (value !== void 0) hash.update(value.bytes);
    else if (!metadata.isMacOnlyEncrypted) hash.update(encoder.encode(leaf.plain()));
    return value;
  });
  checkMac(metadata, dataKey, bytesToHex2(hash.digest()));
  return values;
}
function decryptLeaf({ path, text, start }, dataKey) {
  if (text === "") return { type: "str", bytes: new Uint8Array() };
  const value = decryptValue(text, dataKey, additionalDataOf(path));
  if (value !== void 0) return value;
  const name = path.join(".");
  throw new DecryptError(
    isEncryptedText(text) ? `the value of ${name} was not encrypted with the key of this file, or for another field` : `the value of ${name} should be encrypted and is not`,
    { help: "encrypt the file again with sops", start }
  );
}
function checkMac({ mac, lastModified }, dataKey, computed) {
  const expected = decryptValue(mac, dataKey, lastModified);
  const isEqual = expected !== void 0 && new TextDecoder().decode(expected.bytes).toLowerCase() === computed;
  if (isEqual) return;
  throw new DecryptError("the file was changed after it was encrypted: its MAC does not fit its values", {
    help: "undo the change, or write the file anew with `sops edit --ignore-mac`; edit encrypted files with sops only"
  });
}

// src/manifests/decrypt/decrypt-document.ts
function decryptInPlace({ text, parts }, dataKeys) {
  const replacements = parts.flatMap(({ leaves, metadata, fields }, part) => {
    const values = decryptLeaves(leaves, metadata, dataKeys[part] ?? new Uint8Array());
    const decrypted = leaves.flatMap((leaf, index) => {
      const value = values[index];
      return value === void 0 ? [] : [{ ...withLines(text, leaf, flowText(value)), isValue: true }];
    });
    return [...decrypted, ...fields.map((field) => withLines(text, spanOf(text, field), ""))];
  });
  const starts = /* @__PURE__ */ new Set();
  let shift = 0;
  for (const { start, end, text: by, isValue } of [...replacements].sort((a, b) => a.start - b.start)) {
    if (isValue === true) starts.add(start + shift);
    shift += by.length - (end - start);
  }
  return { text: replace(text, replacements), starts };
}
function decryptYaml(text, document, dataKey) {
  const values = decryptLeaves(document.leaves, document.metadata, dataKey);
  const replacements = document.leaves.flatMap((leaf, index) => {
    const value = values[index];
    return value === void 0 ? [] : [{ start: leaf.start, end: leaf.end, text: blockText(leaf, value, text) }];
  });
  const fields = document.fields.map((field) => ({ ...wholeLines(text, spanOf(text, field)), text: "" }));
  const kept = replace(text, [...replacements, ...fields]);
  return kept.replace(ENCRYPTED_COMMENT, (comment, encrypted) => {
    for (const path of document.mappings) {
      const value = decryptValue(encrypted, dataKey, additionalDataOf(path));
      if (value !== void 0) return `#${textOf2(value)}`;
    }
    return comment;
  });
}
var ENCRYPTED_COMMENT = /#(ENC\[AES256_GCM,[^\]\n]*\])/g;
function decryptJson(document, dataKey) {
  const [root] = document.roots;
  return root === void 0 ? "{}\n" : `${new JsonWriter(document, dataKey).write(root)}
`;
}
function decryptBinary(document, dataKey) {
  const values = decryptLeaves(document.leaves, document.metadata, dataKey);
  const index = document.leaves.findIndex(({ path }) => path.length === 1 && path[0] === "data");
  return values[index]?.bytes;
}
function textOf2({ bytes }) {
  return new TextDecoder().decode(bytes);
}
function flowText(value) {
  const text = textOf2(value);
  if (value.type === "bool") return text.toLowerCase() === "true" ? "true" : "false";
  return value.type === "int" || value.type === "float" ? text : JSON.stringify(text);
}
function blockText({ indent, node }, value, file) {
  const text = textOf2(value);
  if (value.type !== "str" && value.type !== "bytes") return flowText(value);
  const isInFlow = node.type !== Scalar3.PLAIN && file[node.range[0]] === '"';
  if (isInFlow) return flowText(value);
  if (/^[A-Za-z0-9_./+=@-]+(?: [A-Za-z0-9_./+=@-]+)*$/.test(text) && tagOfPlain(text, "1.1") === "str") {
    return tagOfPlain(text, "1.2") === "str" && !text.startsWith("-") ? text : flowText(value);
  }
  if (!text.includes("\n") || /[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]|^[\s]|[ \t]$/m.test(text))
    return flowText(value);
  const lead = " ".repeat(indent + 4);
  const chomping = !text.endsWith("\n") ? "-" : text.endsWith("\n\n") ? "+" : "";
  const lines = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
  return `|${chomping}
${lines.map((line) => line === "" ? "" : lead + line).join("\n")}`;
}
function spanOf(text, { start, end, isFlow }) {
  if (!isFlow) return { start, end, isFlow };
  const after = /^\s*,/.exec(text.slice(end))?.[0].length ?? 0;
  if (after > 0) return { start, end: end + after, isFlow };
  const before = /,\s*$/.exec(text.slice(0, start))?.[0].length ?? 0;
  return { start: start - before, end, isFlow };
}
function wholeLines(text, { start, end, isFlow }) {
  if (isFlow) return { start, end };
  const lineEnd = text.indexOf("\n", end);
  return { start: text.lastIndexOf("\n", start - 1) + 1, end: lineEnd < 0 ? text.length : lineEnd + 1 };
}
function withLines(text, { start, end }, by) {
  const lines = text.slice(start, end).split("\n").length - 1;
  return { start, end, text: by + "\n".repeat(lines) };
}
function replace(text, replacements) {
  let replaced = "";
  let at = 0;
  for (const { start, end, text: by } of [...replacements].sort((a, b) => a.start - b.start)) {
    replaced += text.slice(at, start) + by;
    at = end;
  }
  return replaced + text.slice(at);
}
var JsonWriter = class {
  #values;
  constructor(document, dataKey) {
    const values = decryptLeaves(document.leaves, document.metadata, dataKey);
    this.#values = new Map(document.leaves.map(({ node }, index) => [node, values[index]]));
  }
  write(root) {
    const items = root.items.filter(({ key }) => !(isScalar6(key) && key.value === "sops"));
    return this.#map(items, "");
  }
  #map(items, lead) {
    const inner = `${lead}	`;
    const lines = items.map(({ key, value }) => {
      const name = isScalar6(key) ? String(key.value ?? "") : "";
      return `${inner}${JSON.stringify(name)}: ${this.#value(value, inner)}`;
    });
    return lines.length === 0 ? "{}" : `{
${lines.join(",\n")}
${lead}}`;
  }
  #value(node, lead) {
    if (node === null) return "null";
    if (isMap6(node)) return this.#map(node.items, lead);
    if (isSeq4(node)) {
      const items = node.items.map((item) => `${lead}	${this.#value(item, `${lead}	`)}`);
      return items.length === 0 ? "[]" : `[
${items.join(",\n")}
${lead}]`;
    }
    const value = this.#values.get(node);
    if (value !== void 0) return flowText(value);
    if (!isScalar6(node)) return "null";
    const text = String(node.value ?? "");
    return node.type === Scalar3.PLAIN && /^(?:true|false|null|-?\d[\d.eE+-]*)$/.test(text) ? text : JSON.stringify(text);
  }
};

// src/manifests/decrypt/sops-metadata.ts
import { sha256 as sha2562 } from "@noble/hashes/sha2.js";
import { bytesToHex as bytesToHex3, utf8ToBytes as utf8ToBytes2 } from "@noble/hashes/utils.js";

// src/manifests/render/pattern.ts
var MAX_STATES = 1e4;
var MAX_REPEAT = 1e3;
function compilePattern(pattern, mode) {
  if (/^[\w-]*$/.test(pattern)) {
    return mode === "whole" ? (text) => text === pattern : (text) => text.includes(pattern);
  }
  const states = new PatternParser(pattern).parse();
  return (text) => run(states, text, mode);
}
function run(states, text, mode) {
  const codes = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  let current = /* @__PURE__ */ new Set();
  for (let at = 0; at <= codes.length; at++) {
    if (at === 0 || mode === "search") enter(states, 0, at, codes.length, current);
    const isOver = at === codes.length;
    for (const index of current) if (states[index]?.type === "match" && (mode === "search" || isOver)) return true;
    const code = codes[at];
    if (code === void 0) return false;
    const next = /* @__PURE__ */ new Set();
    for (const index of current) {
      const state = states[index];
      if (state?.type === "char" && state.test(code)) enter(states, state.next, at + 1, codes.length, next);
    }
    current = next;
  }
  return false;
}
function enter(states, from, at, length, into) {
  const stack = [from];
  for (let index = stack.pop(); index !== void 0; index = stack.pop()) {
    if (into.has(index)) continue;
    into.add(index);
    const state = states[index];
    if (state?.type === "split") stack.push(...state.next);
    else if (state?.type === "start" && at === 0) stack.push(state.next);
    else if (state?.type === "end" && at === length) stack.push(state.next);
  }
}
var CLASSES = {
  d: (code) => code >= 48 && code <= 57,
  w: (code) => code >= 48 && code <= 57 || code >= 65 && code <= 90 || code === 95 || code >= 97 && code <= 122,
  s: (code) => code === 32 || code >= 9 && code <= 13 && code !== 11
};
var CONTROLS = { n: "\n", t: "	", r: "\r", f: "\f", v: "\v", a: "\x07" };
var PatternParser = class {
  #pattern;
  #states = [];
  #at = 0;
  #isCaseless = false;
  #isDotAll = false;
  constructor(pattern) {
    this.#pattern = pattern;
  }
  /** The machine; state 0 is its start. */
  parse() {
    const entries = [];
    this.#states.push({ type: "split", next: entries });
    const part = this.#alternatives();
    if (this.#at < this.#pattern.length) this.#fail("a ) without its (");
    entries.push(part(this.#add({ type: "match" })));
    return this.#states;
  }
  #fail(detail) {
    throw new RenderError("RenderFailed", `${JSON.stringify(this.#pattern)} is no regular expression: ${detail}`, {
      help: "correct the pattern; it is written as Go writes it and has to match the whole name"
    });
  }
  #add(state) {
    if (this.#states.length >= MAX_STATES) this.#fail("it is too large");
    return this.#states.push(state) - 1;
  }
  #peek(text) {
    return this.#pattern.startsWith(text, this.#at);
  }
  #take(text) {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }
  #alternatives() {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    const [only] = parts;
    if (parts.length === 1 && only !== void 0) return only;
    return (next) => this.#add({ type: "split", next: parts.map((part) => part(next)) });
  }
  #sequence() {
    const parts = [];
    while (this.#at < this.#pattern.length && !this.#peek("|") && !this.#peek(")")) parts.push(this.#repeated());
    return (next) => parts.reduceRight((after, part) => part(after), next);
  }
  #repeated() {
    let part = this.#atom();
    for (; ; ) {
      const quantifier = this.#quantifier();
      if (quantifier === void 0) return part;
      const inner = part;
      part = (next) => this.#repeat(inner, quantifier, next);
    }
  }
  #quantifier() {
    let found;
    if (this.#take("*")) found = { min: 0, max: Number.POSITIVE_INFINITY };
    else if (this.#take("+")) found = { min: 1, max: Number.POSITIVE_INFINITY };
    else if (this.#take("?")) found = { min: 0, max: 1 };
    else {
      const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#pattern.slice(this.#at, this.#at + 20));
      if (match === null) return void 0;
      this.#at += match[0].length;
      const min = Number(match[1]);
      const max = match[2] === void 0 ? min : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
      if (min > MAX_REPEAT || max !== Number.POSITIVE_INFINITY && (max > MAX_REPEAT || max < min)) {
        this.#fail("a repetition is out of bounds");
      }
      found = { min, max };
    }
    this.#take("?");
    return found;
  }
  #repeat(part, { min, max }, next) {
    let entry = next;
    if (max === Number.POSITIVE_INFINITY) {
      const exits = [next];
      const index = this.#add({ type: "split", next: exits });
      exits.push(part(index));
      entry = index;
    } else {
      for (let count = min; count < max; count++) entry = this.#add({ type: "split", next: [next, part(entry)] });
    }
    for (let count = 0; count < min; count++) entry = part(entry);
    return entry;
  }
  #atom() {
    const char = this.#next();
    if (char === "(") return this.#group();
    if (char === "^") return (next) => this.#add({ type: "start", next });
    if (char === "$") return (next) => this.#add({ type: "end", next });
    if (char === "*" || char === "+" || char === "?") this.#fail(`nothing to repeat before ${char}`);
    const isDotAll = this.#isDotAll;
    const test2 = char === "." ? (code) => isDotAll || code !== 10 : char === "[" ? this.#charClass() : char === "\\" ? this.#escape() : this.#literal(char);
    return (next) => this.#add({ type: "char", test: test2, next });
  }
  #next() {
    const char = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }
  #literal(char) {
    const code = char.codePointAt(0) ?? 0;
    if (!this.#isCaseless) return (other) => other === code;
    const [lower, upper] = [char.toLowerCase().codePointAt(0), char.toUpperCase().codePointAt(0)];
    return (other) => other === lower || other === upper;
  }
  #group() {
    const flags = /^\?([ims]*)(:|\))/.exec(this.#pattern.slice(this.#at, this.#at + 8));
    const name = /^\?P?<\w+>/.exec(this.#pattern.slice(this.#at, this.#at + 100));
    const before = [this.#isCaseless, this.#isDotAll];
    if (flags !== null) {
      this.#at += flags[0].length;
      this.#isCaseless ||= flags[1]?.includes("i") ?? false;
      this.#isDotAll ||= flags[1]?.includes("s") ?? false;
      if (flags[2] === ")") return (next) => next;
    } else if (name !== null) this.#at += name[0].length;
    else if (this.#peek("?")) this.#fail("this kind of group does not exist in Go");
    const part = this.#alternatives();
    if (!this.#take(")")) this.#fail("a ( without its )");
    [this.#isCaseless, this.#isDotAll] = before;
    return part;
  }
  #escape() {
    if (this.#at >= this.#pattern.length) this.#fail("it ends with a backslash");
    const char = this.#next();
    const known3 = CLASSES[char.toLowerCase()];
    if (known3 !== void 0) return char === char.toLowerCase() ? known3 : (code) => !known3(code);
    const control = CONTROLS[char];
    if (control !== void 0) return this.#literal(control);
    if (/[a-zA-Z0-9]/.test(char)) this.#fail(`\\${char} is not known`);
    return this.#literal(char);
  }
  #charClass() {
    const isNegated = this.#take("^");
    const tests = [];
    for (let isFirst = true; isFirst || !this.#peek("]"); isFirst = false) {
      if (this.#at >= this.#pattern.length) this.#fail("a [ without its ]");
      tests.push(this.#classItem());
    }
    this.#take("]");
    return (code) => tests.some((test2) => test2(code)) !== isNegated;
  }
  #classItem() {
    const char = this.#next();
    if (char === "\\") {
      const next = this.#pattern[this.#at] ?? "";
      if (CLASSES[next.toLowerCase()] !== void 0) return this.#escape();
    }
    const first = char === "\\" ? this.#escapedChar() : char;
    if (!/^-[^\]]/.test(this.#pattern.slice(this.#at, this.#at + 2))) return this.#literal(first);
    this.#at += 1;
    const end = this.#next();
    const last = end === "\\" ? this.#escapedChar() : end;
    const [from, to] = [first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0];
    if (from > to) this.#fail(`the range ${first}-${last} is empty`);
    if (!this.#isCaseless) return (code) => code >= from && code <= to;
    return (code) => {
      const other = String.fromCodePoint(code);
      return [other.toLowerCase(), other.toUpperCase(), other].some((candidate) => {
        const value = candidate.codePointAt(0) ?? 0;
        return value >= from && value <= to;
      });
    };
  }
  #escapedChar() {
    const char = this.#next();
    return CONTROLS[char] ?? char;
  }
};

// src/manifests/decrypt/sops-metadata.ts
function dataKeyId(keys) {
  return bytesToHex3(sha2562(utf8ToBytes2(keys.map(({ armor }) => armor).join("\n"))));
}
var OTHER_KEYS = {
  pgp: "PGP",
  kms: "AWS KMS",
  gcp_kms: "GCP KMS",
  azure_kv: "Azure Key Vault",
  hc_vault: "Vault"
};
var COMMENT_RULES = ["unencrypted_comment_regex", "encrypted_comment_regex"];
var RULES = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "encrypted_regex",
  ...COMMENT_RULES
];
var DEFAULT_SUFFIX = "_unencrypted";
function readMetadata(sops) {
  const mac = sops["mac"];
  const lastModified = sops["lastmodified"];
  if (typeof mac !== "string" || mac === "" || typeof lastModified !== "string") {
    throw new DecryptError("the file has no MAC, so that nobody can say whether it was changed", {
      help: "encrypt it again with sops"
    });
  }
  return {
    keys: readKeys(sops),
    mac,
    lastModified,
    isMacOnlyEncrypted: sops["mac_only_encrypted"] === true || sops["mac_only_encrypted"] === "true",
    isEncrypted: readRule(sops)
  };
}
function readKeys(sops) {
  const groups = itemsOf(sops["key_groups"]).filter(isJsonObject);
  if (groups.length > 1) {
    throw new DecryptError("the key is shared among several key groups (Shamir), which is not supported", {
      help: "encrypt the file with one key group that has an age recipient"
    });
  }
  const group = groups[0] ?? sops;
  const keys = itemsOf(group["age"]).filter(isJsonObject).flatMap(readKey);
  if (keys.length > 0) return keys;
  const others = Object.entries(OTHER_KEYS).filter(([field]) => itemsOf(group[field]).length > 0);
  const names = others.map(([, name]) => name).join(", ");
  throw new DecryptError(
    names === "" ? "the file is encrypted for nobody" : `the file is encrypted for ${names} only, and the box has age keys`,
    { code: "DecryptionKeyMissing", help: "add the age recipient of the box to .sops.yaml and run `sops updatekeys`" }
  );
}
function readKey(key) {
  const { recipient, enc } = key;
  return typeof recipient === "string" && typeof enc === "string" ? [{ recipient, armor: enc }] : [];
}
function itemsOf(value) {
  return Array.isArray(value) ? value : [];
}
function readRule(sops) {
  const given = RULES.flatMap((rule2) => {
    const value2 = sops[rule2];
    return typeof value2 === "string" && value2 !== "" ? [{ rule: rule2, value: value2 }] : [];
  });
  const [first = { rule: "unencrypted_suffix", value: DEFAULT_SUFFIX }, second] = given;
  if (second !== void 0) {
    throw new DecryptError(`the file has both ${first.rule} and ${second.rule}`, {
      help: "encrypt it again with one rule"
    });
  }
  const { rule, value } = first;
  switch (rule) {
    case "unencrypted_suffix":
      return (path) => !path.some((step) => step.endsWith(value));
    case "encrypted_suffix":
      return (path) => path.some((step) => step.endsWith(value));
    case "unencrypted_regex": {
      const matches2 = compileRule(rule, value);
      return (path) => !path.some(matches2);
    }
    case "encrypted_regex": {
      const matches2 = compileRule(rule, value);
      return (path) => path.some(matches2);
    }
    default:
      return void 0;
  }
}
function compileRule(rule, pattern) {
  try {
    return compilePattern(pattern, "search");
  } catch (error) {
    if (error instanceof RenderError) throw new DecryptError(`${rule}: ${error.message}`, { help: "correct it" });
    throw error;
  }
}

// src/manifests/decrypt/decrypt-dotenv.ts
var PREFIX = "sops_";
function readSopsDotenv(text) {
  if (!/^sops_mac=ENC\[/m.test(text)) return void 0;
  const lines = [];
  const flat = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    if (line.startsWith("#")) lines.push({ text: line, leaf: void 0 });
    else if (line !== "" && equals < 0) {
      throw new DecryptError("a line of the file has no =", { help: "edit encrypted files with sops only", start });
    } else if (line.startsWith(PREFIX))
      flat.push([line.slice(PREFIX.length, equals), unescaped(line.slice(equals + 1))]);
    else if (line !== "") {
      const value = unescaped(line.slice(equals + 1));
      lines.push({ text: line, leaf: { path: [line.slice(0, equals)], text: value, plain: () => value, start } });
    }
    start += line.length + 1;
  }
  return { metadata: readMetadata(unflatten(flat)), lines };
}
function decryptDotenv({ metadata, lines }, dataKey) {
  const leaves = lines.flatMap(({ leaf }) => leaf ?? []);
  const values = decryptLeaves(leaves, metadata, dataKey);
  const decoder = new TextDecoder();
  let next = 0;
  const decrypted = lines.map(({ text, leaf }) => {
    if (leaf === void 0) {
      const comment = decryptValue(text.slice(1), dataKey, additionalDataOf([]));
      return comment === void 0 ? text : `#${decoder.decode(comment.bytes)}`;
    }
    const value = values[next++];
    return value === void 0 ? text : `${leaf.path[0]}=${decoder.decode(value.bytes).replaceAll("\n", "\\n")}`;
  });
  return decrypted.map((line) => `${line}
`).join("");
}
function unescaped(text) {
  return text.replaceAll("\\n", "\n");
}
var MAX_LIST = 100;
function unflatten(flat) {
  const age = [];
  const found = {};
  for (const [name, value] of flat) {
    const [, list = "", index = "", field = ""] = /^(.+?)__list_(\d+)__map_(.+)$/.exec(name) ?? [];
    if (list === "age" && Number(index) < MAX_LIST) {
      age[Number(index)] ??= {};
      Object.assign(age[Number(index)] ?? {}, { [field]: value });
    } else found[list === "" ? name : list] = list === "" ? value : [value];
  }
  return { ...found, age: age.filter((key) => key !== void 0) };
}

// src/manifests/decrypt/sops-document.ts
import { isAlias as isAlias4, isMap as isMap7, isScalar as isScalar7, isSeq as isSeq5, Scalar as Scalar4 } from "yaml";
var SOPS = "sops";
function readSopsDocument(text, format) {
  if (!/\bsops\b/.test(text) || !text.includes("ENC[AES256_GCM,")) return void 0;
  const { documents, stopped } = compose(text);
  const byMac = /* @__PURE__ */ new Map();
  for (const { root } of documents) {
    const sops = isMap7(root) ? metadataOf(root) : void 0;
    if (sops === void 0) continue;
    const mac = String(sops["mac"]);
    const part = byMac.get(mac) ?? { sops, roots: [] };
    part.roots.push(root);
    byMac.set(mac, part);
  }
  if (byMac.size === 0) return void 0;
  const error = firstError(documents);
  if (error !== void 0 || stopped !== void 0) {
    throw new DecryptError("the encrypted file is no valid YAML", {
      ...error === void 0 ? {} : { start: error.pos[0] },
      help: "edit encrypted files with sops only"
    });
  }
  const [first, ...others] = [...byMac.values()].map(({ sops, roots: roots2 }) => {
    const reader = new LeafReader(text, format);
    for (const root of roots2) reader.readRoot(root);
    const { leaves, fields, mappings } = reader;
    return { metadata: readMetadata(sops), leaves, fields, roots: roots2, mappings };
  });
  return first === void 0 ? void 0 : { text, parts: [first, ...others] };
}
function firstError(documents) {
  return documents.flatMap(({ errors }) => errors)[0];
}
function metadataOf(root) {
  const pair = root.items.find(({ key }) => isScalar7(key) && key.value === SOPS);
  if (!isMap7(pair?.value)) return void 0;
  const sops = plainValue(pair.value, 0);
  return isJsonObject(sops) && typeof sops["mac"] === "string" ? sops : void 0;
}
var METADATA_DEPTH = 8;
function plainValue(node, depth) {
  if (node === null || depth > METADATA_DEPTH) return null;
  if (isMap7(node)) {
    const entries = node.items.map(({ key, value }) => [
      isScalar7(key) ? String(key.value) : "",
      plainValue(value, depth + 1)
    ]);
    return Object.fromEntries(entries);
  }
  if (isSeq5(node)) return node.items.map((item) => plainValue(item, depth + 1));
  if (!isScalar7(node)) return null;
  const text = String(node.value ?? "");
  if (node.type !== Scalar4.PLAIN) return text;
  const resolved = resolvePlainScalar(text);
  return resolved.type === "value" && typeof resolved.value !== "number" ? resolved.value : text;
}
var LeafReader = class {
  leaves = [];
  fields = [];
  mappings = [[]];
  #text;
  #format;
  constructor(text, format) {
    this.#text = text;
    this.#format = format;
  }
  readRoot(root) {
    for (const { key, value } of root.items) {
      const name = keyOf(key);
      if (name !== SOPS) this.#read(value, [name], key.range[0]);
      else {
        const end = value?.range[1] ?? key.range[1];
        this.fields.push({ start: key.range[0], end, isFlow: root.flow === true });
      }
    }
  }
  #read(node, path, keyStart) {
    if (node === null) return;
    if (isAlias4(node) || node.anchor !== void 0) {
      throw new DecryptError("an encrypted file has no anchors and aliases", {
        help: "edit encrypted files with sops only",
        start: node.range[0]
      });
    }
    if (isSeq5(node)) for (const item of node.items) this.#read(item, path, item?.range[0] ?? keyStart);
    else if (isMap7(node)) {
      this.mappings.push(path);
      for (const { key, value } of node.items) {
        this.#read(value, [...path, keyOf(key)], key.range[0]);
      }
    } else if (isScalar7(node)) this.#addLeaf(node, path, keyStart);
  }
  #addLeaf(node, path, keyStart) {
    const text = String(node.value ?? "");
    const tag = node.type === Scalar4.PLAIN ? tagOfPlain(text, "1.2") : "str";
    if (tag === "null") return;
    const lineStart = this.#text.lastIndexOf("\n", keyStart - 1) + 1;
    this.leaves.push({
      path,
      text,
      plain: () => this.#plainText(text, tag),
      start: node.range[0],
      end: node.range[1],
      node,
      indent: keyStart - lineStart
    });
  }
  /** "ToBytes": what the MAC takes of a value that is not encrypted (sops.go). All numbers of JSON are floats to it. */
  #plainText(text, tag) {
    if (tag === "bool") return text.toLowerCase() === "true" ? "True" : "False";
    if (tag === "int" && this.#format === "yaml") return String(bigIntOf(text.replaceAll("_", "")));
    return tag === "int" || tag === "float" ? withoutExponent(Number(text.replaceAll("_", ""))) : text;
  }
};
function keyOf(key) {
  if (isScalar7(key)) return String(key.value ?? "");
  throw new DecryptError("an encrypted file has only texts as keys", {
    help: "edit encrypted files with sops only",
    start: key.range[0]
  });
}
function withoutExponent(value) {
  const [mantissa = "", exponentText] = String(Math.abs(value)).split("e");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (exponentText === void 0) return sign + mantissa;
  const exponent = Number(exponentText);
  const [whole = "", fraction = ""] = mantissa.split(".");
  if (exponent >= 0) return sign + whole + fraction.padEnd(exponent, "0");
  return `${sign}0.${"0".repeat(-exponent - 1)}${whole}${fraction}`;
}

// src/manifests/decrypt/encrypted-file.ts
function formatOf(path) {
  if (/\.ya?ml$/.test(path)) return "yaml";
  if (path.endsWith(".json")) return "json";
  if (path.endsWith(".env")) return "dotenv";
  return path.endsWith(".ini") ? "ini" : "binary";
}
function readEncryptedManifest(text) {
  const document = readSopsDocument(text, "yaml");
  if (document === void 0) return void 0;
  for (const { leaves } of document.parts) checkIsSecret(leaves);
  return {
    keys: document.parts.map(({ metadata }) => metadata.keys),
    decrypt: (dataKeys) => decryptInPlace(document, dataKeys)
  };
}
function checkIsSecret(leaves) {
  let kind = "";
  for (const { path, text, start } of leaves) {
    const [first = ""] = path;
    if (path.length === 1 && first === "kind") kind = text;
    if (!isEncryptedText(text)) continue;
    if (OPEN_FIELDS.has(first)) {
      throw new DecryptError(`${path.join(".")} is encrypted, so that nobody can say which object it is`, {
        help: "encrypt the file again with `--encrypted-regex '^(data|stringData)$'`",
        start
      });
    }
    if (kind !== "Secret") {
      const what = kind === "" ? "a value" : `a value of a ${kind}`;
      const help = "put what is secret into a Secret, with kind: above its data, and refer to that";
      throw new DecryptError(`${what} is encrypted, and only Secrets are decrypted`, { help, start });
    }
  }
}
var OPEN_FIELDS = /* @__PURE__ */ new Set(["apiVersion", "kind", "metadata", "type"]);
function readEncryptedContent(bytes, key, purpose) {
  const text = new TextDecoder().decode(bytes);
  const named = formatOf(key);
  const format = purpose === "env" && named === "binary" ? "dotenv" : named;
  const encode = (decrypted) => new TextEncoder().encode(decrypted);
  if (format === "ini") {
    if (!/^\[sops\]/m.test(text)) return void 0;
    throw new DecryptError("encrypted INI files are not decrypted", {
      help: "encrypt it with `sops --input-type binary --output-type binary`, and give it a name without .ini"
    });
  }
  if (format === "dotenv") {
    const dotenv = readSopsDotenv(text);
    if (dotenv === void 0) return void 0;
    return { keys: dotenv.metadata.keys, decrypt: (dataKey) => encode(decryptDotenv(dotenv, dataKey)) };
  }
  const document = readSopsDocument(text, format === "yaml" ? "yaml" : "json");
  if (document === void 0) return void 0;
  const [part, other] = document.parts;
  if (other !== void 0) {
    throw new DecryptError("the file was put together from several encrypted ones", {
      help: "decrypt them, and encrypt the whole with sops"
    });
  }
  const { keys } = part.metadata;
  if (format === "yaml") return { keys, decrypt: (dataKey) => encode(decryptYaml(text, part, dataKey)) };
  if (format === "json") return { keys, decrypt: (dataKey) => encode(decryptJson(part, dataKey)) };
  return {
    keys,
    decrypt: (dataKey) => {
      const decrypted = decryptBinary(part, dataKey);
      if (decrypted !== void 0) return decrypted;
      throw new DecryptError("the encrypted file has no data", { help: "encrypt it again with sops" });
    }
  };
}

// src/manifests/parse/decode-text.ts
var utf8 = new TextDecoder("utf-8", { fatal: true });
var lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
var REPLACEMENT = "\uFFFD";
function decodeText(bytes) {
  if (bytes.length > LIMITS.manifestFileBytes) return { problem: fileTooLarge(bytes.length) };
  const otherEncoding = encodingOf(bytes);
  if (otherEncoding !== void 0) {
    return {
      problem: fileError("ManifestEncoding", `the file is ${otherEncoding}, not UTF-8`, "save the file as UTF-8")
    };
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    return {
      problem: fileError(
        "ManifestBinary",
        `the file is not text: it has a NUL byte at offset ${nul}`,
        "remove the file or list it in .sourceignore"
      )
    };
  }
  try {
    return { text: utf8.decode(bytes) };
  } catch {
    return { problem: invalidUtf8(bytes) };
  }
}
function fileTooLarge(sizeBytes) {
  const size = sizeBytes === void 0 ? "more" : `${(sizeBytes / 1024 / 1024).toFixed(1)} MiB`;
  return fileError(
    "LimitExceeded",
    `the file has ${size}; the limit for one manifest is ${LIMITS.manifestFileBytes / 1024 / 1024} MiB (manifestFileBytes)`,
    "split the file, or list it in .sourceignore when it is no manifest"
  );
}
function fileError(code, message, help) {
  return { code, severity: "error", message, help };
}
function encodingOf(bytes) {
  const [a, b, c, d] = bytes;
  if (a === 255 && b === 254) return c === 0 && d === 0 ? "UTF-32 (little-endian)" : "UTF-16 (little-endian)";
  if (a === 254 && b === 255) return "UTF-16 (big-endian)";
  if (a === 0 && b === 0 && c === 254 && d === 255) return "UTF-32 (big-endian)";
  return void 0;
}
function invalidUtf8(bytes) {
  const offset = firstInvalidByte(bytes);
  let line = 1;
  for (let i = 0; i < offset; i++) if (bytes[i] === 10) line++;
  const byte = (bytes[offset] ?? 0).toString(16).padStart(2, "0");
  return {
    ...fileError("ManifestEncoding", `the byte 0x${byte} at offset ${offset} is not UTF-8`, "save the file as UTF-8"),
    line,
    column: 1,
    endColumn: 2
  };
}
function firstInvalidByte(bytes) {
  const text = lenientUtf8.decode(bytes);
  const encoder = new TextEncoder();
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf(REPLACEMENT); at !== -1; at = text.indexOf(REPLACEMENT, from)) {
    offset += encoder.encode(text.slice(from, at)).length;
    const isWritten = bytes[offset] === 239 && bytes[offset + 1] === 191 && bytes[offset + 2] === 189;
    if (!isWritten) return offset;
    offset += 3;
    from = at + 1;
  }
  return offset;
}

// src/manifests/render/files/file-keys.ts
var KEY_LOOKUP = "\0key ";
var FileKeys = class {
  /** Keys to unwrap, by their id. */
  needed = /* @__PURE__ */ new Map();
  #given;
  #seen;
  /** `given` is undefined where nothing is to be decrypted; `seen` outlives this rendering, so that a result can be checked by ids alone. */
  constructor(given, seen) {
    this.#given = given;
    this.#seen = seen;
  }
  get isOn() {
    return this.#given !== void 0;
  }
  /** What is known of a key, as a stamp of the lookup that a result depends on; it begins with a slash, since it leads to no file. */
  stampOf(id) {
    if (this.#given === void 0) return "/off";
    const result = this.#given.get(id);
    if (result !== void 0) return result.type === "key" ? "/key" : `/missing ${result.message}`;
    const keys = this.#seen.get(id);
    if (keys !== void 0) this.needed.set(id, keys);
    throw BLOB_NEEDED;
  }
  /** The key of a file. Throws `BlobNeeded`, or a `RenderError` that says which key is missing. */
  unwrap(keys, at) {
    const id = dataKeyId(keys);
    const result = this.#given?.get(id);
    if (result?.type === "key") return result.key;
    if (result !== void 0) {
      throw new RenderError("DecryptionKeyMissing", result.message, { help: result.help, at });
    }
    this.needed.set(id, keys);
    throw BLOB_NEEDED;
  }
  /** Remembers which keys an id stands for, and gives it. */
  remember(keys) {
    const id = dataKeyId(keys);
    this.#seen.set(id, keys);
    return id;
  }
};
function decryptProblem(error, file) {
  return new RenderError(error.code, error.message, {
    ...error.help === void 0 ? {} : { help: error.help },
    at: { file, start: error.start ?? 0 }
  });
}
function markDecrypted(nodes, starts, file) {
  const secret = { ...file, secrecy: "value" };
  const mark = (node) => {
    if (node.kind === "scalar") return starts.has(node.start) ? { ...node, file: secret } : node;
    if (node.kind === "list") return listNode(node.items.map(mark), node);
    return mapNode(new Map([...node.fields].map(([name, value]) => [name, mark(value)])), node);
  };
  return nodes.map(mark);
}

// src/manifests/render/files/file-reader.ts
var FileReader = class {
  /** Ids of blobs. */
  needs = /* @__PURE__ */ new Set();
  /** Ids of folders whose entries are not known. */
  neededFolders = /* @__PURE__ */ new Set();
  neededCharts = /* @__PURE__ */ new Map();
  /** Whether something failed that may go well another time with the same files. */
  isRetryable = false;
  #options;
  #open = [];
  #keys;
  #linkText = (id) => {
    const bytes = this.#options.blobs.get(id);
    return bytes === void 0 || bytes === null ? void 0 : new TextDecoder().decode(bytes);
  };
  constructor(options) {
    this.#options = options;
    this.#keys = new FileKeys(options.dataKeys, options.cache.wrappedKeys);
  }
  /** Keys to unwrap, by their id. */
  get neededKeys() {
    return this.#keys.needed;
  }
  get cache() {
    return this.#options.cache;
  }
  /** Runs `work` and gives all lookups it made. */
  track(work) {
    const dependencies = /* @__PURE__ */ new Map();
    this.#open.push(dependencies);
    try {
      return { value: work(), dependencies };
    } finally {
      this.#open.pop();
      this.depend(dependencies);
    }
  }
  /** Counts lookups of a cached result as made. */
  depend(dependencies) {
    const current = this.#open.at(-1);
    if (current !== void 0) for (const [path, found] of dependencies) current.set(path, found);
  }
  /** Whether all lookups give what they gave then. Throws `BlobNeeded` when nobody can say yet. */
  isUnchanged(dependencies) {
    let isUnread = false;
    for (const [path, found] of dependencies) {
      if (path.startsWith(KEY_LOOKUP)) {
        if (this.#keys.stampOf(path.slice(KEY_LOOKUP.length)) !== found) return false;
        continue;
      }
      if (path.endsWith("/")) {
        const listing = this.#options.tree.list(path.slice(0, -1));
        if (listing.type === "unread") isUnread = this.#noteFolders(listing.ids);
        else if (listing.id !== found) return false;
        continue;
      }
      const entry = this.#find(path);
      if (entry?.type === "unread") isUnread = this.#noteUnread(entry);
      else if (!isStamp(entry, found)) return false;
    }
    if (isUnread) throw BLOB_NEEDED;
    return true;
  }
  #noteUnread({ what, id }) {
    if (what === "folder") this.neededFolders.add(id);
    else this.needs.add(id);
    return true;
  }
  #noteFolders(ids) {
    for (const id of ids) this.neededFolders.add(id);
    return true;
  }
  /** Everything below a folder. */
  list(path) {
    const listing = this.#options.tree.list(path);
    if (listing.type === "unread") {
      this.#noteFolders(listing.ids);
      throw BLOB_NEEDED;
    }
    this.#open.at(-1)?.set(`${path}/`, listing.id);
    return listing;
  }
  /** What helm made of a chart. Throws `BlobNeeded` when it was not asked yet. */
  chart(request) {
    const result = this.#options.charts?.get(request.key);
    if (result === void 0) {
      this.neededCharts.set(request.key, request);
      throw BLOB_NEEDED;
    }
    if (result.type === "failed" && result.isRetryable) this.isRetryable = true;
    return result;
  }
  #find(path) {
    return this.#options.tree.find(path, this.#linkText);
  }
  /** What stands at a clean path. Throws `BlobNeeded` when a link has to be read first. */
  find(path) {
    const entry = this.#find(path);
    if (entry?.type === "unread") {
      this.#noteUnread(entry);
      throw BLOB_NEEDED;
    }
    this.#open.at(-1)?.set(path, stampOf(entry));
    return entry;
  }
  /** The file that a kustomization in `root` names. "Files have to be in or below the kustomization's folder" (kustomize, security). */
  resolveFile(root, path) {
    const entry = this.lookUp(root, path.value);
    if (entry === void 0) throw missingFile(root, path.value);
    if (entry.type === "folder") {
      throw new RenderError("RenderFailed", `${path.value} is a folder where a file is needed`, {
        help: "name a file in it"
      });
    }
    if (entry.type === "outside" || !isInFolder(entry.path, root)) {
      throw new RenderError("RenderRefused", `${path.value} is not in or below ${root || "the repository"}`, {
        help: "copy the file into the folder, or make a base of it: kustomize reads no files from elsewhere"
      });
    }
    return entry;
  }
  /** What a path means from a folder; undefined for nothing. */
  lookUp(root, path) {
    if (path.startsWith("/")) return { type: "outside" };
    const clean = joinPath(root, path);
    return clean === void 0 ? { type: "outside" } : this.find(clean);
  }
  bytes({ id }) {
    const bytes = this.#options.blobs.get(id);
    if (bytes === null) {
      const { message, help } = fileTooLarge();
      throw new RenderError("LimitExceeded", message, help === void 0 ? {} : { help });
    }
    if (bytes !== void 0) return bytes;
    this.needs.add(id);
    throw BLOB_NEEDED;
  }
  /** Asks for a blob early, so that everything is fetched in few rounds. */
  want({ path, id }) {
    if (this.#options.blobs.has(id)) return;
    if (VERSIONS.some((version) => this.cache.file(cacheKey(path, id, version)) !== void 0)) return;
    this.needs.add(id);
  }
  source(file) {
    const decoded2 = decodeText(this.bytes(file));
    if (decoded2.problem === void 0) return { path: file.path, text: decoded2.text, lineShift: 0 };
    const { code, message, help } = decoded2.problem;
    throw new RenderError(code, message, {
      ...help === void 0 ? {} : { help },
      at: { file: { path: file.path, text: "", lineShift: 0 }, start: 0 }
    });
  }
  /** The documents of a file. */
  nodes(file, version) {
    const key = cacheKey(file.path, file.id, version);
    const known3 = this.cache.file(key) ?? this.#parse(file, version, key);
    if (known3 instanceof RenderError) throw known3;
    return known3;
  }
  #parse(file, version, key) {
    const bytes = this.bytes(file);
    let parsed;
    try {
      const source = this.source(file);
      const decrypted = version === "1.2" ? this.#decryptManifest(source) : void 0;
      if (decrypted !== void 0) return decrypted;
      parsed = parseNodes(source, version);
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      parsed = error;
    }
    this.cache.setFile(key, parsed, Math.min(bytes.length, LIMITS.manifestFileBytes));
    return parsed;
  }
  /** The documents of a manifest that sops encrypted, or why they cannot be had; undefined for any other. */
  #decryptManifest(source) {
    try {
      const encrypted = readEncryptedManifest(source.text);
      if (encrypted === void 0) return void 0;
      const at = { file: source, start: 0 };
      for (const keys of encrypted.keys) this.#dependOnKey(keys);
      if (!this.#keys.isOn) return parseNodes(source, "1.2");
      const { text, starts } = encrypted.decrypt(encrypted.keys.map((keys) => this.#keys.unwrap(keys, at)));
      const file = { ...source, text, secrecy: "file" };
      return markDecrypted(parseNodes(file, "1.2"), starts, file);
    } catch (error) {
      if (error instanceof DecryptError) return this.#keys.isOn ? decryptProblem(error, source) : void 0;
      if (error instanceof RenderError) return error;
      throw error;
    }
  }
  #dependOnKey(keys) {
    const id = this.#keys.remember(keys);
    this.#open.at(-1)?.set(KEY_LOOKUP + id, this.#keys.stampOf(id));
  }
  /** The content of a file for a Secret, decrypted where sops encrypted it; `key` says the format. */
  secretContent(file, key, purpose) {
    const bytes = this.bytes(file);
    const source = { path: file.path, text: new TextDecoder().decode(bytes), lineShift: 0 };
    if (!this.#keys.isOn) return { bytes, file: source };
    try {
      const encrypted = readEncryptedContent(bytes, key, purpose);
      if (encrypted === void 0) return { bytes, file: source };
      this.#dependOnKey(encrypted.keys);
      const decrypted = encrypted.decrypt(this.#keys.unwrap(encrypted.keys, { file: source, start: 0 }));
      return { bytes: decrypted, file: { path: file.path, text: "", lineShift: 0, secrecy: "value" } };
    } catch (error) {
      throw error instanceof DecryptError ? decryptProblem(error, source) : error;
    }
  }
};
var VERSIONS = ["1.1", "1.2"];
function cacheKey(path, id, version) {
  return `${version} ${id} ${path}`;
}
function stampOf(entry) {
  if (entry === void 0) return "";
  if (entry.type === "file") return `${entry.id} ${entry.path}`;
  return entry.type === "folder" ? `/${entry.path}` : entry.type;
}
function isStamp(entry, stamp) {
  if (entry?.type !== "file") return stampOf(entry) === stamp;
  const { id, path } = entry;
  return stamp.length === id.length + path.length + 1 && stamp.startsWith(id) && stamp.endsWith(path);
}
function missingFile(root, path) {
  return new RenderError("RenderFileMissing", `there is no ${path} in ${root || "the root of the repository"}`, {
    help: "add the file, or correct the path"
  });
}
function inlineSource(node, text) {
  const { file, start } = node;
  const header = file.text.slice(start, file.text.indexOf("\n", start));
  if (!/^[|>]/.test(header)) return { path: file.path, text, lineShift: lineBefore({ file, start }) };
  return { path: file.path, text, lineShift: lineBefore({ file, start }) + 1 };
}
function lineBefore({ file, start }) {
  let line = file.lineShift;
  for (let at = file.text.indexOf("\n"); at !== -1 && at < start; at = file.text.indexOf("\n", at + 1)) line++;
  return line;
}

// src/lib/clock.ts
var lastSecond = Number.NaN;

// src/objects/quantity.ts
var NANO = 1000000000n;
var MAX_NANO = (2n ** 63n - 1n) * NANO;
var PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/;
var BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
var DECIMAL_EXPONENTS = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18
};
var QUANTITY_MESSAGE = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
var KNOWN_QUANTITIES = 1e3;
var known = /* @__PURE__ */ new Map();
function tryParseQuantity(value) {
  const before = known.get(value);
  if (before !== void 0) return before;
  const quantity = parse(value);
  if (quantity === void 0) return void 0;
  if (known.size >= KNOWN_QUANTITIES) known.clear();
  known.set(value, Object.freeze(quantity));
  return quantity;
}
function parse(value) {
  const match = PATTERN.exec(String(value));
  if (match === null) return void 0;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return void 0;
  const digits = BigInt(whole + fraction);
  const binaryPower = BINARY.indexOf(suffix);
  const isExponent = /^[eE]/.test(suffix) && suffix.length > 1 && suffix !== "Ei";
  const exponent = isExponent ? Number(suffix.slice(1)) : DECIMAL_EXPONENTS[suffix] ?? 0;
  if (Math.abs(exponent) > 64) return void 0;
  const base = binaryPower > 0 ? 1024n ** BigInt(binaryPower) : 1n;
  const magnitude = scaleUp(digits * base, 9 + exponent - fraction.length);
  const capped = magnitude > MAX_NANO ? MAX_NANO : magnitude;
  const format = binaryPower > 0 ? "BinarySI" : isExponent ? "DecimalExponent" : "DecimalSI";
  return { nano: sign === "-" ? -capped : capped, format };
}
function parseQuantity(value) {
  const quantity = tryParseQuantity(value);
  if (quantity === void 0) throw new RangeError(`${JSON.stringify(value)}: ${QUANTITY_MESSAGE}`);
  return quantity;
}
function scaleUp(value, exponent) {
  if (exponent >= 0) return value * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return (value + divisor - 1n) / divisor;
}

// src/objects/schema/generated/schema-table.ts
var TYPE_LINES = {
  AdmissionregistrationV1ServiceReference: "name s!;namespace s!;path s;port i",
  AdmissionregistrationV1WebhookClientConfig: "caBundle y;service @AdmissionregistrationV1ServiceReference;url s",
  ApiextensionsV1ServiceReference: "name s!;namespace s!;path s;port i",
  ApiextensionsV1WebhookClientConfig: "caBundle y;service @ApiextensionsV1ServiceReference;url s",
  ApiregistrationV1ServiceReference: "name s;namespace s;port i",
  CoreV1EndpointPort: "*appProtocol s;name s;port i!;protocol s=SCTP|TCP|UDP",
  CoreV1Event: "action s;apiVersion s!=v1;count i;eventTime u;firstTimestamp t;involvedObject @V1ObjectReference!;kind s!=Event;lastTimestamp t;message s;metadata @V1ObjectMeta!;reason s;related @V1ObjectReference;reportingComponent s;reportingInstance s;series @CoreV1EventSeries;source @V1EventSource;type s",
  CoreV1EventSeries: "count i;lastObservedTime u",
  CoreV1ResourceClaim: "name s!;request s",
  DiscoveryV1EndpointPort: "*appProtocol s;name s;port i;protocol s=SCTP|TCP|UDP",
  EventsV1Event: "action s;apiVersion s!=events.k8s.io/v1;deprecatedCount i;deprecatedFirstTimestamp t;deprecatedLastTimestamp t;deprecatedSource @V1EventSource;eventTime u!;kind s!=Event;metadata @V1ObjectMeta;note s;reason s;regarding @V1ObjectReference;related @V1ObjectReference;reportingController s;reportingInstance s;series @EventsV1EventSeries;type s",
  EventsV1EventSeries: "count i!;lastObservedTime u!",
  FlowcontrolV1Subject: "group @V1GroupSubject;kind s!;serviceAccount @V1ServiceAccountSubject;user @V1UserSubject",
  RbacV1Subject: "*apiGroup s;kind s!;name s!;namespace s",
  StorageV1TokenRequest: "audience s!;expirationSeconds l",
  V1APIService: "apiVersion s!=apiregistration.k8s.io/v1;kind s!=APIService;metadata @V1ObjectMeta;spec @V1APIServiceSpec;status @V1APIServiceStatus",
  V1APIServiceCondition: "lastTransitionTime t;message s;reason s;status s!;type s!",
  V1APIServiceSpec: "caBundle y;group s;groupPriorityMinimum i!;insecureSkipTLSVerify b;service @ApiregistrationV1ServiceReference;version s;versionPriority i!",
  V1APIServiceStatus: "conditions []@V1APIServiceCondition keys:type merge:type",
  V1AWSElasticBlockStoreVolumeSource: "fsType s;partition i;readOnly b;volumeID s!",
  V1Affinity: "nodeAffinity @V1NodeAffinity;podAffinity @V1PodAffinity;podAntiAffinity @V1PodAntiAffinity",
  V1AggregationRule: "clusterRoleSelectors []@V1LabelSelector",
  V1AppArmorProfile: "localhostProfile s;type s!=Localhost|RuntimeDefault|Unconfined",
  V1AttachedVolume: "devicePath s!;name s!",
  V1AuditAnnotation: "key s!;valueExpression s!",
  V1AzureDiskVolumeSource: "cachingMode s=None|ReadOnly|ReadWrite;diskName s!;diskURI s!;fsType s;kind s=Dedicated|Managed|Shared;readOnly b",
  V1AzureFilePersistentVolumeSource: "readOnly b;secretName s!;secretNamespace s;shareName s!",
  V1AzureFileVolumeSource: "readOnly b;secretName s!;shareName s!",
  V1Binding: "apiVersion s!=v1;kind s!=Binding;metadata @V1ObjectMeta;target @V1ObjectReference!",
  V1CSIDriver: "apiVersion s!=storage.k8s.io/v1;kind s!=CSIDriver;metadata @V1ObjectMeta;spec @V1CSIDriverSpec!",
  V1CSIDriverSpec: "attachRequired b;fsGroupPolicy s;podInfoOnMount b;requiresRepublish b;seLinuxMount b;storageCapacity b;tokenRequests []@StorageV1TokenRequest;volumeLifecycleModes []s set",
  V1CSINode: "apiVersion s!=storage.k8s.io/v1;kind s!=CSINode;metadata @V1ObjectMeta;spec @V1CSINodeSpec!",
  V1CSINodeDriver: "allocatable @V1VolumeNodeResources;name s!;nodeID s!;topologyKeys []s",
  V1CSINodeSpec: "drivers []@V1CSINodeDriver! keys:name merge:name",
  V1CSIPersistentVolumeSource: "controllerExpandSecretRef @V1SecretReference;controllerPublishSecretRef @V1SecretReference;driver s!;fsType s;nodeExpandSecretRef @V1SecretReference;nodePublishSecretRef @V1SecretReference;nodeStageSecretRef @V1SecretReference;readOnly b;volumeAttributes {}s;volumeHandle s!",
  V1CSIStorageCapacity: "apiVersion s!=storage.k8s.io/v1;capacity q;kind s!=CSIStorageCapacity;maximumVolumeSize q;metadata @V1ObjectMeta;nodeTopology @V1LabelSelector;storageClassName s!",
  V1CSIVolumeSource: "driver s!;fsType s;nodePublishSecretRef @V1LocalObjectReference;readOnly b;volumeAttributes {}s",
  V1Capabilities: "add []s;drop []s",
  V1CephFSPersistentVolumeSource: "monitors []s!;path s;readOnly b;secretFile s;secretRef @V1SecretReference;user s",
  V1CephFSVolumeSource: "monitors []s!;path s;readOnly b;secretFile s;secretRef @V1LocalObjectReference;user s",
  V1CertificateSigningRequest: "apiVersion s!=certificates.k8s.io/v1;kind s!=CertificateSigningRequest;metadata @V1ObjectMeta;spec @V1CertificateSigningRequestSpec!;status @V1CertificateSigningRequestStatus",
  V1CertificateSigningRequestCondition: "lastTransitionTime t;lastUpdateTime t;message s;reason s;status s!;type s!",
  V1CertificateSigningRequestSpec: "expirationSeconds i;extra {}[]s;groups []s;request y!;signerName s!;uid s;usages []s=any|cert~sign|client~auth|code~signing|content~commitment|crl~sign|data~encipherment|decipher~only|digital~signature|email~protection|encipher~only|ipsec~end~system|ipsec~tunnel|ipsec~user|key~agreement|key~encipherment|microsoft~sgc|netscape~sgc|ocsp~signing|s/mime|server~auth|signing|timestamping;username s",
  V1CertificateSigningRequestStatus: "certificate y;conditions []@V1CertificateSigningRequestCondition keys:type",
  V1CinderPersistentVolumeSource: "fsType s;readOnly b;secretRef @V1SecretReference;volumeID s!",
  V1CinderVolumeSource: "fsType s;readOnly b;secretRef @V1LocalObjectReference;volumeID s!",
  V1ClientIPConfig: "timeoutSeconds i",
  V1ClusterRole: "aggregationRule @V1AggregationRule;apiVersion s!=rbac.authorization.k8s.io/v1;kind s!=ClusterRole;metadata @V1ObjectMeta;rules []@V1PolicyRule",
  V1ClusterRoleBinding: "apiVersion s!=rbac.authorization.k8s.io/v1;kind s!=ClusterRoleBinding;metadata @V1ObjectMeta;roleRef @V1RoleRef!;subjects []@RbacV1Subject",
  V1ClusterTrustBundleProjection: "labelSelector @V1LabelSelector;name s;optional b;path s!;signerName s",
  V1ComponentCondition: "error s;message s;status s!;type s!",
  V1ComponentStatus: "apiVersion s!=v1;conditions []@V1ComponentCondition keys:type merge:type;kind s!=ComponentStatus;metadata @V1ObjectMeta",
  V1Condition: "lastTransitionTime t!;message s!;observedGeneration l;reason s!;status s!;type s!",
  V1ConfigMap: "apiVersion s!=v1;binaryData {}y;data {}s;immutable b;kind s!=ConfigMap;metadata @V1ObjectMeta",
  V1ConfigMapEnvSource: "name s;optional b",
  V1ConfigMapKeySelector: "*key s!;name s;optional b",
  V1ConfigMapNodeConfigSource: "kubeletConfigKey s!;name s!;namespace s!;resourceVersion s;uid s",
  V1ConfigMapProjection: "items []@V1KeyToPath;name s;optional b",
  V1ConfigMapVolumeSource: "defaultMode i;items []@V1KeyToPath;name s;optional b",
  V1Container: "args []s;command []s;env []@V1EnvVar keys:name merge:name;envFrom []@V1EnvFromSource;image s;imagePullPolicy s=Always|IfNotPresent|Never;lifecycle @V1Lifecycle;livenessProbe @V1Probe;name s!;ports []@V1ContainerPort keys:containerPort+protocol merge:containerPort;readinessProbe @V1Probe;resizePolicy []@V1ContainerResizePolicy;resources @V1ResourceRequirements;restartPolicy s;securityContext @V1SecurityContext;startupProbe @V1Probe;stdin b;stdinOnce b;terminationMessagePath s;terminationMessagePolicy s=FallbackToLogsOnError|File;tty b;volumeDevices []@V1VolumeDevice keys:devicePath merge:devicePath;volumeMounts []@V1VolumeMount keys:mountPath merge:mountPath;workingDir s",
  V1ContainerImage: "names []s;sizeBytes l",
  V1ContainerPort: "containerPort i!;hostIP s;hostPort i;name s;protocol s=SCTP|TCP|UDP",
  V1ContainerResizePolicy: "resourceName s!;restartPolicy s!",
  V1ContainerState: "running @V1ContainerStateRunning;terminated @V1ContainerStateTerminated;waiting @V1ContainerStateWaiting",
  V1ContainerStateRunning: "startedAt t",
  V1ContainerStateTerminated: "containerID s;exitCode i!;finishedAt t;message s;reason s;signal i;startedAt t",
  V1ContainerStateWaiting: "message s;reason s",
  V1ContainerStatus: "allocatedResources {}q;allocatedResourcesStatus []@V1ResourceStatus keys:name merge:name;containerID s;image s!;imageID s!;lastState @V1ContainerState;name s!;ready b!;resources @V1ResourceRequirements;restartCount i!;started b;state @V1ContainerState;user @V1ContainerUser;volumeMounts []@V1VolumeMountStatus keys:mountPath merge:mountPath",
  V1ContainerUser: "linux @V1LinuxContainerUser",
  V1ControllerRevision: "apiVersion s!=apps/v1;data j;kind s!=ControllerRevision;metadata @V1ObjectMeta;revision l!",
  V1CronJob: "apiVersion s!=batch/v1;kind s!=CronJob;metadata @V1ObjectMeta;spec @V1CronJobSpec;status @V1CronJobStatus",
  V1CronJobSpec: "concurrencyPolicy s=Allow|Forbid|Replace;failedJobsHistoryLimit i;jobTemplate @V1JobTemplateSpec!;schedule s!;startingDeadlineSeconds l;successfulJobsHistoryLimit i;suspend b;timeZone s",
  V1CronJobStatus: "active []@V1ObjectReference;lastScheduleTime t;lastSuccessfulTime t",
  V1CrossVersionObjectReference: "*apiVersion s;kind s!;name s!",
  V1CustomResourceColumnDefinition: "description s;format s;jsonPath s!;name s!;priority i;type s!",
  V1CustomResourceConversion: "strategy s!;webhook @V1WebhookConversion",
  V1CustomResourceDefinition: "apiVersion s!=apiextensions.k8s.io/v1;kind s!=CustomResourceDefinition;metadata @V1ObjectMeta;spec @V1CustomResourceDefinitionSpec!;status @V1CustomResourceDefinitionStatus",
  V1CustomResourceDefinitionCondition: "lastTransitionTime t;message s;reason s;status s!;type s!",
  V1CustomResourceDefinitionNames: "categories []s;kind s!;listKind s;plural s!;shortNames []s;singular s",
  V1CustomResourceDefinitionSpec: "conversion @V1CustomResourceConversion;group s!;names @V1CustomResourceDefinitionNames!;preserveUnknownFields b;scope s!;versions []@V1CustomResourceDefinitionVersion!",
  V1CustomResourceDefinitionStatus: "acceptedNames @V1CustomResourceDefinitionNames;conditions []@V1CustomResourceDefinitionCondition keys:type;storedVersions []s",
  V1CustomResourceDefinitionVersion: "additionalPrinterColumns []@V1CustomResourceColumnDefinition;deprecated b;deprecationWarning s;name s!;schema @V1CustomResourceValidation;selectableFields []@V1SelectableField;served b!;storage b!;subresources @V1CustomResourceSubresources",
  V1CustomResourceSubresourceScale: "labelSelectorPath s;specReplicasPath s!;statusReplicasPath s!",
  V1CustomResourceSubresources: "scale @V1CustomResourceSubresourceScale;status j",
  V1CustomResourceValidation: "openAPIV3Schema @V1JSONSchemaProps",
  V1DaemonEndpoint: "Port i!",
  V1DaemonSet: "apiVersion s!=apps/v1;kind s!=DaemonSet;metadata @V1ObjectMeta;spec @V1DaemonSetSpec;status @V1DaemonSetStatus",
  V1DaemonSetCondition: "lastTransitionTime t;message s;reason s;status s!;type s!",
  V1DaemonSetSpec: "minReadySeconds i;revisionHistoryLimit i;selector @V1LabelSelector!;template @V1PodTemplateSpec!;updateStrategy @V1DaemonSetUpdateStrategy",
  V1DaemonSetStatus: "collisionCount i;conditions []@V1DaemonSetCondition keys:type merge:type;currentNumberScheduled i!;desiredNumberScheduled i!;numberAvailable i;numberMisscheduled i!;numberReady i!;numberUnavailable i;observedGeneration l;updatedNumberScheduled i",
  V1DaemonSetUpdateStrategy: "rollingUpdate @V1RollingUpdateDaemonSet;type s=OnDelete|RollingUpdate",
  V1Deployment: "apiVersion s!=apps/v1;kind s!=Deployment;metadata @V1ObjectMeta;spec @V1DeploymentSpec;status @V1DeploymentStatus",
  V1DeploymentCondition: "lastTransitionTime t;lastUpdateTime t;message s;reason s;status s!;type s!",
  V1DeploymentSpec: "minReadySeconds i;paused b;progressDeadlineSeconds i;replicas i;revisionHistoryLimit i;selector @V1LabelSelector!;strategy @V1DeploymentStrategy retainKeys;template @V1PodTemplateSpec!",
  V1DeploymentStatus: "availableReplicas i;collisionCount i;conditions []@V1DeploymentCondition keys:type merge:type;observedGeneration l;readyReplicas i;replicas i;unavailableReplicas i;updatedReplicas i",
  V1DeploymentStrategy: "rollingUpdate @V1RollingUpdateDeployment;type s=Recreate|RollingUpdate",
  V1DownwardAPIProjection: "items []@V1DownwardAPIVolumeFile",
  V1DownwardAPIVolumeFile: "fieldRef @V1ObjectFieldSelector;mode i;path s!;resourceFieldRef @V1ResourceFieldSelector",
  V1DownwardAPIVolumeSource: "defaultMode i;items []@V1DownwardAPIVolumeFile",
  V1EmptyDirVolumeSource: "medium s;sizeLimit q",
  V1Endpoint: "addresses []s! set;conditions @V1EndpointConditions;deprecatedTopology {}s;hints @V1EndpointHints;hostname s;nodeName s;targetRef @V1ObjectReference;zone s",
  V1EndpointAddress: "*hostname s;ip s!;nodeName s;targetRef @V1ObjectReference",
  V1EndpointConditions: "ready b;serving b;terminating b",
  V1EndpointHints: "forZones []@V1ForZone",
  V1EndpointSlice: "addressType s!=FQDN|IPv4|IPv6;apiVersion s!=discovery.k8s.io/v1;endpoints []@V1Endpoint!;kind s!=EndpointSlice;metadata @V1ObjectMeta;ports []@DiscoveryV1EndpointPort",
  V1EndpointSubset: "addresses []@V1EndpointAddress;notReadyAddresses []@V1EndpointAddress;ports []@CoreV1EndpointPort",
  V1Endpoints: "apiVersion s!=v1;kind s!=Endpoints;metadata @V1ObjectMeta;subsets []@V1EndpointSubset",
  V1EnvFromSource: "configMapRef @V1ConfigMapEnvSource;prefix s;secretRef @V1SecretEnvSource",
  V1EnvVar: "name s!;value s;valueFrom @V1EnvVarSource",
  V1EnvVarSource: "configMapKeyRef @V1ConfigMapKeySelector;fieldRef @V1ObjectFieldSelector;resourceFieldRef @V1ResourceFieldSelector;secretKeyRef @V1SecretKeySelector",
  V1EphemeralContainer: "args []s;command []s;env []@V1EnvVar keys:name merge:name;envFrom []@V1EnvFromSource;image s;imagePullPolicy s=Always|IfNotPresent|Never;lifecycle @V1Lifecycle;livenessProbe @V1Probe;name s!;ports []@V1ContainerPort keys:containerPort+protocol merge:containerPort;readinessProbe @V1Probe;resizePolicy []@V1ContainerResizePolicy;resources @V1ResourceRequirements;restartPolicy s;securityContext @V1SecurityContext;startupProbe @V1Probe;stdin b;stdinOnce b;targetContainerName s;terminationMessagePath s;terminationMessagePolicy s=FallbackToLogsOnError|File;tty b;volumeDevices []@V1VolumeDevice keys:devicePath merge:devicePath;volumeMounts []@V1VolumeMount keys:mountPath merge:mountPath;workingDir s",
  V1EphemeralVolumeSource: "volumeClaimTemplate @V1PersistentVolumeClaimTemplate",
  V1EventSource: "component s;host s",
  V1ExecAction: "command []s",
  V1ExemptPriorityLevelConfiguration: "lendablePercent i;nominalConcurrencyShares i",
  V1ExpressionWarning: "fieldRef s!;warning s!",
  V1ExternalDocumentation: "description s;url s",
  V1FCVolumeSource: "fsType s;lun i;readOnly b;targetWWNs []s;wwids []s",
  V1FieldSelectorAttributes: "rawSelector s;requirements []@V1FieldSelectorRequirement",
  V1FieldSelectorRequirement: "key s!;operator s!;values []s",
  V1FlexPersistentVolumeSource: "driver s!;fsType s;options {}s;readOnly b;secretRef @V1SecretReference",
  V1FlexVolumeSource: "driver s!;fsType s;options {}s;readOnly b;secretRef @V1LocalObjectReference",
  V1FlockerVolumeSource: "datasetName s;datasetUUID s",
  V1FlowDistinguisherMethod: "type s!",
  V1FlowSchema: "apiVersion s!=flowcontrol.apiserver.k8s.io/v1;kind s!=FlowSchema;metadata @V1ObjectMeta;spec @V1FlowSchemaSpec;status @V1FlowSchemaStatus",
  V1FlowSchemaCondition: "lastTransitionTime t;message s;reason s;status s;type s",
  V1FlowSchemaSpec: "distinguisherMethod @V1FlowDistinguisherMethod;matchingPrecedence i;priorityLevelConfiguration @V1PriorityLevelConfigurationReference!;rules []@V1PolicyRulesWithSubjects",
  V1FlowSchemaStatus: "conditions []@V1FlowSchemaCondition keys:type merge:type",
  V1ForZone: "name s!",
  V1GCEPersistentDiskVolumeSource: "fsType s;partition i;pdName s!;readOnly b",
  V1GRPCAction: "port i!;service s",
  V1GitRepoVolumeSource: "directory s;repository s!;revision s",
  V1GlusterfsPersistentVolumeSource: "endpoints s!;endpointsNamespace s;path s!;readOnly b",
  V1GlusterfsVolumeSource: "endpoints s!;path s!;readOnly b",
  V1GroupSubject: "name s!",
  V1HTTPGetAction: "host s;httpHeaders []@V1HTTPHeader;path s;port x!;scheme s=HTTP|HTTPS",
  V1HTTPHeader: "name s!;value s!",
  V1HTTPIngressPath: "backend @V1IngressBackend!;path s;pathType s!=Exact|ImplementationSpecific|Prefix",
  V1HTTPIngressRuleValue: "paths []@V1HTTPIngressPath!",
  V1HorizontalPodAutoscaler: "apiVersion s!=autoscaling/v1;kind s!=HorizontalPodAutoscaler;metadata @V1ObjectMeta;spec @V1HorizontalPodAutoscalerSpec;status @V1HorizontalPodAutoscalerStatus",
  V1HorizontalPodAutoscalerSpec: "maxReplicas i!;minReplicas i;scaleTargetRef @V1CrossVersionObjectReference!;targetCPUUtilizationPercentage i",
  V1HorizontalPodAutoscalerStatus: "currentCPUUtilizationPercentage i;currentReplicas i!;desiredReplicas i!;lastScaleTime t;observedGeneration l",
  V1HostAlias: "hostnames []s;ip s!",
  V1HostIP: "ip s!",
  V1HostPathVolumeSource: "path s!;type s=|BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket",
  V1IPBlock: "cidr s!;except []s",
  V1ISCSIPersistentVolumeSource: "chapAuthDiscovery b;chapAuthSession b;fsType s;initiatorName s;iqn s!;iscsiInterface s;lun i!;portals []s;readOnly b;secretRef @V1SecretReference;targetPortal s!",
  V1ISCSIVolumeSource: "chapAuthDiscovery b;chapAuthSession b;fsType s;initiatorName s;iqn s!;iscsiInterface s;lun i!;portals []s;readOnly b;secretRef @V1LocalObjectReference;targetPortal s!",
  V1ImageVolumeSource: "pullPolicy s=Always|IfNotPresent|Never;reference s",
  V1Ingress: "apiVersion s!=networking.k8s.io/v1;kind s!=Ingress;metadata @V1ObjectMeta;spec @V1IngressSpec;status @V1IngressStatus",
  V1IngressBackend: "resource @V1TypedLocalObjectReference;service @V1IngressServiceBackend",
  V1IngressClass: "apiVersion s!=networking.k8s.io/v1;kind s!=IngressClass;metadata @V1ObjectMeta;spec @V1IngressClassSpec",
  V1IngressClassParametersReference: "apiGroup s;kind s!;name s!;namespace s;scope s",
  V1IngressClassSpec: "controller s;parameters @V1IngressClassParametersReference",
  V1IngressLoadBalancerIngress: "hostname s;ip s;ports []@V1IngressPortStatus",
  V1IngressLoadBalancerStatus: "ingress []@V1IngressLoadBalancerIngress",
  V1IngressPortStatus: "error s;port i!;protocol s!=SCTP|TCP|UDP",
  V1IngressRule: "host s;http @V1HTTPIngressRuleValue",
  V1IngressServiceBackend: "name s!;port @V1ServiceBackendPort",
  V1IngressSpec: "defaultBackend @V1IngressBackend;ingressClassName s;rules []@V1IngressRule;tls []@V1IngressTLS",
  V1IngressStatus: "loadBalancer @V1IngressLoadBalancerStatus",
  V1IngressTLS: "hosts []s;secretName s",
  V1JSONSchemaProps: "$ref s;$schema s;additionalItems j;additionalProperties j;allOf []@V1JSONSchemaProps;anyOf []@V1JSONSchemaProps;default j;definitions {}@V1JSONSchemaProps;dependencies {}j;description s;enum []j;example j;exclusiveMaximum b;exclusiveMinimum b;externalDocs @V1ExternalDocumentation;format s;id s;items j;maxItems l;maxLength l;maxProperties l;maximum n;minItems l;minLength l;minProperties l;minimum n;multipleOf n;not @V1JSONSchemaProps;nullable b;oneOf []@V1JSONSchemaProps;pattern s;patternProperties {}@V1JSONSchemaProps;properties {}@V1JSONSchemaProps;required []s;title s;type s;uniqueItems b;x-kubernetes-embedded-resource b;x-kubernetes-int-or-string b;x-kubernetes-list-map-keys []s;x-kubernetes-list-type s;x-kubernetes-map-type s;x-kubernetes-preserve-unknown-fields b;x-kubernetes-validations []@V1ValidationRule",
  V1Job: "apiVersion s!=batch/v1;kind s!=Job;metadata @V1ObjectMeta;spec @V1JobSpec;status @V1JobStatus",
  V1JobCondition: "lastProbeTime t;lastTransitionTime t;message s;reason s;status s!;type s!",
  V1JobSpec: "activeDeadlineSeconds l;backoffLimit i;backoffLimitPerIndex i;completionMode s=Indexed|NonIndexed;completions i;managedBy s;manualSelector b;maxFailedIndexes i;parallelism i;podFailurePolicy @V1PodFailurePolicy;podReplacementPolicy s=Failed|TerminatingOrFailed;selector @V1LabelSelector;successPolicy @V1SuccessPolicy;suspend b;template @V1PodTemplateSpec!;ttlSecondsAfterFinished i",
  V1JobStatus: "active i;completedIndexes s;completionTime t;conditions []@V1JobCondition merge:type;failed i;failedIndexes s;ready i;startTime t;succeeded i;terminating i;uncountedTerminatedPods @V1UncountedTerminatedPods",
  V1JobTemplateSpec: "metadata @V1ObjectMeta;spec @V1JobSpec",
  V1KeyToPath: "key s!;mode i;path s!",
  V1LabelSelector: "*matchExpressions []@V1LabelSelectorRequirement;matchLabels {}s",
  V1LabelSelectorAttributes: "rawSelector s;requirements []@V1LabelSelectorRequirement",
  V1LabelSelectorRequirement: "key s!;operator s!;values []s",
  V1Lease: "apiVersion s!=coordination.k8s.io/v1;kind s!=Lease;metadata @V1ObjectMeta;spec @V1LeaseSpec",
  V1LeaseSpec: "acquireTime u;holderIdentity s;leaseDurationSeconds i;leaseTransitions i;preferredHolder s;renewTime u;strategy s",
  V1Lifecycle: "postStart @V1LifecycleHandler;preStop @V1LifecycleHandler",
  V1LifecycleHandler: "exec @V1ExecAction;httpGet @V1HTTPGetAction;sleep @V1SleepAction;tcpSocket @V1TCPSocketAction",
  V1LimitRange: "apiVersion s!=v1;kind s!=LimitRange;metadata @V1ObjectMeta;spec @V1LimitRangeSpec",
  V1LimitRangeItem: "default {}q;defaultRequest {}q;max {}q;maxLimitRequestRatio {}q;min {}q;type s!",
  V1LimitRangeSpec: "limits []@V1LimitRangeItem!",
  V1LimitResponse: "queuing @V1QueuingConfiguration;type s!",
  V1LimitedPriorityLevelConfiguration: "borrowingLimitPercent i;lendablePercent i;limitResponse @V1LimitResponse;nominalConcurrencyShares i",
  V1LinuxContainerUser: "gid l!;supplementalGroups []l;uid l!",
  V1LoadBalancerIngress: "hostname s;ip s;ipMode s;ports []@V1PortStatus",
  V1LoadBalancerStatus: "ingress []@V1LoadBalancerIngress",
  V1LocalObjectReference: "*name s",
  V1LocalSubjectAccessReview: "apiVersion s!=authorization.k8s.io/v1;kind s!=LocalSubjectAccessReview;metadata @V1ObjectMeta;spec @V1SubjectAccessReviewSpec!;status @V1SubjectAccessReviewStatus",
  V1LocalVolumeSource: "fsType s;path s!",
  V1ManagedFieldsEntry: "apiVersion s;fieldsType s;fieldsV1 j;manager s;operation s;subresource s;time t",
  V1MatchCondition: "expression s!;name s!",
  V1MatchResources: "*excludeResourceRules []@V1NamedRuleWithOperations;matchPolicy s=Equivalent|Exact;namespaceSelector @V1LabelSelector;objectSelector @V1LabelSelector;resourceRules []@V1NamedRuleWithOperations",
  V1ModifyVolumeStatus: "status s!=InProgress|Infeasible|Pending;targetVolumeAttributesClassName s",
  V1MutatingWebhook: "admissionReviewVersions []s!;clientConfig @AdmissionregistrationV1WebhookClientConfig!;failurePolicy s=Fail|Ignore;matchConditions []@V1MatchCondition keys:name merge:name;matchPolicy s=Equivalent|Exact;name s!;namespaceSelector @V1LabelSelector;objectSelector @V1LabelSelector;reinvocationPolicy s=IfNeeded|Never;rules []@V1RuleWithOperations;sideEffects s!=None|NoneOnDryRun|Some|Unknown;timeoutSeconds i",
  V1MutatingWebhookConfiguration: "apiVersion s!=admissionregistration.k8s.io/v1;kind s!=MutatingWebhookConfiguration;metadata @V1ObjectMeta;webhooks []@V1MutatingWebhook keys:name merge:name",
  V1NFSVolumeSource: "path s!;readOnly b;server s!",
  V1NamedRuleWithOperations: "*apiGroups []s;apiVersions []s;operations []s=*|CONNECT|CREATE|DELETE|UPDATE;resourceNames []s;resources []s;scope s",
  V1Namespace: "apiVersion s!=v1;kind s!=Namespace;metadata @V1ObjectMeta;spec @V1NamespaceSpec;status @V1NamespaceStatus",
  V1NamespaceCondition: "lastTransitionTime t;message s;reason s;status s!;type s!",
  V1NamespaceSpec: "finalizers []s",
  V1NamespaceStatus: "conditions []@V1NamespaceCondition keys:type merge:type;phase s=Active|Terminating",
  V1NetworkPolicy: "apiVersion s!=networking.k8s.io/v1;kind s!=NetworkPolicy;metadata @V1ObjectMeta;spec @V1NetworkPolicySpec",
  V1NetworkPolicyEgressRule: "ports []@V1NetworkPolicyPort;to []@V1NetworkPolicyPeer",
  V1NetworkPolicyIngressRule: "from []@V1NetworkPolicyPeer;ports []@V1NetworkPolicyPort",
  V1NetworkPolicyPeer: "ipBlock @V1IPBlock;namespaceSelector @V1LabelSelector;podSelector @V1LabelSelector",
  V1NetworkPolicyPort: "endPort i;port x;protocol s=SCTP|TCP|UDP",
  V1NetworkPolicySpec: "egress []@V1NetworkPolicyEgressRule;ingress []@V1NetworkPolicyIngressRule;podSelector @V1LabelSelector!;policyTypes []s=Egress|Ingress",
  V1Node: "apiVersion s!=v1;kind s!=Node;metadata @V1ObjectMeta;spec @V1NodeSpec;status @V1NodeStatus",
  V1NodeAddress: "address s!;type s!",
  V1NodeAffinity: "preferredDuringSchedulingIgnoredDuringExecution []@V1PreferredSchedulingTerm;requiredDuringSchedulingIgnoredDuringExecution @V1NodeSelector",
  V1NodeCondition: "lastHeartbeatTime t;lastTransitionTime t;message s;reason s;status s!;type s!",
  V1NodeConfigSource: "configMap @V1ConfigMapNodeConfigSource",
  V1NodeConfigStatus: "active @V1NodeConfigSource;assigned @V1NodeConfigSource;error s;lastKnownGood @V1NodeConfigSource",
  V1NodeDaemonEndpoints: "kubeletEndpoint @V1DaemonEndpoint",
  V1NodeFeatures: "supplementalGroupsPolicy b",
  V1NodeRuntimeHandler: "features @V1NodeRuntimeHandlerFeatures;name s",
  V1NodeRuntimeHandlerFeatures: "recursiveReadOnlyMounts b;userNamespaces b",
  V1NodeSelector: "*nodeSelectorTerms []@V1NodeSelectorTerm!",
  V1NodeSelectorRequirement: "key s!;operator s!=DoesNotExist|Exists|Gt|In|Lt|NotIn;values []s",
  V1NodeSelectorTerm: "*matchExpressions []@V1NodeSelectorRequirement;matchFields []@V1NodeSelectorRequirement",
  V1NodeSpec: "configSource @V1NodeConfigSource;externalID s;podCIDR s;podCIDRs []s set merge;providerID s;taints []@V1Taint;unschedulable b",
  V1NodeStatus: "addresses []@V1NodeAddress keys:type merge:type;allocatable {}q;capacity {}q;conditions []@V1NodeCondition keys:type merge:type;config @V1NodeConfigStatus;daemonEndpoints @V1NodeDaemonEndpoints;features @V1NodeFeatures;images []@V1ContainerImage;nodeInfo @V1NodeSystemInfo;phase s=Pending|Running|Terminated;runtimeHandlers []@V1NodeRuntimeHandler;volumesAttached []@V1AttachedVolume;volumesInUse []s",
  V1NodeSystemInfo: "architecture s!;bootID s!;containerRuntimeVersion s!;kernelVersion s!;kubeProxyVersion s!;kubeletVersion s!;machineID s!;operatingSystem s!;osImage s!;systemUUID s!",
  V1NonResourceAttributes: "path s;verb s",
  V1NonResourcePolicyRule: "nonResourceURLs []s! set;verbs []s! set",
  V1NonResourceRule: "nonResourceURLs []s;verbs []s!",
  V1ObjectFieldSelector: "*apiVersion s;fieldPath s!",
  V1ObjectMeta: "annotations {}s;creationTimestamp t;deletionGracePeriodSeconds l;deletionTimestamp t;finalizers []s set merge;generateName s;generation l;labels {}s;managedFields []@V1ManagedFieldsEntry;name s;namespace s;ownerReferences []@V1OwnerReference keys:uid merge:uid;resourceVersion s;selfLink s;uid s",
  V1ObjectReference: "*apiVersion s;fieldPath s;kind s;name s;namespace s;resourceVersion s;uid s",
  V1Overhead: "podFixed {}s",
  V1OwnerReference: "apiVersion s!;blockOwnerDeletion b;controller b;kind s!;name s!;uid s!",
  V1ParamKind: "*apiVersion s;kind s",
  V1ParamRef: "*name s;namespace s;parameterNotFoundAction s;selector @V1LabelSelector",
  V1PersistentVolume: "apiVersion s!=v1;kind s!=PersistentVolume;metadata @V1ObjectMeta;spec @V1PersistentVolumeSpec;status @V1PersistentVolumeStatus",
  V1PersistentVolumeClaim: "apiVersion s!=v1;kind s!=PersistentVolumeClaim;metadata @V1ObjectMeta;spec @V1PersistentVolumeClaimSpec;status @V1PersistentVolumeClaimStatus",
  V1PersistentVolumeClaimCondition: "lastProbeTime t;lastTransitionTime t;message s;reason s;status s!;type s!",
  V1PersistentVolumeClaimSpec: "accessModes []s=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod;dataSource @V1TypedLocalObjectReference;dataSourceRef @V1TypedObjectReference;resources @V1VolumeResourceRequirements;selector @V1LabelSelector;storageClassName s;volumeAttributesClassName s;volumeMode s=Block|Filesystem;volumeName s",
  V1PersistentVolumeClaimStatus: "accessModes []s=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod;allocatedResourceStatuses {}s=ControllerResizeInProgress|ControllerResizeInfeasible|NodeResizeInProgress|NodeResizeInfeasible|NodeResizePending;allocatedResources {}q;capacity {}q;conditions []@V1PersistentVolumeClaimCondition keys:type merge:type;currentVolumeAttributesClassName s;modifyVolumeStatus @V1ModifyVolumeStatus;phase s=Bound|Lost|Pending",
  V1PersistentVolumeClaimTemplate: "metadata @V1ObjectMeta;spec @V1PersistentVolumeClaimSpec!",
  V1PersistentVolumeClaimVolumeSource: "claimName s!;readOnly b",
  V1PersistentVolumeSpec: "accessModes []s=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod;awsElasticBlockStore @V1AWSElasticBlockStoreVolumeSource;azureDisk @V1AzureDiskVolumeSource;azureFile @V1AzureFilePersistentVolumeSource;capacity {}q;cephfs @V1CephFSPersistentVolumeSource;cinder @V1CinderPersistentVolumeSource;claimRef @V1ObjectReference granular;csi @V1CSIPersistentVolumeSource;fc @V1FCVolumeSource;flexVolume @V1FlexPersistentVolumeSource;flocker @V1FlockerVolumeSource;gcePersistentDisk @V1GCEPersistentDiskVolumeSource;glusterfs @V1GlusterfsPersistentVolumeSource;hostPath @V1HostPathVolumeSource;iscsi @V1ISCSIPersistentVolumeSource;local @V1LocalVolumeSource;mountOptions []s;nfs @V1NFSVolumeSource;nodeAffinity @V1VolumeNodeAffinity;persistentVolumeReclaimPolicy s=Delete|Recycle|Retain;photonPersistentDisk @V1PhotonPersistentDiskVolumeSource;portworxVolume @V1PortworxVolumeSource;quobyte @V1QuobyteVolumeSource;rbd @V1RBDPersistentVolumeSource;scaleIO @V1ScaleIOPersistentVolumeSource;storageClassName s;storageos @V1StorageOSPersistentVolumeSource;volumeAttributesClassName s;volumeMode s=Block|Filesystem;vsphereVolume @V1VsphereVirtualDiskVolumeSource",
  V1PersistentVolumeStatus: "lastPhaseTransitionTime t;message s;phase s=Available|Bound|Failed|Pending|Released;reason s",
  V1PhotonPersistentDiskVolumeSource: "fsType s;pdID s!",
  V1Pod: "apiVersion s!=v1;kind s!=Pod;metadata @V1ObjectMeta;spec @V1PodSpec;status @V1PodStatus",
  V1PodAffinity: "preferredDuringSchedulingIgnoredDuringExecution []@V1WeightedPodAffinityTerm;requiredDuringSchedulingIgnoredDuringExecution []@V1PodAffinityTerm",
  V1PodAffinityTerm: "labelSelector @V1LabelSelector;matchLabelKeys []s;mismatchLabelKeys []s;namespaceSelector @V1LabelSelector;namespaces []s;topologyKey s!",
  V1PodAntiAffinity: "preferredDuringSchedulingIgnoredDuringExecution []@V1WeightedPodAffinityTerm;requiredDuringSchedulingIgnoredDuringExecution []@V1PodAffinityTerm",
  V1PodCondition: "lastProbeTime t;lastTransitionTime t;message s;reason s;status s!;type s!",
  V1PodDNSConfig: "nameservers []s;options []@V1PodDNSConfigOption;searches []s",
  V1PodDNSConfigOption: "name s;value s",
  V1PodDisruptionBudget: "apiVersion s!=policy/v1;kind s!=PodDisruptionBudget;metadata @V1ObjectMeta;spec @V1PodDisruptionBudgetSpec;status @V1PodDisruptionBudgetStatus",
  V1PodDisruptionBudgetSpec: "maxUnavailable x;minAvailable x;selector @V1LabelSelector replace;unhealthyPodEvictionPolicy s=AlwaysAllow|IfHealthyBudget",
  V1PodDisruptionBudgetStatus: "conditions []@V1Condition keys:type merge:type;currentHealthy i!;desiredHealthy i!;disruptedPods {}t;disruptionsAllowed i!;expectedPods i!;observedGeneration l",
  V1PodFailurePolicy: "rules []@V1PodFailurePolicyRule!",
  V1PodFailurePolicyOnExitCodesRequirement: "containerName s;operator s!=In|NotIn;values []i! set",
  V1PodFailurePolicyOnPodConditionsPattern: "status s!;type s!",
  V1PodFailurePolicyRule: "action s!=Count|FailIndex|FailJob|Ignore;onExitCodes @V1PodFailurePolicyOnExitCodesRequirement;onPodConditions []@V1PodFailurePolicyOnPodConditionsPattern",
  V1PodIP: "ip s!",
  V1PodOS: "name s!",
  V1PodReadinessGate: "conditionType s!",
  V1PodResourceClaim: "name s!;resourceClaimName s;resourceClaimTemplateName s",
  V1PodResourceClaimStatus: "name s!;resourceClaimName s",
  V1PodSchedulingGate: "name s!",
  V1PodSecurityContext: "appArmorProfile @V1AppArmorProfile;fsGroup l;fsGroupChangePolicy s=Always|OnRootMismatch;runAsGroup l;runAsNonRoot b;runAsUser l;seLinuxChangePolicy s;seLinuxOptions @V1SELinuxOptions;seccompProfile @V1SeccompProfile;supplementalGroups []l;supplementalGroupsPolicy s=Merge|Strict;sysctls []@V1Sysctl;windowsOptions @V1WindowsSecurityContextOptions",
  V1PodSpec: "activeDeadlineSeconds l;affinity @V1Affinity;automountServiceAccountToken b;containers []@V1Container! keys:name merge:name;dnsConfig @V1PodDNSConfig;dnsPolicy s=ClusterFirst|ClusterFirstWithHostNet|Default|None;enableServiceLinks b;ephemeralContainers []@V1EphemeralContainer keys:name merge:name;hostAliases []@V1HostAlias keys:ip merge:ip;hostIPC b;hostNetwork b;hostPID b;hostUsers b;hostname s;imagePullSecrets []@V1LocalObjectReference keys:name merge:name;initContainers []@V1Container keys:name merge:name;nodeName s;nodeSelector {}s atomic;os @V1PodOS;overhead {}q;preemptionPolicy s=Never|PreemptLowerPriority;priority i;priorityClassName s;readinessGates []@V1PodReadinessGate;resourceClaims []@V1PodResourceClaim keys:name merge:name retainKeys;resources @V1ResourceRequirements;restartPolicy s=Always|Never|OnFailure;runtimeClassName s;schedulerName s;schedulingGates []@V1PodSchedulingGate keys:name merge:name;securityContext @V1PodSecurityContext;serviceAccount s;serviceAccountName s;setHostnameAsFQDN b;shareProcessNamespace b;subdomain s;terminationGracePeriodSeconds l;tolerations []@V1Toleration;topologySpreadConstraints []@V1TopologySpreadConstraint keys:topologyKey+whenUnsatisfiable merge:topologyKey;volumes []@V1Volume keys:name merge:name retainKeys",
  V1PodStatus: "conditions []@V1PodCondition keys:type merge:type;containerStatuses []@V1ContainerStatus;ephemeralContainerStatuses []@V1ContainerStatus;hostIP s;hostIPs []@V1HostIP merge:ip;initContainerStatuses []@V1ContainerStatus;message s;nominatedNodeName s;phase s=Failed|Pending|Running|Succeeded|Unknown;podIP s;podIPs []@V1PodIP keys:ip merge:ip;qosClass s=BestEffort|Burstable|Guaranteed;reason s;resize s;resourceClaimStatuses []@V1PodResourceClaimStatus keys:name merge:name retainKeys;startTime t",
  V1PodTemplate: "apiVersion s!=v1;kind s!=PodTemplate;metadata @V1ObjectMeta;template @V1PodTemplateSpec",
  V1PodTemplateSpec: "metadata @V1ObjectMeta;spec @V1PodSpec",
  V1PolicyRule: "apiGroups []s;nonResourceURLs []s;resourceNames []s;resources []s;verbs []s!",
  V1PolicyRulesWithSubjects: "nonResourceRules []@V1NonResourcePolicyRule;resourceRules []@V1ResourcePolicyRule;subjects []@FlowcontrolV1Subject!",
  V1PortStatus: "error s;port i!;protocol s!=SCTP|TCP|UDP",
  V1PortworxVolumeSource: "fsType s;readOnly b;volumeID s!",
  V1PreferredSchedulingTerm: "preference @V1NodeSelectorTerm!;weight i!",
  V1PriorityClass: "apiVersion s!=scheduling.k8s.io/v1;description s;globalDefault b;kind s!=PriorityClass;metadata @V1ObjectMeta;preemptionPolicy s=Never|PreemptLowerPriority;value i!",
  V1PriorityLevelConfiguration: "apiVersion s!=flowcontrol.apiserver.k8s.io/v1;kind s!=PriorityLevelConfiguration;metadata @V1ObjectMeta;spec @V1PriorityLevelConfigurationSpec;status @V1PriorityLevelConfigurationStatus",
  V1PriorityLevelConfigurationCondition: "lastTransitionTime t;message s;reason s;status s;type s",
  V1PriorityLevelConfigurationReference: "name s!",
  V1PriorityLevelConfigurationSpec: "exempt @V1ExemptPriorityLevelConfiguration;limited @V1LimitedPriorityLevelConfiguration;type s!",
  V1PriorityLevelConfigurationStatus: "conditions []@V1PriorityLevelConfigurationCondition keys:type merge:type",
  V1Probe: "exec @V1ExecAction;failureThreshold i;grpc @V1GRPCAction;httpGet @V1HTTPGetAction;initialDelaySeconds i;periodSeconds i;successThreshold i;tcpSocket @V1TCPSocketAction;terminationGracePeriodSeconds l;timeoutSeconds i",
  V1ProjectedVolumeSource: "defaultMode i;sources []@V1VolumeProjection",
  V1QueuingConfiguration: "handSize i;queueLengthLimit i;queues i",
  V1QuobyteVolumeSource: "group s;readOnly b;registry s!;tenant s;user s;volume s!",
  V1RBDPersistentVolumeSource: "fsType s;image s!;keyring s;monitors []s!;pool s;readOnly b;secretRef @V1SecretReference;user s",
  V1RBDVolumeSource: "fsType s;image s!;keyring s;monitors []s!;pool s;readOnly b;secretRef @V1LocalObjectReference;user s",
  V1ReplicaSet: "apiVersion s!=apps/v1;kind s!=ReplicaSet;metadata @V1ObjectMeta;spec @V1ReplicaSetSpec;status @V1ReplicaSetStatus",
  V1ReplicaSetCondition: "lastTransitionTime t;message s;reason s;status s!;type s!",
  V1ReplicaSetSpec: "minReadySeconds i;replicas i;selector @V1LabelSelector!;template @V1PodTemplateSpec",
  V1ReplicaSetStatus: "availableReplicas i;conditions []@V1ReplicaSetCondition keys:type merge:type;fullyLabeledReplicas i;observedGeneration l;readyReplicas i;replicas i!",
  V1ReplicationController: "apiVersion s!=v1;kind s!=ReplicationController;metadata @V1ObjectMeta;spec @V1ReplicationControllerSpec;status @V1ReplicationControllerStatus",
  V1ReplicationControllerCondition: "lastTransitionTime t;message s;reason s;status s!;type s!",
  V1ReplicationControllerSpec: "minReadySeconds i;replicas i;selector {}s atomic;template @V1PodTemplateSpec",
  V1ReplicationControllerStatus: "availableReplicas i;conditions []@V1ReplicationControllerCondition keys:type merge:type;fullyLabeledReplicas i;observedGeneration l;readyReplicas i;replicas i!",
  V1ResourceAttributes: "fieldSelector @V1FieldSelectorAttributes;group s;labelSelector @V1LabelSelectorAttributes;name s;namespace s;resource s;subresource s;verb s;version s",
  V1ResourceFieldSelector: "*containerName s;divisor q;resource s!",
  V1ResourceHealth: "health s;resourceID s!",
  V1ResourcePolicyRule: "apiGroups []s! set;clusterScope b;namespaces []s set;resources []s! set;verbs []s! set",
  V1ResourceQuota: "apiVersion s!=v1;kind s!=ResourceQuota;metadata @V1ObjectMeta;spec @V1ResourceQuotaSpec;status @V1ResourceQuotaStatus",
  V1ResourceQuotaSpec: "hard {}q;scopeSelector @V1ScopeSelector;scopes []s=BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass",
  V1ResourceQuotaStatus: "hard {}q;used {}q",
  V1ResourceRequirements: "claims []@CoreV1ResourceClaim keys:name;limits {}q;requests {}q",
  V1ResourceRule: "apiGroups []s;resourceNames []s;resources []s;verbs []s!",
  V1ResourceStatus: "name s!;resources []@V1ResourceHealth keys:resourceID",
  V1Role: "apiVersion s!=rbac.authorization.k8s.io/v1;kind s!=Role;metadata @V1ObjectMeta;rules []@V1PolicyRule",
  V1RoleBinding: "apiVersion s!=rbac.authorization.k8s.io/v1;kind s!=RoleBinding;metadata @V1ObjectMeta;roleRef @V1RoleRef!;subjects []@RbacV1Subject",
  V1RoleRef: "*apiGroup s!;kind s!;name s!",
  V1RollingUpdateDaemonSet: "maxSurge x;maxUnavailable x",
  V1RollingUpdateDeployment: "maxSurge x;maxUnavailable x",
  V1RollingUpdateStatefulSetStrategy: "maxUnavailable x;partition i",
  V1RuleWithOperations: "apiGroups []s;apiVersions []s;operations []s=*|CONNECT|CREATE|DELETE|UPDATE;resources []s;scope s",
  V1RuntimeClass: "apiVersion s!=node.k8s.io/v1;handler s!;kind s!=RuntimeClass;metadata @V1ObjectMeta;overhead @V1Overhead;scheduling @V1Scheduling",
  V1SELinuxOptions: "level s;role s;type s;user s",
  V1ScaleIOPersistentVolumeSource: "fsType s;gateway s!;protectionDomain s;readOnly b;secretRef @V1SecretReference!;sslEnabled b;storageMode s;storagePool s;system s!;volumeName s",
  V1ScaleIOVolumeSource: "fsType s;gateway s!;protectionDomain s;readOnly b;secretRef @V1LocalObjectReference!;sslEnabled b;storageMode s;storagePool s;system s!;volumeName s",
  V1Scheduling: "nodeSelector {}s atomic;tolerations []@V1Toleration",
  V1ScopeSelector: "*matchExpressions []@V1ScopedResourceSelectorRequirement",
  V1ScopedResourceSelectorRequirement: "operator s!=DoesNotExist|Exists|In|NotIn;scopeName s!=BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass;values []s",
  V1SeccompProfile: "localhostProfile s;type s!=Localhost|RuntimeDefault|Unconfined",
  V1Secret: "apiVersion s!=v1;data {}y;immutable b;kind s!=Secret;metadata @V1ObjectMeta;stringData {}s;type s",
  V1SecretEnvSource: "name s;optional b",
  V1SecretKeySelector: "*key s!;name s;optional b",
  V1SecretProjection: "items []@V1KeyToPath;name s;optional b",
  V1SecretReference: "*name s;namespace s",
  V1SecretVolumeSource: "defaultMode i;items []@V1KeyToPath;optional b;secretName s",
  V1SecurityContext: "allowPrivilegeEscalation b;appArmorProfile @V1AppArmorProfile;capabilities @V1Capabilities;privileged b;procMount s=Default|Unmasked;readOnlyRootFilesystem b;runAsGroup l;runAsNonRoot b;runAsUser l;seLinuxOptions @V1SELinuxOptions;seccompProfile @V1SeccompProfile;windowsOptions @V1WindowsSecurityContextOptions",
  V1SelectableField: "jsonPath s!",
  V1SelfSubjectAccessReview: "apiVersion s!=authorization.k8s.io/v1;kind s!=SelfSubjectAccessReview;metadata @V1ObjectMeta;spec @V1SelfSubjectAccessReviewSpec!;status @V1SubjectAccessReviewStatus",
  V1SelfSubjectAccessReviewSpec: "nonResourceAttributes @V1NonResourceAttributes;resourceAttributes @V1ResourceAttributes",
  V1SelfSubjectReview: "apiVersion s!=authentication.k8s.io/v1;kind s!=SelfSubjectReview;metadata @V1ObjectMeta;status @V1SelfSubjectReviewStatus",
  V1SelfSubjectReviewStatus: "userInfo @V1UserInfo",
  V1SelfSubjectRulesReview: "apiVersion s!=authorization.k8s.io/v1;kind s!=SelfSubjectRulesReview;metadata @V1ObjectMeta;spec @V1SelfSubjectRulesReviewSpec!;status @V1SubjectRulesReviewStatus",
  V1SelfSubjectRulesReviewSpec: "namespace s",
  V1Service: "apiVersion s!=v1;kind s!=Service;metadata @V1ObjectMeta;spec @V1ServiceSpec;status @V1ServiceStatus",
  V1ServiceAccount: "apiVersion s!=v1;automountServiceAccountToken b;imagePullSecrets []@V1LocalObjectReference;kind s!=ServiceAccount;metadata @V1ObjectMeta;secrets []@V1ObjectReference keys:name merge:name",
  V1ServiceAccountSubject: "name s!;namespace s!",
  V1ServiceAccountTokenProjection: "audience s;expirationSeconds l;path s!",
  V1ServiceBackendPort: "*name s;number i",
  V1ServicePort: "appProtocol s;name s;nodePort i;port i!;protocol s=SCTP|TCP|UDP;targetPort x",
  V1ServiceSpec: "allocateLoadBalancerNodePorts b;clusterIP s;clusterIPs []s;externalIPs []s;externalName s;externalTrafficPolicy s=Cluster|Local;healthCheckNodePort i;internalTrafficPolicy s=Cluster|Local;ipFamilies []s=|IPv4|IPv6;ipFamilyPolicy s=PreferDualStack|RequireDualStack|SingleStack;loadBalancerClass s;loadBalancerIP s;loadBalancerSourceRanges []s;ports []@V1ServicePort keys:port+protocol merge:port;publishNotReadyAddresses b;selector {}s atomic;sessionAffinity s=ClientIP|None;sessionAffinityConfig @V1SessionAffinityConfig;trafficDistribution s;type s=ClusterIP|ExternalName|LoadBalancer|NodePort",
  V1ServiceStatus: "conditions []@V1Condition keys:type merge:type;loadBalancer @V1LoadBalancerStatus",
  V1SessionAffinityConfig: "clientIP @V1ClientIPConfig",
  V1SleepAction: "seconds l!",
  V1StatefulSet: "apiVersion s!=apps/v1;kind s!=StatefulSet;metadata @V1ObjectMeta;spec @V1StatefulSetSpec;status @V1StatefulSetStatus",
  V1StatefulSetCondition: "lastTransitionTime t;message s;reason s;status s!;type s!",
  V1StatefulSetOrdinals: "start i",
  V1StatefulSetPersistentVolumeClaimRetentionPolicy: "whenDeleted s;whenScaled s",
  V1StatefulSetSpec: "minReadySeconds i;ordinals @V1StatefulSetOrdinals;persistentVolumeClaimRetentionPolicy @V1StatefulSetPersistentVolumeClaimRetentionPolicy;podManagementPolicy s=OrderedReady|Parallel;replicas i;revisionHistoryLimit i;selector @V1LabelSelector!;serviceName s;template @V1PodTemplateSpec!;updateStrategy @V1StatefulSetUpdateStrategy;volumeClaimTemplates []@V1PersistentVolumeClaim",
  V1StatefulSetStatus: "availableReplicas i;collisionCount i;conditions []@V1StatefulSetCondition keys:type merge:type;currentReplicas i;currentRevision s;observedGeneration l;readyReplicas i;replicas i!;updateRevision s;updatedReplicas i",
  V1StatefulSetUpdateStrategy: "rollingUpdate @V1RollingUpdateStatefulSetStrategy;type s=OnDelete|RollingUpdate",
  V1StorageClass: "allowVolumeExpansion b;allowedTopologies []@V1TopologySelectorTerm;apiVersion s!=storage.k8s.io/v1;kind s!=StorageClass;metadata @V1ObjectMeta;mountOptions []s;parameters {}s;provisioner s!;reclaimPolicy s=Delete|Recycle|Retain;volumeBindingMode s=Immediate|WaitForFirstConsumer",
  V1StorageOSPersistentVolumeSource: "fsType s;readOnly b;secretRef @V1ObjectReference;volumeName s;volumeNamespace s",
  V1StorageOSVolumeSource: "fsType s;readOnly b;secretRef @V1LocalObjectReference;volumeName s;volumeNamespace s",
  V1SubjectAccessReview: "apiVersion s!=authorization.k8s.io/v1;kind s!=SubjectAccessReview;metadata @V1ObjectMeta;spec @V1SubjectAccessReviewSpec!;status @V1SubjectAccessReviewStatus",
  V1SubjectAccessReviewSpec: "extra {}[]s;groups []s;nonResourceAttributes @V1NonResourceAttributes;resourceAttributes @V1ResourceAttributes;uid s;user s",
  V1SubjectAccessReviewStatus: "allowed b!;denied b;evaluationError s;reason s",
  V1SubjectRulesReviewStatus: "evaluationError s;incomplete b!;nonResourceRules []@V1NonResourceRule!;resourceRules []@V1ResourceRule!",
  V1SuccessPolicy: "rules []@V1SuccessPolicyRule!",
  V1SuccessPolicyRule: "succeededCount i;succeededIndexes s",
  V1Sysctl: "name s!;value s!",
  V1TCPSocketAction: "host s;port x!",
  V1Taint: "effect s!=NoExecute|NoSchedule|PreferNoSchedule;key s!;timeAdded t;value s",
  V1TokenReview: "apiVersion s!=authentication.k8s.io/v1;kind s!=TokenReview;metadata @V1ObjectMeta;spec @V1TokenReviewSpec!;status @V1TokenReviewStatus",
  V1TokenReviewSpec: "audiences []s;token s",
  V1TokenReviewStatus: "audiences []s;authenticated b;error s;user @V1UserInfo",
  V1Toleration: "effect s=NoExecute|NoSchedule|PreferNoSchedule;key s;operator s=Equal|Exists;tolerationSeconds l;value s",
  V1TopologySelectorLabelRequirement: "key s!;values []s!",
  V1TopologySelectorTerm: "*matchLabelExpressions []@V1TopologySelectorLabelRequirement",
  V1TopologySpreadConstraint: "labelSelector @V1LabelSelector;matchLabelKeys []s;maxSkew i!;minDomains i;nodeAffinityPolicy s=Honor|Ignore;nodeTaintsPolicy s=Honor|Ignore;topologyKey s!;whenUnsatisfiable s!=DoNotSchedule|ScheduleAnyway",
  V1TypeChecking: "expressionWarnings []@V1ExpressionWarning",
  V1TypedLocalObjectReference: "*apiGroup s;kind s!;name s!",
  V1TypedObjectReference: "apiGroup s;kind s!;name s!;namespace s",
  V1UncountedTerminatedPods: "failed []s set;succeeded []s set",
  V1UserInfo: "extra {}[]s;groups []s;uid s;username s",
  V1UserSubject: "name s!",
  V1ValidatingAdmissionPolicy: "apiVersion s!=admissionregistration.k8s.io/v1;kind s!=ValidatingAdmissionPolicy;metadata @V1ObjectMeta;spec @V1ValidatingAdmissionPolicySpec;status @V1ValidatingAdmissionPolicyStatus",
  V1ValidatingAdmissionPolicyBinding: "apiVersion s!=admissionregistration.k8s.io/v1;kind s!=ValidatingAdmissionPolicyBinding;metadata @V1ObjectMeta;spec @V1ValidatingAdmissionPolicyBindingSpec",
  V1ValidatingAdmissionPolicyBindingSpec: "matchResources @V1MatchResources;paramRef @V1ParamRef;policyName s;validationActions []s=Audit|Deny|Warn set",
  V1ValidatingAdmissionPolicySpec: "auditAnnotations []@V1AuditAnnotation;failurePolicy s=Fail|Ignore;matchConditions []@V1MatchCondition keys:name merge:name;matchConstraints @V1MatchResources;paramKind @V1ParamKind;validations []@V1Validation;variables []@V1Variable keys:name merge:name",
  V1ValidatingAdmissionPolicyStatus: "conditions []@V1Condition keys:type;observedGeneration l;typeChecking @V1TypeChecking",
  V1ValidatingWebhook: "admissionReviewVersions []s!;clientConfig @AdmissionregistrationV1WebhookClientConfig!;failurePolicy s=Fail|Ignore;matchConditions []@V1MatchCondition keys:name merge:name;matchPolicy s=Equivalent|Exact;name s!;namespaceSelector @V1LabelSelector;objectSelector @V1LabelSelector;rules []@V1RuleWithOperations;sideEffects s!=None|NoneOnDryRun|Some|Unknown;timeoutSeconds i",
  V1ValidatingWebhookConfiguration: "apiVersion s!=admissionregistration.k8s.io/v1;kind s!=ValidatingWebhookConfiguration;metadata @V1ObjectMeta;webhooks []@V1ValidatingWebhook keys:name merge:name",
  V1Validation: "expression s!;message s;messageExpression s;reason s",
  V1ValidationRule: "fieldPath s;message s;messageExpression s;optionalOldSelf b;reason s;rule s",
  V1Variable: "*expression s!;name s!",
  V1Volume: "awsElasticBlockStore @V1AWSElasticBlockStoreVolumeSource;azureDisk @V1AzureDiskVolumeSource;azureFile @V1AzureFileVolumeSource;cephfs @V1CephFSVolumeSource;cinder @V1CinderVolumeSource;configMap @V1ConfigMapVolumeSource;csi @V1CSIVolumeSource;downwardAPI @V1DownwardAPIVolumeSource;emptyDir @V1EmptyDirVolumeSource;ephemeral @V1EphemeralVolumeSource;fc @V1FCVolumeSource;flexVolume @V1FlexVolumeSource;flocker @V1FlockerVolumeSource;gcePersistentDisk @V1GCEPersistentDiskVolumeSource;gitRepo @V1GitRepoVolumeSource;glusterfs @V1GlusterfsVolumeSource;hostPath @V1HostPathVolumeSource;image @V1ImageVolumeSource;iscsi @V1ISCSIVolumeSource;name s!;nfs @V1NFSVolumeSource;persistentVolumeClaim @V1PersistentVolumeClaimVolumeSource;photonPersistentDisk @V1PhotonPersistentDiskVolumeSource;portworxVolume @V1PortworxVolumeSource;projected @V1ProjectedVolumeSource;quobyte @V1QuobyteVolumeSource;rbd @V1RBDVolumeSource;scaleIO @V1ScaleIOVolumeSource;secret @V1SecretVolumeSource;storageos @V1StorageOSVolumeSource;vsphereVolume @V1VsphereVirtualDiskVolumeSource",
  V1VolumeAttachment: "apiVersion s!=storage.k8s.io/v1;kind s!=VolumeAttachment;metadata @V1ObjectMeta;spec @V1VolumeAttachmentSpec!;status @V1VolumeAttachmentStatus",
  V1VolumeAttachmentSource: "inlineVolumeSpec @V1PersistentVolumeSpec;persistentVolumeName s",
  V1VolumeAttachmentSpec: "attacher s!;nodeName s!;source @V1VolumeAttachmentSource!",
  V1VolumeAttachmentStatus: "attachError @V1VolumeError;attached b!;attachmentMetadata {}s;detachError @V1VolumeError",
  V1VolumeDevice: "devicePath s!;name s!",
  V1VolumeError: "message s;time t",
  V1VolumeMount: "mountPath s!;mountPropagation s=Bidirectional|HostToContainer|None;name s!;readOnly b;recursiveReadOnly s;subPath s;subPathExpr s",
  V1VolumeMountStatus: "mountPath s!;name s!;readOnly b;recursiveReadOnly s",
  V1VolumeNodeAffinity: "required @V1NodeSelector",
  V1VolumeNodeResources: "count i",
  V1VolumeProjection: "clusterTrustBundle @V1ClusterTrustBundleProjection;configMap @V1ConfigMapProjection;downwardAPI @V1DownwardAPIProjection;secret @V1SecretProjection;serviceAccountToken @V1ServiceAccountTokenProjection",
  V1VolumeResourceRequirements: "limits {}q;requests {}q",
  V1VsphereVirtualDiskVolumeSource: "fsType s;storagePolicyID s;storagePolicyName s;volumePath s!",
  V1WebhookConversion: "clientConfig @ApiextensionsV1WebhookClientConfig;conversionReviewVersions []s!",
  V1WeightedPodAffinityTerm: "podAffinityTerm @V1PodAffinityTerm!;weight i!",
  V1WindowsSecurityContextOptions: "gmsaCredentialSpec s;gmsaCredentialSpecName s;hostProcess b;runAsUserName s",
  V1beta1AllocatedDeviceStatus: "conditions []@V1Condition keys:type;data j;device s;driver s;networkData @V1beta1NetworkDeviceData;pool s",
  V1beta1AllocationResult: "devices @V1beta1DeviceAllocationResult;nodeSelector @V1NodeSelector",
  V1beta1BasicDevice: "attributes {}@V1beta1DeviceAttribute;capacity {}@V1beta1DeviceCapacity",
  V1beta1CELDeviceSelector: "expression s",
  V1beta1Device: "basic @V1beta1BasicDevice;name s",
  V1beta1DeviceAllocationConfiguration: "opaque @V1beta1OpaqueDeviceConfiguration;requests []s;source s",
  V1beta1DeviceAllocationResult: "config []@V1beta1DeviceAllocationConfiguration;results []@V1beta1DeviceRequestAllocationResult",
  V1beta1DeviceAttribute: "bool b;int l;string s;version s",
  V1beta1DeviceCapacity: "value q",
  V1beta1DeviceClaim: "config []@V1beta1DeviceClaimConfiguration;constraints []@V1beta1DeviceConstraint;requests []@V1beta1DeviceRequest",
  V1beta1DeviceClaimConfiguration: "opaque @V1beta1OpaqueDeviceConfiguration;requests []s",
  V1beta1DeviceClass: "apiVersion s;kind s;metadata @V1ObjectMeta;spec @V1beta1DeviceClassSpec",
  V1beta1DeviceClassConfiguration: "opaque @V1beta1OpaqueDeviceConfiguration",
  V1beta1DeviceClassSpec: "config []@V1beta1DeviceClassConfiguration;selectors []@V1beta1DeviceSelector",
  V1beta1DeviceConstraint: "matchAttribute s;requests []s",
  V1beta1DeviceRequest: "adminAccess b;allocationMode s;count l;deviceClassName s;name s;selectors []@V1beta1DeviceSelector",
  V1beta1DeviceRequestAllocationResult: "adminAccess b;device s;driver s;pool s;request s",
  V1beta1DeviceSelector: "cel @V1beta1CELDeviceSelector",
  V1beta1IPAddress: "apiVersion s;kind s;metadata @V1ObjectMeta;spec @V1beta1IPAddressSpec",
  V1beta1IPAddressSpec: "parentRef @V1beta1ParentReference",
  V1beta1NetworkDeviceData: "hardwareAddress s;interfaceName s;ips []s",
  V1beta1OpaqueDeviceConfiguration: "driver s;parameters j",
  V1beta1ParentReference: "group s;name s;namespace s;resource s",
  V1beta1ResourceClaim: "apiVersion s;kind s;metadata @V1ObjectMeta;spec @V1beta1ResourceClaimSpec;status @V1beta1ResourceClaimStatus",
  V1beta1ResourceClaimConsumerReference: "apiGroup s;name s;resource s;uid s",
  V1beta1ResourceClaimSpec: "devices @V1beta1DeviceClaim",
  V1beta1ResourceClaimStatus: "allocation @V1beta1AllocationResult;devices []@V1beta1AllocatedDeviceStatus keys:driver+device+pool;reservedFor []@V1beta1ResourceClaimConsumerReference keys:uid merge:uid",
  V1beta1ResourceClaimTemplate: "apiVersion s;kind s;metadata @V1ObjectMeta;spec @V1beta1ResourceClaimTemplateSpec",
  V1beta1ResourceClaimTemplateSpec: "metadata @V1ObjectMeta;spec @V1beta1ResourceClaimSpec",
  V1beta1ResourcePool: "generation l;name s;resourceSliceCount l",
  V1beta1ResourceSlice: "apiVersion s;kind s;metadata @V1ObjectMeta;spec @V1beta1ResourceSliceSpec",
  V1beta1ResourceSliceSpec: "allNodes b;devices []@V1beta1Device;driver s;nodeName s;nodeSelector @V1NodeSelector;pool @V1beta1ResourcePool",
  V1beta1ServiceCIDR: "apiVersion s;kind s;metadata @V1ObjectMeta;spec @V1beta1ServiceCIDRSpec;status @V1beta1ServiceCIDRStatus",
  V1beta1ServiceCIDRSpec: "cidrs []s",
  V1beta1ServiceCIDRStatus: "conditions []@V1Condition keys:type merge:type",
  V1beta1VolumeAttributesClass: "apiVersion s;driverName s;kind s;metadata @V1ObjectMeta;parameters {}s",
  V2ContainerResourceMetricSource: "container s!;name s!;target @V2MetricTarget!",
  V2ContainerResourceMetricStatus: "container s!;current @V2MetricValueStatus!;name s!",
  V2CrossVersionObjectReference: "apiVersion s;kind s!;name s!",
  V2ExternalMetricSource: "metric @V2MetricIdentifier!;target @V2MetricTarget!",
  V2ExternalMetricStatus: "current @V2MetricValueStatus!;metric @V2MetricIdentifier!",
  V2HPAScalingPolicy: "periodSeconds i!;type s!;value i!",
  V2HPAScalingRules: "policies []@V2HPAScalingPolicy;selectPolicy s;stabilizationWindowSeconds i",
  V2HorizontalPodAutoscaler: "apiVersion s!=autoscaling/v2;kind s!=HorizontalPodAutoscaler;metadata @V1ObjectMeta;spec @V2HorizontalPodAutoscalerSpec;status @V2HorizontalPodAutoscalerStatus",
  V2HorizontalPodAutoscalerBehavior: "scaleDown @V2HPAScalingRules;scaleUp @V2HPAScalingRules",
  V2HorizontalPodAutoscalerCondition: "lastTransitionTime t;message s;reason s;status s!;type s!",
  V2HorizontalPodAutoscalerSpec: "behavior @V2HorizontalPodAutoscalerBehavior;maxReplicas i!;metrics []@V2MetricSpec;minReplicas i;scaleTargetRef @V2CrossVersionObjectReference!",
  V2HorizontalPodAutoscalerStatus: "conditions []@V2HorizontalPodAutoscalerCondition keys:type merge:type;currentMetrics []@V2MetricStatus;currentReplicas i;desiredReplicas i!;lastScaleTime t;observedGeneration l",
  V2MetricIdentifier: "name s!;selector @V1LabelSelector",
  V2MetricSpec: "containerResource @V2ContainerResourceMetricSource;external @V2ExternalMetricSource;object @V2ObjectMetricSource;pods @V2PodsMetricSource;resource @V2ResourceMetricSource;type s!",
  V2MetricStatus: "containerResource @V2ContainerResourceMetricStatus;external @V2ExternalMetricStatus;object @V2ObjectMetricStatus;pods @V2PodsMetricStatus;resource @V2ResourceMetricStatus;type s!",
  V2MetricTarget: "averageUtilization i;averageValue q;type s!;value q",
  V2MetricValueStatus: "averageUtilization i;averageValue q;value q",
  V2ObjectMetricSource: "describedObject @V2CrossVersionObjectReference!;metric @V2MetricIdentifier!;target @V2MetricTarget!",
  V2ObjectMetricStatus: "current @V2MetricValueStatus!;describedObject @V2CrossVersionObjectReference!;metric @V2MetricIdentifier!",
  V2PodsMetricSource: "metric @V2MetricIdentifier!;target @V2MetricTarget!",
  V2PodsMetricStatus: "current @V2MetricValueStatus!;metric @V2MetricIdentifier!",
  V2ResourceMetricSource: "name s!;target @V2MetricTarget!",
  V2ResourceMetricStatus: "current @V2MetricValueStatus!;name s!"
};
var KIND_TYPES = {
  "v1/Binding": "V1Binding",
  "v1/ComponentStatus": "V1ComponentStatus",
  "v1/ConfigMap": "V1ConfigMap",
  "v1/Endpoints": "V1Endpoints",
  "v1/Event": "CoreV1Event",
  "v1/LimitRange": "V1LimitRange",
  "v1/Namespace": "V1Namespace",
  "v1/Node": "V1Node",
  "v1/PersistentVolumeClaim": "V1PersistentVolumeClaim",
  "v1/PersistentVolume": "V1PersistentVolume",
  "v1/Pod": "V1Pod",
  "v1/PodTemplate": "V1PodTemplate",
  "v1/ReplicationController": "V1ReplicationController",
  "v1/ResourceQuota": "V1ResourceQuota",
  "v1/Secret": "V1Secret",
  "v1/Service": "V1Service",
  "v1/ServiceAccount": "V1ServiceAccount",
  "apps/v1/ControllerRevision": "V1ControllerRevision",
  "apps/v1/DaemonSet": "V1DaemonSet",
  "apps/v1/Deployment": "V1Deployment",
  "apps/v1/ReplicaSet": "V1ReplicaSet",
  "apps/v1/StatefulSet": "V1StatefulSet",
  "autoscaling/v2/HorizontalPodAutoscaler": "V2HorizontalPodAutoscaler",
  "autoscaling/v1/HorizontalPodAutoscaler": "V1HorizontalPodAutoscaler",
  "batch/v1/CronJob": "V1CronJob",
  "batch/v1/Job": "V1Job",
  "coordination.k8s.io/v1/Lease": "V1Lease",
  "discovery.k8s.io/v1/EndpointSlice": "V1EndpointSlice",
  "events.k8s.io/v1/Event": "EventsV1Event",
  "networking.k8s.io/v1/Ingress": "V1Ingress",
  "networking.k8s.io/v1/IngressClass": "V1IngressClass",
  "networking.k8s.io/v1/NetworkPolicy": "V1NetworkPolicy",
  "networking.k8s.io/v1beta1/IPAddress": "V1beta1IPAddress",
  "networking.k8s.io/v1beta1/ServiceCIDR": "V1beta1ServiceCIDR",
  "policy/v1/PodDisruptionBudget": "V1PodDisruptionBudget",
  "rbac.authorization.k8s.io/v1/ClusterRole": "V1ClusterRole",
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": "V1ClusterRoleBinding",
  "rbac.authorization.k8s.io/v1/Role": "V1Role",
  "rbac.authorization.k8s.io/v1/RoleBinding": "V1RoleBinding",
  "scheduling.k8s.io/v1/PriorityClass": "V1PriorityClass",
  "storage.k8s.io/v1/StorageClass": "V1StorageClass",
  "storage.k8s.io/v1/CSIDriver": "V1CSIDriver",
  "storage.k8s.io/v1/CSINode": "V1CSINode",
  "storage.k8s.io/v1/CSIStorageCapacity": "V1CSIStorageCapacity",
  "storage.k8s.io/v1/VolumeAttachment": "V1VolumeAttachment",
  "storage.k8s.io/v1beta1/VolumeAttributesClass": "V1beta1VolumeAttributesClass",
  "node.k8s.io/v1/RuntimeClass": "V1RuntimeClass",
  "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration": "V1MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": "V1ValidatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": "V1ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": "V1ValidatingAdmissionPolicyBinding",
  "apiextensions.k8s.io/v1/CustomResourceDefinition": "V1CustomResourceDefinition",
  "apiregistration.k8s.io/v1/APIService": "V1APIService",
  "authentication.k8s.io/v1/SelfSubjectReview": "V1SelfSubjectReview",
  "authentication.k8s.io/v1/TokenReview": "V1TokenReview",
  "authorization.k8s.io/v1/LocalSubjectAccessReview": "V1LocalSubjectAccessReview",
  "authorization.k8s.io/v1/SelfSubjectAccessReview": "V1SelfSubjectAccessReview",
  "authorization.k8s.io/v1/SelfSubjectRulesReview": "V1SelfSubjectRulesReview",
  "authorization.k8s.io/v1/SubjectAccessReview": "V1SubjectAccessReview",
  "certificates.k8s.io/v1/CertificateSigningRequest": "V1CertificateSigningRequest",
  "flowcontrol.apiserver.k8s.io/v1/FlowSchema": "V1FlowSchema",
  "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration": "V1PriorityLevelConfiguration",
  "resource.k8s.io/v1beta1/DeviceClass": "V1beta1DeviceClass",
  "resource.k8s.io/v1beta1/ResourceClaim": "V1beta1ResourceClaim",
  "resource.k8s.io/v1beta1/ResourceClaimTemplate": "V1beta1ResourceClaimTemplate",
  "resource.k8s.io/v1beta1/ResourceSlice": "V1beta1ResourceSlice"
};

// src/objects/schema/schema.ts
var SCALARS = {
  s: "string",
  b: "boolean",
  i: "int32",
  l: "int64",
  n: "double",
  q: "quantity",
  x: "intOrString",
  t: "time",
  u: "microTime",
  y: "bytes",
  j: "any"
};
var LazyType = class {
  name;
  isAtomic;
  #line;
  #fields;
  constructor(name, line) {
    this.name = name;
    this.isAtomic = line.startsWith("*");
    this.#line = this.isAtomic ? line.slice(1) : line;
  }
  get fields() {
    this.#fields ??= new Map(
      this.#line === "" ? [] : this.#line.split(";").map(parseField).map((field) => [field.name, field])
    );
    return this.#fields;
  }
};
var TYPES2 = new Map(Object.entries(TYPE_LINES).map(([name, line]) => [name, new LazyType(name, line)]));
function typeNamed(name) {
  const type = TYPES2.get(name);
  if (type === void 0) throw new TypeError(`the schema table has no type ${name}`);
  return type;
}
function parseField(text) {
  const [name = "", declaration = "", ...flags] = text.split(" ");
  const match = /^((?:\[\]|\{\})*)(@?\w+)(!?)(?:=(.*))?$/.exec(declaration);
  if (match === null) throw new TypeError(`the schema table has a field it should not have: ${text}`);
  const [, containers = "", base = "", required, values] = match;
  let schema = base.startsWith("@") ? objectSchema(typeNamed(base.slice(1)), flags) : {
    kind: "scalar",
    scalar: SCALARS[base] ?? "any",
    ...values !== void 0 && { enum: values.replaceAll("~", " ").split("|") }
  };
  for (let end = containers.length; end > 0; end -= 2) {
    const isOutermost = end === 2;
    schema = containers.slice(end - 2, end) === "[]" ? listSchema(schema, isOutermost ? flags : []) : mapSchema(schema, flags);
  }
  return { name, isRequired: required === "!", schema };
}
function objectSchema(type, flags) {
  const patch = flags.includes("replace") ? "replace" : flags.includes("retainKeys") ? "retainKeys" : "merge";
  return { kind: "object", type, isAtomic: type.isAtomic && !flags.includes("granular"), patch };
}
function mapSchema(value, flags) {
  return { kind: "map", value, isAtomic: flags.includes("atomic") };
}
function listSchema(item, flags) {
  const keys = flags.find((flag) => flag.startsWith("keys:"));
  const merge = flags.find((flag) => flag === "merge" || flag.startsWith("merge:"));
  return {
    kind: "list",
    item,
    listType: keys !== void 0 ? "map" : flags.includes("set") ? "set" : "atomic",
    mapKeys: keys === void 0 ? [] : keys.slice("keys:".length).split("+"),
    patch: merge === void 0 ? "replace" : "merge",
    mergeKey: merge?.startsWith("merge:") ? merge.slice("merge:".length) : void 0,
    retainKeys: flags.includes("retainKeys")
  };
}
function schemaOf(apiVersion, kind) {
  const name = `${apiVersion}/${kind}`;
  const type = Object.hasOwn(KIND_TYPES, name) ? KIND_TYPES[name] : void 0;
  return type === void 0 ? void 0 : typeNamed(type);
}
function schemaAtStep(schema, step) {
  switch (schema.kind) {
    case "object":
      return schema.type.fields.get(String(step))?.schema;
    case "list":
      return schema.item;
    case "map":
      return schema.value;
    case "scalar":
      return schema.scalar === "any" ? schema : void 0;
  }
}
function rootSchema(type) {
  return { kind: "object", type, isAtomic: false, patch: "merge" };
}

// src/objects/names.ts
var LABEL_FORMAT = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
var SUBDOMAIN_FORMAT = `${LABEL_FORMAT}(\\.${LABEL_FORMAT})*`;
var DNS_1035_FORMAT = "[a-z]([-a-z0-9]*[a-z0-9])?";
var QUALIFIED_NAME_FORMAT = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
var LABEL_VALUE_FORMAT = `(${QUALIFIED_NAME_FORMAT})?`;
var CONFIG_KEY_FORMAT = "[-._a-zA-Z0-9]+";
var LABEL = new RegExp(`^${LABEL_FORMAT}$`);
var SUBDOMAIN = new RegExp(`^${SUBDOMAIN_FORMAT}$`);
var DNS_1035 = new RegExp(`^${DNS_1035_FORMAT}$`);
var QUALIFIED_NAME = new RegExp(`^${QUALIFIED_NAME_FORMAT}$`);
var LABEL_VALUE = new RegExp(`^${LABEL_VALUE_FORMAT}$`);
var CONFIG_KEY = new RegExp(`^${CONFIG_KEY_FORMAT}$`);
function formatMessage(rule, format, examples) {
  const quoted = examples.map((example) => `'${example}', `).join(" or ");
  return `${rule} (${quoted === "" ? "" : `e.g. ${quoted}`}regex used for validation is '${format}')`;
}
function tooLongMessage(maxLength) {
  return `must be no more than ${maxLength} characters`;
}
function lengthProblems(value, maxLength) {
  return value.length > maxLength ? [tooLongMessage(maxLength)] : [];
}
var LABEL_MESSAGE = formatMessage(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL_FORMAT,
  ["my-name", "123-abc"]
);
var SUBDOMAIN_MESSAGE = formatMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN_FORMAT,
  ["example.com"]
);
var DNS_1035_MESSAGE = formatMessage(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  DNS_1035_FORMAT,
  ["my-name", "abc-123"]
);
var QUALIFIED_NAME_MESSAGE = formatMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED_NAME_FORMAT,
  ["MyName", "my.name", "123-abc"]
);
var LABEL_VALUE_MESSAGE = formatMessage(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  LABEL_VALUE_FORMAT,
  ["MyValue", "my_value", "12345"]
);
var CONFIG_KEY_MESSAGE = formatMessage(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  CONFIG_KEY_FORMAT,
  ["key.name", "KEY_NAME", "key-name"]
);
function dns1123SubdomainProblems(value) {
  const problems = lengthProblems(value, 253);
  if (!SUBDOMAIN.test(value)) problems.push(SUBDOMAIN_MESSAGE);
  return problems;
}
function qualifiedNameProblems(value) {
  const parts = value.split("/");
  const [first = "", second] = parts;
  if (parts.length > 2) {
    return [
      `a qualified name ${QUALIFIED_NAME_MESSAGE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`
    ];
  }
  const problems = [];
  if (second !== void 0) {
    const prefix = first === "" ? ["must be non-empty"] : dns1123SubdomainProblems(first);
    problems.push(...prefix.map((problem) => `prefix part ${problem}`));
  }
  const name = second ?? first;
  if (name === "") problems.push("name part must be non-empty");
  else if (name.length > 63) problems.push(`name part ${tooLongMessage(63)}`);
  if (!QUALIFIED_NAME.test(name)) problems.push(`name part ${QUALIFIED_NAME_MESSAGE}`);
  return problems;
}
function labelValueProblems(value) {
  const problems = lengthProblems(value, 63);
  if (!LABEL_VALUE.test(value)) problems.push(LABEL_VALUE_MESSAGE);
  return problems;
}

// src/objects/label-selector.ts
var SelectorError = class extends Error {
  name = "SelectorError";
};
var NO_LABELS = {};
var BINARY_OPERATORS = "in, notin, =, ==, !=, gt, lt";
function parseLabelSelector(text) {
  return matcherOf(parseLabelRequirements(text));
}
function parseLabelRequirements(text) {
  return new SelectorParser(text).parse();
}
function newRequirement(key, operator, values) {
  const [keyProblem] = qualifiedNameProblems(key);
  if (keyProblem !== void 0) throw new SelectorError(`key: Invalid value: ${JSON.stringify(key)}: ${keyProblem}`);
  const complain = (detail) => {
    throw new SelectorError(
      `values: Invalid value: [${values.map((value) => JSON.stringify(value)).join(", ")}]: ${detail}`
    );
  };
  if ((operator === "in" || operator === "notin") && values.length === 0) {
    complain("for 'in', 'notin' operators, values set can't be empty");
  }
  if ((operator === "exists" || operator === "!") && values.length > 0)
    complain("values set must be empty for exists and does not exist");
  if (operator === "gt" || operator === "lt") {
    if (values.length !== 1) complain("for 'Gt', 'Lt' operators, exactly one value is required");
    if (integerOf2(values[0]) === void 0) complain("for 'Gt', 'Lt' operators, the value must be an integer");
  }
  for (const value of values) {
    const [problem] = labelValueProblems(value);
    if (problem !== void 0)
      throw new SelectorError(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problem}`);
  }
  return { key, operator, values: [...new Set(values)].sort() };
}
function integerOf2(text) {
  return text !== void 0 && /^[+-]?\d+$/.test(text) ? BigInt(text.replace("+", "")) : void 0;
}
function matcherOf(requirements) {
  return (labels) => {
    const given = labels ?? NO_LABELS;
    return requirements.every((requirement) => meets(requirement, given));
  };
}
function meets({ key, operator, values }, labels) {
  const value = Object.hasOwn(labels, key) ? labels[key] : void 0;
  switch (operator) {
    case "in":
      return value !== void 0 && values.includes(value);
    case "notin":
      return value === void 0 || !values.includes(value);
    case "exists":
      return value !== void 0;
    case "!":
      return value === void 0;
    default: {
      const given = integerOf2(value);
      const bound = integerOf2(values[0]);
      if (given === void 0 || bound === void 0) return false;
      return operator === "gt" ? given > bound : given < bound;
    }
  }
}
function lex(text) {
  const lexemes = [];
  const pattern = /\s*(?:(==|!=|[=!(),<>])|([^\s=!(),<>]+))/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [, symbol, word] = match;
    if (symbol !== void 0) lexemes.push({ token: symbol, text: symbol });
    else if (word === "in" || word === "notin") lexemes.push({ token: word, text: word });
    else if (word !== void 0) lexemes.push({ token: "identifier", text: word });
  }
  lexemes.push({ token: "end", text: "" });
  return lexemes;
}
var END = { token: "end", text: "" };
var SelectorParser = class {
  #lexemes;
  #position = 0;
  constructor(text) {
    this.#lexemes = lex(text);
  }
  parse() {
    const requirements = [];
    for (; ; ) {
      const { token, text } = asWord(this.#peek());
      if (token === "end") return requirements;
      if (token !== "identifier" && token !== "!")
        throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirement());
      const separator = this.#next();
      if (separator.token === "end") return requirements;
      if (separator.token !== ",")
        throw new SelectorError(`found '${separator.text}', expected: ',' or 'end of string'`);
      const after = asWord(this.#peek());
      if (after.token !== "identifier" && after.token !== "!") {
        throw new SelectorError(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }
  #requirement() {
    try {
      return this.#parseRequirement();
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`);
    }
  }
  #parseRequirement() {
    const isNegated = this.#peek().token === "!";
    if (isNegated) this.#next();
    const { token, text: key } = this.#nextWord();
    if (token !== "identifier") throw new SelectorError(`found '${key}', expected: identifier`);
    const [problem] = qualifiedNameProblems(key);
    if (problem !== void 0) throw new SelectorError(`key: Invalid value: ${JSON.stringify(key)}: ${problem}`);
    if (isNegated) return newRequirement(key, "!", []);
    const after = this.#peek().token;
    if (after === "end" || after === ",") return newRequirement(key, "exists", []);
    const operator = this.#operator();
    const values = operator.isSet ? this.#valueList() : [this.#exactValue()];
    return newRequirement(key, operator.operator, values);
  }
  #operator() {
    const { token, text } = this.#next();
    switch (token) {
      case "=":
      case "==":
        return { operator: "in", isSet: false };
      case "!=":
        return { operator: "notin", isSet: false };
      case ">":
        return { operator: "gt", isSet: false };
      case "<":
        return { operator: "lt", isSet: false };
      case "in":
      case "notin":
        return { operator: token, isSet: true };
      default:
        throw new SelectorError(`found '${text}', expected: ${BINARY_OPERATORS}`);
    }
  }
  #exactValue() {
    const { token } = this.#peek();
    if (token === "end" || token === ",") return "";
    const { token: found, text } = this.#nextWord();
    if (found !== "identifier") throw new SelectorError(`found '${text}', expected: identifier`);
    return text;
  }
  /** A list in parentheses; an empty place between commas is the empty value. */
  #valueList() {
    const opening = this.#next();
    if (opening.token !== "(") throw new SelectorError(`found '${opening.text}' expected: '('`);
    const values = [];
    let expectsValue = true;
    for (; ; ) {
      const { token, text } = this.#nextWord();
      if (token === "identifier" && expectsValue) {
        values.push(text);
        expectsValue = false;
      } else if (token === ",") {
        if (expectsValue) values.push("");
        expectsValue = true;
      } else if (token === ")") {
        if (expectsValue && values.length > 0) values.push("");
        return values;
      } else {
        throw new SelectorError(`found '${text}', expected: ${expectsValue ? "',', ')' or identifier" : "',' or ')'"}`);
      }
    }
  }
  #peek() {
    return this.#lexemes[this.#position] ?? END;
  }
  #next() {
    const lexeme = this.#peek();
    this.#position++;
    return lexeme;
  }
  /** The next lexeme where only a word can stand. */
  #nextWord() {
    return asWord(this.#next());
  }
};
function asWord(lexeme) {
  return lexeme.token === "in" || lexeme.token === "notin" ? { token: "identifier", text: lexeme.text } : lexeme;
}

// src/objects/kind-table.ts
var ALL = ["all"];
var API_EXTENSIONS = ["api-extensions"];
var STATUS = ["status"];
var SCALED = ["status", "scale"];
var ONE_STORAGE = "Berth has local volumes only; it runs no storage drivers and attaches nothing";
var NO_ACCESS_CONTROL = "Berth does not enforce access control yet; it is stored and grants or denies nothing";
var NO_WEBHOOKS = "Berth calls no admission webhooks and runs no admission policies; what it should guard would be unguarded";
var NO_DEVICES = "Berth does not allocate devices";
var A_QUESTION = "it is a question to an API server, not an object that can be kept";
var OWN_FLOW = "Berth does not queue requests by priority";
var KIND_ROWS = [
  {
    apiVersion: "v1",
    kind: "Binding",
    plural: "bindings",
    refused: "the scheduler alone binds pods; set spec.nodeName instead"
  },
  {
    apiVersion: "v1",
    kind: "ComponentStatus",
    plural: "componentstatuses",
    shortNames: ["cs"],
    scope: "cluster",
    refused: "it is deprecated and only ever read"
  },
  { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"] },
  {
    apiVersion: "v1",
    kind: "Endpoints",
    plural: "endpoints",
    shortNames: ["ep"],
    inert: "Berth routes by EndpointSlices and does not mirror Endpoints; write an EndpointSlice"
  },
  { apiVersion: "v1", kind: "Event", plural: "events", shortNames: ["ev"] },
  {
    apiVersion: "v1",
    kind: "LimitRange",
    plural: "limitranges",
    shortNames: ["limits"]
  },
  {
    apiVersion: "v1",
    kind: "Namespace",
    plural: "namespaces",
    shortNames: ["ns"],
    scope: "cluster",
    subresources: ["status", "finalize"]
  },
  {
    apiVersion: "v1",
    kind: "Node",
    plural: "nodes",
    shortNames: ["no"],
    scope: "cluster",
    subresources: ["status", "proxy"]
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    shortNames: ["pvc"],
    subresources: STATUS
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolume",
    plural: "persistentvolumes",
    shortNames: ["pv"],
    scope: "cluster",
    subresources: STATUS
  },
  {
    apiVersion: "v1",
    kind: "Pod",
    plural: "pods",
    shortNames: ["po"],
    categories: ALL,
    subresources: [
      "status",
      "log",
      "exec",
      "attach",
      "portforward",
      "proxy",
      "binding",
      "eviction",
      "ephemeralcontainers",
      "resize"
    ]
  },
  { apiVersion: "v1", kind: "PodTemplate", plural: "podtemplates", inert: "nothing in Berth uses PodTemplates" },
  {
    apiVersion: "v1",
    kind: "ReplicationController",
    plural: "replicationcontrollers",
    shortNames: ["rc"],
    categories: ALL,
    subresources: SCALED
  },
  {
    apiVersion: "v1",
    kind: "ResourceQuota",
    plural: "resourcequotas",
    shortNames: ["quota"],
    subresources: STATUS
  },
  { apiVersion: "v1", kind: "Secret", plural: "secrets" },
  {
    apiVersion: "v1",
    kind: "Service",
    plural: "services",
    shortNames: ["svc"],
    categories: ALL,
    subresources: ["status", "proxy"]
  },
  {
    apiVersion: "v1",
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    shortNames: ["sa"],
    subresources: ["token"],
    inert: "Berth issues no tokens to pods yet; the account is stored and its imagePullSecrets are not used"
  },
  { apiVersion: "apps/v1", kind: "ControllerRevision", plural: "controllerrevisions" },
  {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    plural: "daemonsets",
    shortNames: ["ds"],
    categories: ALL,
    subresources: STATUS
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    plural: "deployments",
    shortNames: ["deploy"],
    categories: ALL,
    subresources: SCALED
  },
  {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    plural: "replicasets",
    shortNames: ["rs"],
    categories: ALL,
    subresources: SCALED
  },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    plural: "statefulsets",
    shortNames: ["sts"],
    categories: ALL,
    subresources: SCALED
  },
  {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    shortNames: ["hpa"],
    categories: ALL,
    subresources: STATUS
  },
  {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    shortNames: ["hpa"],
    categories: ALL,
    subresources: STATUS,
    refused: "Berth keeps one version of this kind; write it as autoscaling/v2, with a cpu Resource metric in spec.metrics instead of targetCPUUtilizationPercentage"
  },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    plural: "cronjobs",
    shortNames: ["cj"],
    categories: ALL,
    subresources: STATUS
  },
  { apiVersion: "batch/v1", kind: "Job", plural: "jobs", categories: ALL, subresources: STATUS },
  { apiVersion: "coordination.k8s.io/v1", kind: "Lease", plural: "leases" },
  { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", plural: "endpointslices" },
  {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    plural: "events",
    shortNames: ["ev"],
    refused: "Berth keeps events as v1"
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    plural: "ingresses",
    shortNames: ["ing"],
    subresources: STATUS,
    inert: "Berth does not route Ingresses yet; reach the Service through a NodePort"
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    plural: "ingressclasses",
    scope: "cluster",
    inert: "Berth does not route Ingresses yet"
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    shortNames: ["netpol"],
    inert: "Berth does not enforce NetworkPolicies yet; all traffic between pods is allowed"
  },
  {
    apiVersion: "networking.k8s.io/v1beta1",
    kind: "IPAddress",
    plural: "ipaddresses",
    shortNames: ["ip"],
    scope: "cluster",
    refused: "Berth assigns addresses by itself"
  },
  {
    apiVersion: "networking.k8s.io/v1beta1",
    kind: "ServiceCIDR",
    plural: "servicecidrs",
    scope: "cluster",
    subresources: STATUS,
    refused: "the range of service addresses is set in Berth's configuration"
  },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    shortNames: ["pdb"],
    subresources: STATUS
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    plural: "clusterroles",
    scope: "cluster",
    inert: NO_ACCESS_CONTROL
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    scope: "cluster",
    inert: NO_ACCESS_CONTROL
  },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", plural: "roles", inert: NO_ACCESS_CONTROL },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", plural: "rolebindings", inert: NO_ACCESS_CONTROL },
  {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    plural: "priorityclasses",
    shortNames: ["pc"],
    scope: "cluster"
  },
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    plural: "storageclasses",
    shortNames: ["sc"],
    scope: "cluster"
  },
  { apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", plural: "csidrivers", scope: "cluster", refused: ONE_STORAGE },
  { apiVersion: "storage.k8s.io/v1", kind: "CSINode", plural: "csinodes", scope: "cluster", refused: ONE_STORAGE },
  { apiVersion: "storage.k8s.io/v1", kind: "CSIStorageCapacity", plural: "csistoragecapacities", refused: ONE_STORAGE },
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    plural: "volumeattachments",
    scope: "cluster",
    subresources: STATUS,
    refused: ONE_STORAGE
  },
  {
    apiVersion: "storage.k8s.io/v1beta1",
    kind: "VolumeAttributesClass",
    plural: "volumeattributesclasses",
    shortNames: ["vac"],
    scope: "cluster",
    refused: ONE_STORAGE
  },
  {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    plural: "runtimeclasses",
    scope: "cluster",
    inert: "Berth runs every pod with the engine's default runtime"
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations",
    categories: API_EXTENSIONS,
    scope: "cluster",
    refused: NO_WEBHOOKS
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations",
    categories: API_EXTENSIONS,
    scope: "cluster",
    refused: NO_WEBHOOKS
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    categories: API_EXTENSIONS,
    scope: "cluster",
    subresources: STATUS,
    refused: NO_WEBHOOKS
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
    categories: API_EXTENSIONS,
    scope: "cluster",
    refused: NO_WEBHOOKS
  },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    shortNames: ["crd", "crds"],
    categories: API_EXTENSIONS,
    scope: "cluster",
    subresources: STATUS,
    refused: "Berth serves no custom resources; nothing would run what they describe"
  },
  {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    plural: "apiservices",
    categories: API_EXTENSIONS,
    scope: "cluster",
    subresources: STATUS,
    refused: "Berth does not aggregate other API servers"
  },
  {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
    plural: "selfsubjectreviews",
    scope: "cluster",
    refused: A_QUESTION
  },
  {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    plural: "tokenreviews",
    scope: "cluster",
    refused: A_QUESTION
  },
  {
    apiVersion: "authorization.k8s.io/v1",
    kind: "LocalSubjectAccessReview",
    plural: "localsubjectaccessreviews",
    refused: A_QUESTION
  },
  {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    plural: "selfsubjectaccessreviews",
    scope: "cluster",
    refused: A_QUESTION
  },
  {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectRulesReview",
    plural: "selfsubjectrulesreviews",
    scope: "cluster",
    refused: A_QUESTION
  },
  {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    plural: "subjectaccessreviews",
    scope: "cluster",
    refused: A_QUESTION
  },
  {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    plural: "certificatesigningrequests",
    shortNames: ["csr"],
    scope: "cluster",
    subresources: ["status", "approval"],
    refused: "Berth signs no certificate requests"
  },
  {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "FlowSchema",
    plural: "flowschemas",
    scope: "cluster",
    subresources: STATUS,
    inert: OWN_FLOW
  },
  {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "PriorityLevelConfiguration",
    plural: "prioritylevelconfigurations",
    scope: "cluster",
    subresources: STATUS,
    inert: OWN_FLOW
  },
  {
    apiVersion: "resource.k8s.io/v1beta1",
    kind: "DeviceClass",
    plural: "deviceclasses",
    scope: "cluster",
    refused: NO_DEVICES
  },
  {
    apiVersion: "resource.k8s.io/v1beta1",
    kind: "ResourceClaim",
    plural: "resourceclaims",
    subresources: STATUS,
    refused: NO_DEVICES
  },
  {
    apiVersion: "resource.k8s.io/v1beta1",
    kind: "ResourceClaimTemplate",
    plural: "resourceclaimtemplates",
    refused: NO_DEVICES
  },
  {
    apiVersion: "resource.k8s.io/v1beta1",
    kind: "ResourceSlice",
    plural: "resourceslices",
    scope: "cluster",
    refused: NO_DEVICES
  }
];

// src/objects/removed-versions.ts
function sameKinds(successor, kinds) {
  return Object.fromEntries(kinds.map((kind) => [kind, successor]));
}
var APPS = sameKinds("apps/v1", ["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]);
var INGRESS = sameKinds("networking.k8s.io/v1", ["Ingress", "IngressClass"]);
var RBAC2 = sameKinds("rbac.authorization.k8s.io/v1", ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]);
var STORAGE = sameKinds("storage.k8s.io/v1", [
  "StorageClass",
  "CSIDriver",
  "CSINode",
  "CSIStorageCapacity",
  "VolumeAttachment"
]);
var HPA = sameKinds("autoscaling/v2", ["HorizontalPodAutoscaler"]);
var FLOW = sameKinds("flowcontrol.apiserver.k8s.io/v1", ["FlowSchema", "PriorityLevelConfiguration"]);
var REMOVED_VERSIONS = [
  ["extensions/v1beta1", "1.16", { ...APPS, NetworkPolicy: "networking.k8s.io/v1", PodSecurityPolicy: "" }],
  ["extensions/v1beta1", "1.22", INGRESS],
  ["apps/v1beta1", "1.16", APPS],
  ["apps/v1beta2", "1.16", APPS],
  ["batch/v2alpha1", "1.21", { CronJob: "batch/v1" }],
  ["batch/v1beta1", "1.25", { CronJob: "batch/v1" }],
  ["networking.k8s.io/v1beta1", "1.22", INGRESS],
  ["policy/v1beta1", "1.25", { PodDisruptionBudget: "policy/v1", PodSecurityPolicy: "" }],
  ["autoscaling/v2beta1", "1.25", HPA],
  ["autoscaling/v2beta2", "1.26", HPA],
  ["rbac.authorization.k8s.io/v1alpha1", "1.22", RBAC2],
  ["rbac.authorization.k8s.io/v1beta1", "1.22", RBAC2],
  ["scheduling.k8s.io/v1alpha1", "1.22", { PriorityClass: "scheduling.k8s.io/v1" }],
  ["scheduling.k8s.io/v1beta1", "1.22", { PriorityClass: "scheduling.k8s.io/v1" }],
  [
    "storage.k8s.io/v1alpha1",
    "1.24",
    { CSIStorageCapacity: "storage.k8s.io/v1", VolumeAttachment: "storage.k8s.io/v1" }
  ],
  ["storage.k8s.io/v1beta1", "1.22", STORAGE],
  ["node.k8s.io/v1alpha1", "1.22", { RuntimeClass: "node.k8s.io/v1" }],
  ["node.k8s.io/v1beta1", "1.25", { RuntimeClass: "node.k8s.io/v1" }],
  ["coordination.k8s.io/v1beta1", "1.22", { Lease: "coordination.k8s.io/v1" }],
  ["discovery.k8s.io/v1beta1", "1.25", { EndpointSlice: "discovery.k8s.io/v1" }],
  ["events.k8s.io/v1beta1", "1.25", { Event: "v1" }],
  ["certificates.k8s.io/v1beta1", "1.22", { CertificateSigningRequest: "certificates.k8s.io/v1" }],
  ["apiextensions.k8s.io/v1beta1", "1.22", { CustomResourceDefinition: "apiextensions.k8s.io/v1" }],
  ["apiregistration.k8s.io/v1beta1", "1.22", { APIService: "apiregistration.k8s.io/v1" }],
  [
    "admissionregistration.k8s.io/v1beta1",
    "1.22",
    sameKinds("admissionregistration.k8s.io/v1", ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
  ],
  ["authentication.k8s.io/v1beta1", "1.22", { TokenReview: "authentication.k8s.io/v1" }],
  [
    "authorization.k8s.io/v1beta1",
    "1.22",
    sameKinds("authorization.k8s.io/v1", [
      "LocalSubjectAccessReview",
      "SelfSubjectAccessReview",
      "SelfSubjectRulesReview",
      "SubjectAccessReview"
    ])
  ],
  ["flowcontrol.apiserver.k8s.io/v1beta1", "1.26", FLOW],
  ["flowcontrol.apiserver.k8s.io/v1beta2", "1.29", FLOW],
  ["flowcontrol.apiserver.k8s.io/v1beta3", "1.32", FLOW]
];

// src/objects/kinds.ts
var KINDS = KIND_ROWS.map(kindInfoOf);
var BY_API_VERSION = new Map(KINDS.map((info) => [`${info.apiVersion}/${info.kind}`, info]));
var BY_KIND = groupBy(KINDS, (info) => info.kind);
var BY_RESOURCE = new Map(KINDS.map((info) => [`${info.apiVersion}/${info.plural}`, info]));
function kindInfoOf(row) {
  const slash = row.apiVersion.indexOf("/");
  const subresources = row.subresources ?? [];
  return Object.freeze({
    group: slash < 0 ? "" : row.apiVersion.slice(0, slash),
    version: row.apiVersion.slice(slash + 1),
    apiVersion: row.apiVersion,
    kind: row.kind,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    namespaced: row.scope !== "cluster",
    hasStatus: subresources.includes("status"),
    hasScale: subresources.includes("scale"),
    subresources,
    support: row.inert !== void 0 ? "inert" : row.refused !== void 0 ? "refused" : "implemented",
    supportReason: row.inert ?? row.refused ?? ""
  });
}
function groupBy(items, keyOf3) {
  const groups = /* @__PURE__ */ new Map();
  for (const item of items) {
    const group = groups.get(keyOf3(item));
    if (group === void 0) groups.set(keyOf3(item), [item]);
    else group.push(item);
  }
  return groups;
}

// src/objects/ownership/fields-tree.ts
var MEMBER = ".";
var identities = /* @__PURE__ */ new WeakMap();
var nextIdentity = 1;
var pool = /* @__PURE__ */ new Map();
function identify(node) {
  const identity = nextIdentity++;
  identities.set(node, identity);
  return identity;
}
var LEAF = Object.freeze({});
identify(LEAF);
var WHOLE = Object.freeze({ "*": LEAF });
identify(WHOLE);
function newNode(children, isMember2) {
  if (children.length === 0) return isMember2 ? LEAF : void 0;
  const sorted2 = children.length === 1 ? children : [...children].sort(([a], [b]) => a < b ? -1 : 1);
  let name = isMember2 ? MEMBER : "";
  for (const [key, node2] of sorted2) name += `${key}
${identities.get(node2) ?? identify(node2)}
`;
  const known3 = pool.get(name);
  if (known3 !== void 0) return known3;
  const node = Object.freeze(Object.fromEntries(isMember2 ? [[MEMBER, LEAF], ...sorted2] : sorted2));
  identify(node);
  if (pool.size >= LIMITS.sharedFieldNodes) pool = /* @__PURE__ */ new Map();
  pool.set(name, node);
  return node;
}

// src/objects/ownership/growing-node.ts
var GrowingNode = class _GrowingNode {
  #parent;
  /** The last child: its name as the object has it, its key in the tree, and its node. */
  #name;
  #key;
  #child;
  /** Whether two children have one key: this is no node then. */
  isAmbiguous;
  /** The step that was taken from here last, and all of them by the name of the child. */
  #recent;
  #steps;
  #node;
  #member;
  constructor(parent, name = "", key = "", child) {
    this.#parent = parent;
    this.#name = name;
    this.#key = key;
    this.#child = child;
    this.isAmbiguous = parent !== void 0 && (parent.isAmbiguous || parent.#has(key));
  }
  /** The node without children from which all of one kind begin; `name` of a child must tell them apart among themselves. */
  static root() {
    return new _GrowingNode();
  }
  /** With one child more. `keyOf` gives its key in the tree, `f:name`, when it is needed. */
  with(name, child, keyOf3) {
    const recent = this.#recent;
    if (recent !== void 0 && recent.#name === name && recent.#child === child) return recent;
    const known3 = this.#steps?.get(name)?.find((step) => step.#child === child);
    this.#recent = known3 ?? this.#step(name, child, keyOf3(name));
    return this.#recent;
  }
  /** The finished node; `undefined` when it is empty. */
  finish(isMember2) {
    if (isMember2) {
      this.#member ??= newNode(this.#entries(), true);
      return this.#member;
    }
    this.#node ??= newNode(this.#entries(), false);
    return this.#node;
  }
  #step(name, child, key) {
    if (steps >= LIMITS.fieldNodeSteps) forget();
    steps++;
    if (this.#parent === void 0) roots.add(this);
    const step = new _GrowingNode(this, name, key, child);
    this.#steps ??= /* @__PURE__ */ new Map();
    const others = this.#steps.get(name);
    if (others === void 0) this.#steps.set(name, [step]);
    else others.push(step);
    return step;
  }
  #has(key) {
    for (let node = this; node !== void 0; node = node.#parent) {
      if (node.#child !== void 0 && node.#key === key) return true;
    }
    return false;
  }
  #entries() {
    const entries = [];
    for (let node = this; node !== void 0; node = node.#parent) {
      if (node.#child !== void 0) entries.push([node.#key, node.#child]);
    }
    return entries.reverse();
  }
  /** Forgets every step from here. */
  forget() {
    this.#recent = void 0;
    this.#steps = void 0;
  }
};
var steps = 0;
var roots = /* @__PURE__ */ new Set();
function forget() {
  for (const root of roots) root.forget();
  roots.clear();
  steps = 0;
}

// src/objects/ownership/fields-of-object.ts
var FIELDS = GrowingNode.root();
var ITEMS = GrowingNode.root();

// src/objects/resource-quota.ts
var ONE = parseQuantity(1);
var COUNTABLE = new Map([...KINDS].reverse().map((info) => [`${info.plural}.${info.group}`, info]));

// src/objects/support/support-table.ts
function inert(reason, harmless) {
  return { support: "inert", reason, ...harmless && { harmless } };
}
function refused(reason, harmless) {
  return { support: "refused", reason, ...harmless && { harmless } };
}
var NO_TOKENS = "Berth issues no tokens to pods yet; the pod runs without one";
var ONE_NODE = "there is one node, so there is nothing to choose from";
var NO_NETWORK_STORAGE = "Berth attaches no network or cloud storage; mount it on the box and use hostPath where the box allows it";
var NO_DEVICES2 = "Berth does not allocate devices";
var ENGINE_PROFILE = "every container runs under the engine's own default profile";
var NO_CUSTOM_METRICS = "nothing on the box provides such metrics; the autoscaler reports that it gets none and does not scale down";
var LINUX_ONLY = "Berth runs Linux containers only";
var NO_LOAD_BALANCER = "Berth has no load balancer";
var NO_COPIES = "Berth takes no snapshots and copies no volumes; fill the volume in an init container";
var FOREIGN_VOLUMES = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "csi",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "glusterfs",
  "iscsi",
  "nfs",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume"
];
var TYPE_SUPPORT = {
  V1PodSpec: {
    implemented: "activeDeadlineSeconds affinity containers dnsConfig dnsPolicy enableServiceLinks hostAliases hostNetwork hostname imagePullSecrets initContainers nodeName nodeSelector os preemptionPolicy priority priorityClassName readinessGates restartPolicy schedulerName schedulingGates securityContext setHostnameAsFQDN subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes",
    rules: {
      automountServiceAccountToken: inert(NO_TOKENS),
      serviceAccount: inert(NO_TOKENS, ["default"]),
      serviceAccountName: inert(NO_TOKENS, ["default"]),
      ephemeralContainers: refused("ephemeral containers are added to a running pod, never written in its spec"),
      hostIPC: refused("Berth does not share the host's IPC namespace"),
      hostPID: refused("Berth does not share the host's process namespace"),
      hostUsers: {
        ...refused("Berth gives pods no user namespace of their own; they would be less isolated than asked for"),
        values: [false]
      },
      overhead: refused("overhead is set by a RuntimeClass, and Berth has no runtimes but the default one"),
      resources: refused("resources of a pod as a whole are alpha in Kubernetes 1.32; set those of its containers"),
      resourceClaims: refused(NO_DEVICES2),
      runtimeClassName: refused(
        "Berth runs every pod with the engine's default runtime; a sandbox that is asked for would be missing"
      ),
      shareProcessNamespace: inert("each container has a process namespace of its own")
    }
  },
  V1PodOS: { implemented: "", rules: { name: refused(LINUX_ONLY, ["linux"]) } },
  V1PodSecurityContext: {
    implemented: "fsGroup runAsGroup runAsNonRoot runAsUser seccompProfile appArmorProfile supplementalGroups sysctls",
    rules: {
      fsGroupChangePolicy: inert("the group is always set on the volumes that Berth makes", [
        "Always",
        "OnRootMismatch"
      ]),
      seLinuxChangePolicy: inert("Berth sets no SELinux labels"),
      seLinuxOptions: inert("Berth sets no SELinux labels"),
      supplementalGroupsPolicy: refused("the groups of the image are always kept", ["Merge"]),
      windowsOptions: refused(LINUX_ONLY)
    }
  },
  V1Container: {
    implemented: "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resources restartPolicy securityContext startupProbe stdin terminationMessagePath terminationMessagePolicy tty volumeMounts workingDir",
    rules: {
      resizePolicy: inert("resources are not changed in place; a change makes a new pod"),
      stdinOnce: inert("stdin stays open until the container ends"),
      volumeDevices: refused("Berth has no block devices")
    }
  },
  V1SecurityContext: {
    implemented: "allowPrivilegeEscalation appArmorProfile capabilities privileged readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser seccompProfile",
    rules: {
      procMount: refused("the engine's mask over /proc stays", ["Default"]),
      seLinuxOptions: inert("Berth sets no SELinux labels"),
      windowsOptions: refused(LINUX_ONLY)
    }
  },
  V1SeccompProfile: {
    implemented: "",
    rules: { type: inert(ENGINE_PROFILE, ["RuntimeDefault"]), localhostProfile: inert(ENGINE_PROFILE) }
  },
  V1AppArmorProfile: {
    implemented: "",
    rules: { type: inert(ENGINE_PROFILE, ["RuntimeDefault"]), localhostProfile: inert(ENGINE_PROFILE) }
  },
  V1ResourceRequirements: {
    implemented: "limits requests",
    rules: {
      claims: refused(NO_DEVICES2),
      "limits.ephemeral-storage": inert("the disk that a container uses is scheduled, not limited")
    }
  },
  V1Probe: {
    implemented: "exec failureThreshold httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket terminationGracePeriodSeconds timeoutSeconds",
    rules: { grpc: refused("Berth does not probe over gRPC yet; use exec, httpGet or tcpSocket") }
  },
  V1LifecycleHandler: {
    implemented: "exec httpGet sleep",
    rules: { tcpSocket: refused("Kubernetes itself has no such hook; use exec, httpGet or sleep") }
  },
  V1VolumeMount: {
    implemented: "mountPath name readOnly subPath subPathExpr",
    rules: {
      mountPropagation: refused("mounts do not pass between the box and its containers", ["None"]),
      recursiveReadOnly: refused("what is mounted below a mount may stay writable", ["Disabled", "IfPossible"])
    }
  },
  V1Volume: {
    implemented: "configMap downwardAPI emptyDir ephemeral hostPath name persistentVolumeClaim projected secret",
    rules: {
      ...Object.fromEntries(FOREIGN_VOLUMES.map((source) => [source, refused(NO_NETWORK_STORAGE)])),
      gitRepo: refused("it is deprecated and disabled in Kubernetes; clone in an init container"),
      image: refused("volumes from images are alpha in Kubernetes 1.32; copy the files in an init container")
    }
  },
  V1VolumeProjection: {
    implemented: "configMap downwardAPI secret",
    rules: {
      clusterTrustBundle: refused("Berth has no trust bundles; use a ConfigMap"),
      serviceAccountToken: refused("Berth issues no tokens to pods yet")
    }
  },
  V1EmptyDirVolumeSource: {
    implemented: "medium",
    rules: {
      sizeLimit: {
        ...inert("a directory on disk is not limited; one with medium: Memory is"),
        unlessBeside: { medium: "Memory" }
      }
    }
  },
  V1PersistentVolumeClaimSpec: {
    implemented: "accessModes resources selector storageClassName volumeName",
    rules: {
      dataSource: refused(NO_COPIES),
      dataSourceRef: refused(NO_COPIES),
      volumeAttributesClassName: refused("Berth has no attributes to set on volumes"),
      volumeMode: refused("Berth has no block devices", ["Filesystem"])
    }
  },
  V1VolumeResourceRequirements: {
    implemented: "requests",
    rules: { limits: inert("a folder is as large as its disk; nothing limits it") }
  },
  V1PersistentVolumeSpec: {
    implemented: "accessModes capacity claimRef hostPath local nodeAffinity persistentVolumeReclaimPolicy storageClassName",
    rules: {
      ...Object.fromEntries(FOREIGN_VOLUMES.map((source) => [source, refused(NO_NETWORK_STORAGE)])),
      mountOptions: inert("a folder of the box is mounted as it is"),
      volumeAttributesClassName: refused("Berth has no attributes to set on volumes"),
      volumeMode: refused("Berth has no block devices", ["Filesystem"])
    }
  },
  V1LocalVolumeSource: {
    implemented: "path",
    rules: { fsType: inert("Berth mounts folders, not block devices") }
  },
  V1StorageClass: {
    implemented: "allowVolumeExpansion allowedTopologies apiVersion kind metadata reclaimPolicy volumeBindingMode",
    rules: {
      mountOptions: inert("a folder of the box is mounted as it is"),
      parameters: inert("volumes are folders below the data directory, whatever their class says"),
      provisioner: inert(
        "Berth provisions for rancher.io/local-path only; claims of this class wait for a volume that somebody else makes",
        ["rancher.io/local-path", "kubernetes.io/no-provisioner"]
      )
    }
  },
  V1SessionAffinityConfig: { implemented: "clientIP" },
  V1ClientIPConfig: { implemented: "timeoutSeconds" },
  V1ServiceSpec: {
    implemented: "allocateLoadBalancerNodePorts clusterIP clusterIPs externalName externalTrafficPolicy internalTrafficPolicy ports publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig",
    rules: {
      type: [
        { ...inert(`${NO_LOAD_BALANCER}; the service is reached through its node ports`), values: ["LoadBalancer"] }
      ],
      externalIPs: refused("Berth takes no traffic for foreign addresses; use a NodePort"),
      healthCheckNodePort: inert(NO_LOAD_BALANCER),
      ipFamilies: refused("Berth has an IPv4 network only", [["IPv4"], [""]]),
      ipFamilyPolicy: refused("Berth has an IPv4 network only", ["SingleStack", "PreferDualStack"]),
      loadBalancerClass: inert(NO_LOAD_BALANCER),
      loadBalancerIP: inert(NO_LOAD_BALANCER),
      loadBalancerSourceRanges: refused("Berth does not filter by sender; the ports would be open to all"),
      trafficDistribution: inert(ONE_NODE)
    }
  },
  V1StatefulSetSpec: {
    implemented: "minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas revisionHistoryLimit selector serviceName template updateStrategy volumeClaimTemplates"
  },
  V1JobSpec: {
    implemented: "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy selector successPolicy suspend template ttlSecondsAfterFinished",
    rules: {
      managedBy: inert("Berth leaves such a Job to the controller that it names", ["kubernetes.io/job-controller"])
    }
  },
  V2MetricSpec: {
    implemented: "containerResource resource type",
    rules: {
      external: inert(NO_CUSTOM_METRICS),
      object: inert(NO_CUSTOM_METRICS),
      pods: inert(NO_CUSTOM_METRICS)
    }
  },
  V1NodeSpec: {
    implemented: "externalID podCIDR podCIDRs providerID taints unschedulable",
    rules: { configSource: refused("Kubernetes itself configures no kubelets through the API any more") }
  },
  V1Endpoint: {
    implemented: "addresses conditions hostname nodeName targetRef zone",
    rules: { deprecatedTopology: inert("it is deprecated"), hints: inert(ONE_NODE) }
  }
};

// src/objects/template-hash.ts
import { sha256 as sha2563 } from "@noble/hashes/sha2.js";
import { bytesToHex as bytesToHex4, utf8ToBytes as utf8ToBytes3 } from "@noble/hashes/utils.js";

// src/lib/ids.ts
var BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

// src/manifests/render/patch/merge-schema.ts
var VERSIONS2 = new Map([
  ...[
    "v1",
    "admissionregistration.k8s.io/v1",
    "apiextensions.k8s.io/v1",
    "apiregistration.k8s.io/v1",
    "apps/v1",
    "authentication.k8s.io/v1",
    "authorization.k8s.io/v1",
    "autoscaling/v1",
    "batch/v1",
    "certificates.k8s.io/v1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "events.k8s.io/v1",
    "networking.k8s.io/v1",
    "node.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1"
  ].map((version) => [version, version]),
  ...[
    "admissionregistration.k8s.io",
    "apiregistration.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io"
  ].map((group) => [`${group}/v1beta1`, `${group}/v1`]),
  ["extensions/v1beta1", "networking.k8s.io/v1"],
  ["autoscaling/v2beta1", "autoscaling/v2"],
  ["autoscaling/v2beta2", "autoscaling/v2"],
  ["flowcontrol.apiserver.k8s.io/v1beta1", "flowcontrol.apiserver.k8s.io/v1"]
]);
var YOUNGER_KINDS = /* @__PURE__ */ new Set([
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "SelfSubjectReview"
]);
var NOT_MERGED = /* @__PURE__ */ new Set([
  "V1EphemeralContainer.ports",
  "V1MutatingWebhook.matchConditions",
  "V1ValidatingWebhook.matchConditions",
  "V1PodSpec.resourceClaims",
  "V1PodSpec.schedulingGates",
  "V1PodStatus.hostIPs",
  "V1PodStatus.resourceClaimStatuses"
]);
var known2 = /* @__PURE__ */ new Map();
function builtInSchema(apiVersion, kind) {
  const version = VERSIONS2.get(apiVersion);
  if (version === void 0 || YOUNGER_KINDS.has(kind)) return void 0;
  const key = `${version}/${kind}`;
  if (!known2.has(key)) {
    const type = schemaOf(version, kind);
    known2.set(key, type && new BuiltInSchema(rootSchema(type)));
  }
  return known2.get(key);
}
var BuiltInSchema = class _BuiltInSchema {
  mergeKeys;
  #schema;
  #fields = /* @__PURE__ */ new Map();
  #items;
  constructor(schema, isMerged = true) {
    this.#schema = schema;
    this.mergeKeys = schema.kind === "list" && isMerged ? mergeKeysOf(schema) : void 0;
  }
  field(name) {
    const schema = this.#schema;
    if (schema.kind !== "object" && schema.kind !== "map") return void 0;
    if (this.#fields.has(name)) return this.#fields.get(name);
    const found = schemaAtStep(schema, name);
    const isMerged = schema.kind !== "object" || !NOT_MERGED.has(`${schema.type.name}.${name}`);
    const field = found && new _BuiltInSchema(found, isMerged);
    if (schema.kind === "object") this.#fields.set(name, field);
    return field;
  }
  items() {
    if (this.#schema.kind !== "list") return void 0;
    this.#items ??= new _BuiltInSchema(this.#schema.item);
    return this.#items;
  }
};
function mergeKeysOf(schema) {
  if (schema.patch !== "merge") return void 0;
  if (schema.listType === "map") return schema.mapKeys;
  return schema.mergeKey === void 0 ? [] : [schema.mergeKey];
}
function documentSchemas(document) {
  const definitions = fieldOf(document, "definitions");
  const byKind = /* @__PURE__ */ new Map();
  if (definitions?.kind === "map") {
    for (const definition of definitions.fields.values()) {
      const kinds = fieldOf(definition, "x-kubernetes-group-version-kind");
      for (const item of kinds?.kind === "list" ? kinds.items : []) {
        const [group, version] = [textOf(fieldOf(item, "group")), textOf(fieldOf(item, "version"))];
        byKind.set(`${group === "" ? version : `${group}/${version}`}/${textOf(fieldOf(item, "kind"))}`, definition);
      }
    }
  }
  return (apiVersion, kind) => {
    const definition = byKind.get(`${apiVersion}/${kind}`);
    return definition && new DocumentSchema(definition, definitions);
  };
}
var MAX_REFERENCES = 20;
var DocumentSchema = class _DocumentSchema {
  mergeKeys;
  #node;
  #definitions;
  constructor(node, definitions) {
    this.#node = node;
    this.#definitions = definitions;
    const strategies = textOf(fieldOf(node, "x-kubernetes-patch-strategy")).split(",");
    const mapKeys = fieldOf(node, "x-kubernetes-list-map-keys");
    const mergeKey = textOf(fieldOf(node, "x-kubernetes-patch-merge-key"));
    if (!strategies.includes("merge")) this.mergeKeys = void 0;
    else if (mapKeys?.kind === "list") this.mergeKeys = mapKeys.items.map(textOf);
    else this.mergeKeys = mergeKey === "" ? [] : [mergeKey];
  }
  field(name) {
    return this.#follow(
      fieldOf(fieldOf(this.#node, "properties"), name) ?? fieldOf(this.#node, "additionalProperties")
    );
  }
  items() {
    return this.#follow(fieldOf(this.#node, "items"));
  }
  #follow(node) {
    let found = node;
    for (let i = 0; i < MAX_REFERENCES; i++) {
      const reference2 = textOf(fieldOf(found, "$ref"));
      if (reference2 === "") return found?.kind === "map" ? new _DocumentSchema(found, this.#definitions) : void 0;
      found = fieldOf(this.#definitions, reference2.split("/").at(-1) ?? "");
    }
    return void 0;
  }
};

// src/manifests/render/resources/read-resources.ts
function readResources(documents) {
  const nodes = documents.length === 1 ? documents.flatMap(unwrapList) : documents;
  const objects = nodes.filter((node) => !isEmpty(node));
  for (const node of objects) checkObject(node);
  return objects.flatMap(unpackList).map((node) => new Resource(node));
}
function unwrapList(node) {
  const kind = textOf(fieldOf(node, "kind"));
  const items = fieldOf(node, "items");
  if (kind !== "List" && kind !== "ResourceList" || items === void 0) return [node];
  return items.kind === "list" ? items.items : [];
}
function unpackList(node) {
  if (node.kind !== "map") return [];
  if (!textOf(node.fields.get("kind")).endsWith("List")) return [node];
  const items = node.fields.get("items");
  if (items === void 0) return [node];
  if (items.kind !== "list") {
    if (isEmpty(items)) return [];
    throw new RenderError("RenderFailed", "items of a list is no list", { at: items });
  }
  const objects = items.items.filter((item) => !isEmpty(item));
  for (const item of objects) checkObject(item);
  return objects.flatMap(unpackList);
}
function checkObject(node) {
  const kind = fieldOf(node, "kind");
  if (node.kind !== "map" || isEmpty(kind) || textOf(kind) === "") {
    throw new RenderError("ManifestIncomplete", "the object has no kind", {
      help: "add apiVersion and kind, or remove the file from the kustomization",
      at: node
    });
  }
  if (textOf(kind).endsWith("List")) return;
  const name = fieldOf(fieldOf(node, "metadata"), "name");
  if (!isEmpty(name) && textOf(name) !== "") return;
  throw new RenderError("ManifestIncomplete", `the ${textOf(kind)} has no metadata.name`, {
    help: "add metadata.name",
    at: node
  });
}

// src/manifests/render/nodes/path.ts
function splitPath(path, delimiter) {
  const parts = path.split(delimiter);
  if (parts.length > 1 && parts[0] === "") parts.shift();
  const steps2 = [];
  for (const part of parts) {
    const last = steps2.at(-1);
    if (last?.endsWith("\\")) steps2[steps2.length - 1] = `${last.slice(0, -1)}${delimiter}${part}`;
    else steps2.push(part);
  }
  return steps2;
}
function splitFieldPath(path) {
  const split = splitPath(path, ".");
  const steps2 = [];
  for (let i = 0; i < split.length; i++) {
    const part = split[i] ?? "";
    if (!part.startsWith("[") || part.endsWith("]")) {
      steps2.push(part);
      continue;
    }
    const bracketed = [part];
    while (i < split.length - 1) {
      const next = split[++i] ?? "";
      bracketed.push(next);
      if (next.endsWith("]")) break;
    }
    const joined2 = bracketed.join(".");
    steps2.push(joined2.includes("=") ? joined2 : joined2.replace(/^[[\]]+|[[\]]+$/g, ""));
  }
  return steps2;
}
var INDEX = /^[+]?\d+$/;
function lookup(root, path) {
  let node = root;
  for (const step of path.map((part) => part.trim()).filter((part) => part !== "")) {
    if (node === void 0 || isNull(node)) return void 0;
    node = stepInto2(node, step);
  }
  return node;
}
function stepInto2(node, step) {
  if (step === "*") throw new RenderError("RenderFailed", "the wildcard * cannot be used to read a value");
  if (INDEX.test(step) || step === "-") {
    const { items } = expectList(node, step);
    return step === "-" ? items.at(-1) : items[Number(step)];
  }
  if (isListStep(step)) {
    const { name, value } = parseMatch(step);
    return expectList(node, step).items.find(
      (item) => name === "" ? textOf(item) === value : item.kind === "map" && matches(item, name, value)
    );
  }
  if (node.kind !== "map") throw wrongKind(node, "a mapping", step);
  return node.fields.get(step);
}
function matches(item, name, value) {
  const field = item.kind === "map" ? item.fields.get(name) : void 0;
  return field !== void 0 && textOf(field) === value;
}
function isListStep(step) {
  return step?.startsWith("[") === true && step.endsWith("]");
}
function parseMatch(step) {
  const inner = step.replace(/\]$/, "").replace(/^\[/, "");
  const equals = inner.indexOf("=");
  if (equals < 0) {
    throw new RenderError("RenderFailed", `the step ${step} of a path needs the form [field=value]`, {
      help: "write [name=value], or the index of the item"
    });
  }
  return { name: inner.slice(0, equals), value: inner.slice(equals + 1) };
}
function expectList(node, step) {
  if (node.kind === "list") return node;
  throw wrongKind(node, "a list", step);
}
function wrongKind(node, wanted, step) {
  return new RenderError("RenderFailed", `expected ${wanted} at "${step}" and found ${kindName(node)}`, { at: node });
}
function updateMatches(root, path, options, change) {
  const [step, ...rest] = path;
  if (step === void 0) return { node: change(root), count: 1 };
  if (INDEX.test(step)) return updateIndex(root, Number(step), rest, options, change);
  if (isListStep(step)) return updateMatching(root, step, rest, options, change);
  if (step === "*") {
    return isMissing(root) ? { node: root, count: 0 } : updateItems(expectList(root, step), () => true, rest, options, change);
  }
  return updateFieldStep(root, step, rest, options, change);
}
function updateFieldStep(root, step, rest, options, change) {
  if (isMissing(root)) return { node: root, count: 0 };
  if (root.kind !== "map") throw wrongKind(root, "a mapping", step);
  const present = root.fields.get(step);
  if (present === void 0 && options.create === void 0) return { node: root, count: 0 };
  const field = present ?? created(kindOfStep(rest[0], options.create), options.at);
  const { node, count } = updateMatches(field, rest, options, change);
  return { node: node === present ? root : withField(root, step, node), count };
}
function updateIndex(root, index, rest, options, change) {
  const items = isMissing(root) ? [] : [...expectList(root, String(index)).items];
  if (items.length === index && options.create !== void 0 && root.kind === "list") {
    items.push(created(kindOfStep(rest[0], options.create), options.at));
  }
  const item = items[index];
  if (item === void 0) {
    throw new RenderError("RenderFailed", `the path wants item ${index} of a list that has ${items.length}`);
  }
  const { node, count } = updateMatches(item, rest, options, change);
  items[index] = node;
  return { node: listNode(items, root), count };
}
function updateMatching(root, step, rest, options, change) {
  const { name, value } = parseMatch(step);
  const isNamed = compilePattern(value, "search");
  const list = isMissing(root) ? void 0 : expectList(root, step);
  const isMatch = (item2) => {
    const field = name === "" ? item2 : item2.kind === "map" ? item2.fields.get(name) : void 0;
    return field?.kind === "scalar" && isNamed(field.text);
  };
  const found = list && updateItems(list, isMatch, name === "" ? [] : rest, options, change);
  if (found !== void 0 && found.count > 0) return found;
  if (options.create === void 0 || list === void 0) return { node: root, count: 0 };
  const key = scalar(value, options.at, "");
  const item = name === "" ? key : mapNode(/* @__PURE__ */ new Map([[name, key]]), options.at);
  if (!isMatch(item)) return { node: root, count: 0 };
  return updateItems(listNode([...list.items, item], list), isMatch, name === "" ? [] : rest, options, change);
}
function updateItems(list, isMatch, rest, options, change) {
  let count = 0;
  const items = list.items.map((item) => {
    if (!isMatch(item)) return item;
    const updated = updateMatches(item, rest, options, change);
    count += updated.count;
    return updated.node;
  });
  return { node: listNode(items, list), count };
}
function kindOfStep(step, last) {
  if (step === void 0 || step === "") return last ?? "map";
  return isListStep(step) || INDEX.test(step) ? "list" : "map";
}
function created(kind, at) {
  if (kind === "map") return mapNode(/* @__PURE__ */ new Map(), at);
  return kind === "list" ? listNode([], at) : scalar("", at, "");
}

// src/manifests/render/config/field-spec.ts
var splitPaths = /* @__PURE__ */ new Map();
function stepsOf(path) {
  let steps2 = splitPaths.get(path);
  if (steps2 === void 0) {
    steps2 = splitPath(path, "/");
    if (splitPaths.size < 1e4) splitPaths.set(path, steps2);
  }
  return steps2;
}
function updateFieldSpec(root, spec, update2) {
  if (!isSelected(gvkOf(textOf(fieldOf(root, "apiVersion")), textOf(fieldOf(root, "kind"))), spec.gvk)) return root;
  return updateAt(root, stepsOf(spec.path), 0, spec, update2);
}
function updateAt(node, steps2, depth, spec, update2) {
  const step = steps2[depth];
  if (step === void 0) return update2.set(node);
  if (isNull(node)) return node;
  if (node.kind === "list") {
    let isChanged = false;
    const items = node.items.map((item) => {
      const next = updateAt(item, steps2, depth, spec, update2);
      isChanged ||= next !== item;
      return next;
    });
    return isChanged ? listNode(items, node) : node;
  }
  if (node.kind !== "map") {
    throw new RenderError(
      "RenderFailed",
      `the path ${spec.path} needs a mapping or list where there is a single value`,
      {
        help: "correct the field spec, or the object",
        at: node
      }
    );
  }
  const isList = step.endsWith("[]");
  const name = isList ? step.slice(0, -2) : step;
  const isLast = depth === steps2.length - 1;
  const isCreated = spec.create && update2.createAs !== void 0 && !isList;
  const kind = isList ? "list" : isCreated ? isLast ? update2.createAs ?? "map" : "map" : void 0;
  const present = node.fields.get(name);
  if (present === void 0 && !isCreated) return node;
  const field = present === void 0 ? created(kind ?? "map", update2.at) : filled2(present, kind);
  return withField(node, name, updateAt(field, steps2, depth + 1, spec, update2));
}
function filled2(node, kind) {
  if (kind === void 0 || !isNull(node)) return node;
  if (kind === "map") return mapNode(/* @__PURE__ */ new Map(), node);
  return kind === "list" ? listNode([], node) : scalar(textOf(node), node, "str");
}
function entrySetter(name, value, at) {
  if (tagOfPlain(name, "1.2") !== "str") {
    throw new RenderError("RenderFailed", `the key ${name} is no text, and kustomize cannot set it`, {
      help: "choose another key (y, n, on and off are booleans unless they are quoted)",
      at
    });
  }
  return (node) => {
    if (node.kind !== "map") {
      throw new RenderError("RenderFailed", `"${name}" cannot be set in something that is no mapping`, { at: node });
    }
    return withField(node, name, scalar(value, at, "str"));
  };
}
function scalarSetter(textFor, at, tag) {
  return (node) => {
    if (node.kind !== "scalar") {
      throw new RenderError("RenderFailed", "a single value cannot be set where there is a mapping or list", {
        at: node
      });
    }
    const text = textFor(node.text);
    return text === node.text && node.tag === tag ? node : withStyleOf(scalar(text, at, tag, node.isQuoted), node);
  };
}

// src/manifests/render/transform/set-metadata.ts
function changeNode(resource, change) {
  if (resource.node === void 0) return;
  try {
    const changed = change(resource.node);
    if (changed.kind === "map") resource.node = changed;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    throw new RenderError(error.code, `${shortId(resource.id)}: ${error.message}`, {
      ...error.help === void 0 ? {} : { help: error.help },
      ...error.at === void 0 ? {} : { at: error.at }
    });
  }
}
function setEntries(list, entries, specs2) {
  const sorted2 = [...entries].sort(([a], [b]) => compareText2(a, b));
  for (const resource of list.items) {
    changeNode(resource, (root) => {
      let node = root;
      for (const [name, { value, at }] of sorted2) {
        const set = entrySetter(name, value, at);
        for (const spec of specs2) node = updateFieldSpec(node, spec, { set, createAs: "map", at });
      }
      return node;
    });
  }
}
var NOT_RENAMED = [
  { group: "", version: "", kind: "CustomResourceDefinition" },
  { group: "apiregistration.k8s.io", version: "", kind: "APIService" },
  { group: "", version: "", kind: "Namespace" }
];
function addAffix(list, affix, options) {
  const isPrefix = options.position === "prefix";
  const textFor = (name) => isPrefix ? `${affix.value}${name}` : `${name}${affix.value}`;
  const set = scalarSetter(textFor, affix.at, "");
  for (const resource of list.items) {
    const original = resource.originalId;
    if (NOT_RENAMED.some((gvk) => isSelected(original.gvk, gvk))) continue;
    for (const spec of options.specs) {
      if (!isSelected(original.gvk, spec.gvk)) continue;
      if (spec.path === "metadata/name" && affix.value !== "") {
        const { state } = resource;
        resource.state = isPrefix ? { ...state, prefixes: [...state.prefixes, affix.value] } : { ...state, suffixes: [...state.suffixes, affix.value] };
        resource.rememberId();
      }
      changeNode(resource, (node) => updateFieldSpec(node, spec, { set, createAs: "scalar", at: affix.at }));
    }
  }
}
function setNamespace(list, namespace, options) {
  for (const resource of list.items) {
    resource.rememberId();
    changeNode(resource, (node) => namespaced(node, resource.id, namespace, options));
  }
  list.checkUnique();
}
function namespaced(node, { gvk }, { value, at }, { specs: specs2, unsetOnly, subjects }) {
  const setText = scalarSetter(() => value, at, "str");
  const set = (found) => unsetOnly && textOf(found) !== "" ? found : setText(found);
  const update2 = { set, createAs: "scalar", at };
  let result = node;
  if (!isClusterScoped(gvk)) {
    const spec = { gvk: { group: "", version: "", kind: "" }, path: "metadata/namespace", create: true };
    result = updateFieldSpec(result, spec, update2);
  }
  const isBinding = gvk.kind === "RoleBinding" || gvk.kind === "ClusterRoleBinding";
  if (isBinding) result = withSubjects(result, subjects, set, at);
  const isCore = gvk.group === "" && gvk.version === "v1";
  for (const spec of specs2) {
    if (spec.path === "metadata/namespace" || spec.path === "metadata/name" && !isCore) continue;
    const isForSubjects = spec.gvk.kind === "RoleBinding" || spec.gvk.kind === "ClusterRoleBinding";
    if (isBinding && isForSubjects && spec.path === "subjects/namespace") continue;
    result = updateFieldSpec(result, spec, update2);
  }
  return result;
}
function withSubjects(node, mode, set, at) {
  const subjects = fieldOf(node, "subjects");
  if (mode === "none" || subjects?.kind !== "list" || node.kind !== "map") return node;
  const isMeant = (subject) => mode === "defaultOnly" ? textOf(fieldOf(subject, "name")) === "default" : textOf(fieldOf(subject, "kind")) === "ServiceAccount";
  const items = subjects.items.map((subject) => {
    if (subject.kind !== "map" || !isMeant(subject)) return subject;
    return withField(subject, "namespace", set(subject.fields.get("namespace") ?? scalar("", at, "")));
  });
  return withField(node, "subjects", { ...subjects, items });
}

// src/manifests/render/transform/resolve-vars.ts
function bindVars(list, vars) {
  for (const variable of vars) {
    const target = { gvk: variable.gvk, name: variable.objectName, namespace: variable.namespace };
    const matches2 = list.matchingAnyId(
      (id) => id.name === target.name && gvkEqual(id.gvk, target.gvk) && (target.namespace === "" || effectiveNamespace(id) === target.namespace)
    );
    const [resource] = matches2;
    if (matches2.length > 1) {
      const names = matches2.map(({ id }) => shortId(id)).join(", ");
      throw new RenderError("RenderFailed", `the var ${variable.name} could mean any of ${names}`, {
        help: "name the namespace in objref",
        at: variable.at
      });
    }
    if (resource !== void 0) resource.refVarNames = [...resource.refVarNames, variable.name];
  }
}
function resolveVars(list, vars, specs2) {
  if (vars.length === 0) return;
  const values = new Map(vars.map((variable) => [variable.name, readVar2(list, variable)]));
  const replacer = new VarReplacer(values);
  for (const resource of list.items) {
    changeNode(
      resource,
      (root) => specs2.reduce(
        (node, spec) => updateFieldSpec(node, spec, { set: (found) => replacer.replace(found), at: root }),
        root
      )
    );
  }
}
function readVar2(list, { name, fieldPath, at }) {
  const resource = list.items.find(({ refVarNames }) => refVarNames.includes(name));
  if (resource?.node === void 0) {
    throw new RenderError("RenderFailed", `the object of the var ${name} is not among the resources`, {
      help: "correct objref",
      at
    });
  }
  const steps2 = splitFieldPath(fieldPath).flatMap((step) => {
    const match = /^(.*)\[(\d+)\]$/.exec(step);
    return match === null ? [step] : [match[1] ?? "", match[2] ?? ""].filter((part) => part !== "");
  });
  const node = lookup(resource.node, steps2);
  if (node !== void 0) return node;
  throw new RenderError("RenderFailed", `${shortId(resource.id)} has no ${fieldPath}, which the var ${name} reads`, {
    help: "correct fieldref.fieldPath",
    at
  });
}
var VarReplacer = class {
  #values;
  constructor(values) {
    this.#values = values;
  }
  replace(node) {
    if (isMissing(node)) return node;
    if (node.kind === "scalar") return isText(node) ? this.#expand(node) : node;
    if (node.kind === "map") {
      const fields = /* @__PURE__ */ new Map();
      for (const [name, value] of node.fields) {
        fields.set(name, value.kind === "scalar" && isText(value) ? this.#expand(value) : value);
      }
      return { ...node, fields };
    }
    const items = node.items.map((item) => {
      if (item.kind === "scalar" && isText(item)) return this.#expand(item);
      throw new RenderError("RenderFailed", "a list in which vars are replaced may hold text only", { at: item });
    });
    return { ...node, items };
  }
  /** `$(NAME)` alone takes over the type of the value; `$$` is a dollar; a name that is no var stays as it is. */
  #expand(node) {
    const { text } = node;
    if (!text.includes("$")) return node;
    const whole = /^\$\(([^)]*)\)$/.exec(text);
    const value = whole === null ? void 0 : this.#scalarOf(whole[1] ?? "");
    if (value !== void 0) return scalar(value.text, value, valueTag(value), false);
    const wanted = [...text.matchAll(/\$\(([^)]*)\)/g)].reduce(
      (sum, [, name]) => sum + this.#textFor(name ?? "").length,
      0
    );
    if (wanted > LIMITS.objectBytes) {
      throw new RenderError("LimitExceeded", "the vars of a value are larger than an object may be (objectBytes)", {
        at: node
      });
    }
    let result = "";
    for (let at = 0; at < text.length; at++) {
      const char = text[at] ?? "";
      const next = text[at + 1];
      if (char !== "$" || next === void 0) result += char;
      else if (next === "(") {
        const end = text.indexOf(")", at + 2);
        if (end < 0) result += "$(";
        else result += this.#textFor(text.slice(at + 2, end));
        at = end < 0 ? at + 1 : end;
      } else {
        result += next === "$" ? "$" : `$${next}`;
        at++;
      }
    }
    return scalar(result, result === text ? node : this.#placeOf(text, node), "str", false);
  }
  #scalarOf(name) {
    const value = this.#values.get(name);
    return value?.kind === "scalar" && finalTag(value) !== "null" ? value : void 0;
  }
  #textFor(name) {
    return this.#scalarOf(name)?.text ?? `$(${name})`;
  }
  /** That of the first value, or of one that was decrypted. */
  #placeOf(text, node) {
    const values = [...text.matchAll(/\$\(([^)]*)\)/g)].flatMap(([, name]) => this.#values.get(name ?? "") ?? []);
    return [node, ...values].find(isDecrypted) ?? values[0] ?? node;
  }
};
function isText(node) {
  return node.tag === "str" || node.tag === "";
}
function valueTag(node) {
  const tag = finalTag(node);
  return tag === "int" || tag === "float" || tag === "bool" ? tag : "str";
}

// src/manifests/render/resources/resource-list.ts
var ResourceList = class _ResourceList {
  items;
  /** The objects by what they are called now; made anew after a change of names. */
  #known;
  constructor(items = []) {
    this.items = [...items];
  }
  /** Objects that a later build changes without changing these. */
  copy() {
    return new _ResourceList(this.items.map((resource) => resource.copy()));
  }
  /** Adds objects; throws for one that is called like another. */
  appendAll(resources) {
    if (this.#known?.size !== this.items.length) this.touch();
    this.#known ??= new Map(this.items.map((resource) => [idKey(resource.id), resource]));
    const known3 = this.#known;
    for (const resource of resources) {
      const key = idKey(resource.id);
      const other = known3.get(key);
      if (other !== void 0) throw duplicate(resource, other);
      known3.set(key, resource);
      this.items.push(resource);
    }
  }
  /** To be called after names may have changed, before objects are added. */
  touch() {
    this.#known = void 0;
  }
  /** Adds what a generator made: a new object, or changes to one that is there, as its behaviour says. */
  absorb(resource) {
    const { id } = resource;
    const matches2 = this.matchingAnyId((candidate) => idsEqual(candidate, id));
    const behavior = resource.state.behavior ?? "unspecified";
    const [old] = matches2;
    if (old === void 0) {
      if (behavior !== "merge" && behavior !== "replace") return this.appendAll([resource]);
      throw new RenderError("RenderFailed", `there is no ${shortId(id)} that the generator could ${behavior}`, {
        help: "correct the name and namespace, or remove the behavior to create it"
      });
    }
    if (matches2.length > 1) {
      throw new RenderError(
        "RenderFailed",
        `${matches2.length} objects could be the ${shortId(id)} to ${behavior}: ${listPlaces(matches2)}`,
        { help: "say which with a namespace" }
      );
    }
    if (behavior !== "merge" && behavior !== "replace") {
      throw new RenderError("ObjectDuplicate", `${shortId(id)} is there already, from ${placeOf(old)}`, {
        help: "set behavior: merge or replace, or choose another name"
      });
    }
    this.items[this.items.indexOf(old)] = combine(old, resource, behavior);
  }
  matchingAnyId(matches2) {
    return this.items.filter((resource) => matches2(resource.id) || resource.previousIds.some(matches2));
  }
  /** The one object that is or was called so. */
  findById(id) {
    const matches2 = this.matchingAnyId((candidate) => idsEqual(candidate, id));
    const [found] = matches2;
    if (found !== void 0 && matches2.length === 1) return found;
    throw new RenderError(
      "RenderFailed",
      matches2.length === 0 ? `no object matches ${shortId(id)} (${apiVersionOf(id)})` : `${matches2.length} objects match ${shortId(id)}: ${listPlaces(matches2)}`,
      {
        help: matches2.length === 0 ? this.#suggest(id) : "name the namespace, or use target: to select what you mean"
      }
    );
  }
  #suggest(id) {
    const near = this.items.filter(({ id: other }) => other.name === id.name || other.gvk.kind === id.gvk.kind);
    if (near.length === 0) return "add the object to resources, or correct apiVersion, kind, name and namespace";
    const names = near.slice(0, 3).map((resource) => `${shortId(resource.id)} (${apiVersionOf(resource.id)})`);
    return `correct apiVersion, kind, name and namespace; there is ${names.join(", ")}`;
  }
  dropDeleted() {
    if (this.items.some(({ node }) => isEmpty(node))) this.items = this.items.filter(({ node }) => !isEmpty(node));
  }
  /** Throws when two objects are called the same after a change. */
  checkUnique() {
    const known3 = /* @__PURE__ */ new Map();
    for (const resource of this.items) {
      const key = idKey(resource.id);
      const other = known3.get(key);
      if (other !== void 0) throw duplicate(resource, other);
      known3.set(key, resource);
    }
  }
};
function apiVersionOf({ gvk }) {
  return gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
}
function placeOf(resource) {
  return `${resource.place.file.path}:${lineOf(resource.place)}`;
}
function listPlaces(resources) {
  const places = resources.slice(0, 5).map((resource) => `${shortId(resource.id)} of ${placeOf(resource)}`);
  return `${places.join(", ")}${resources.length > 5 ? ", \u2026" : ""}`;
}
function duplicate(resource, other) {
  return new RenderError(
    "ObjectDuplicate",
    `${shortId(resource.id)} is there twice: from ${placeOf(resource)} and from ${placeOf(other)}`,
    { help: "keep one of the two, or give one another name or namespace" }
  );
}
function combine(old, made, behavior) {
  if (old.node === void 0 || made.node === void 0) return made;
  let node = made.node;
  node = withEntries(node, "labels", mergedEntries(old.node, made.node, "labels"));
  node = withEntries(node, "annotations", mergedEntries(old.node, made.node, "annotations"));
  node = withIdentity(node, old);
  if (behavior === "merge") {
    for (const field of ["data", "binaryData"]) {
      const before = old.node.fields.get(field);
      const after = node.fields.get(field);
      if (before?.kind !== "map") continue;
      const fields = new Map([...before.fields, ...after?.kind === "map" ? after.fields : []]);
      node = fields.size === 0 ? withoutField(node, field) : withField(node, field, mapNode(fields, after ?? before));
    }
  }
  const state = {
    ...old.state,
    needsHash: old.state.needsHash && made.state.needsHash,
    origin: behavior === "merge" ? old.state.origin : made.state.origin
  };
  const combined = new Resource(node, state, made.place);
  combined.refVarNames = old.refVarNames;
  return combined;
}
function mergedEntries(old, made, field) {
  const merged = /* @__PURE__ */ new Map();
  for (const node of [old, made]) {
    const entries = entriesNode(node, field);
    for (const [name, value] of entries) merged.set(name, value);
  }
  return merged;
}
function entriesNode(node, field) {
  const metadata = node.kind === "map" ? node.fields.get("metadata") : void 0;
  const entries = metadata?.kind === "map" ? metadata.fields.get(field) : void 0;
  return entries?.kind === "map" ? entries.fields : /* @__PURE__ */ new Map();
}
function withEntries(node, field, entries) {
  const metadata = node.fields.get("metadata");
  if (metadata?.kind !== "map") return node;
  if (entries.size === 0) return withField(node, "metadata", withoutField(metadata, field));
  const texts = /* @__PURE__ */ new Map();
  for (const [name, value] of entries) texts.set(name, asText(value));
  return withField(
    node,
    "metadata",
    withField(metadata, field, mapNode(texts, metadata.fields.get(field) ?? metadata))
  );
}
function asText(value) {
  if (value.kind === "scalar" && value.tag === "str") return value;
  return scalar(value.kind === "scalar" ? value.text : "", value, "str");
}
function withIdentity(node, old) {
  const metadata = node.fields.get("metadata");
  if (metadata?.kind !== "map") return node;
  const { name, namespace } = old.id;
  const named = withField(metadata, "name", scalar(name, metadata.fields.get("name") ?? metadata, "str"));
  const placed = namespace === "" ? withoutField(named, "namespace") : withField(named, "namespace", scalar(namespace, metadata.fields.get("namespace") ?? metadata, "str"));
  return withField(node, "metadata", placed);
}

// src/manifests/render/build/accumulator.ts
var Accumulator = class _Accumulator {
  list = new ResourceList();
  config = EMPTY_CONFIG;
  vars = [];
  mergeConfig(config) {
    this.config = mergeConfigs(this.config, config);
  }
  addVars(vars) {
    for (const variable of vars) {
      if (this.vars.some(({ name }) => name === variable.name)) {
        throw new RenderError("RenderFailed", `the var ${variable.name} is there twice`, {
          help: "give one of the two another name",
          at: variable.at
        });
      }
      this.vars = [...this.vars, variable];
    }
  }
  merge(other) {
    this.list.appendAll(other.list.items);
    this.mergeConfig(other.config);
    this.addVars(other.vars);
  }
  /** A copy that can be changed without changing this. */
  copy() {
    const copy = new _Accumulator();
    copy.list = this.list.copy();
    copy.config = this.config;
    copy.vars = this.vars;
    return copy;
  }
};

// src/manifests/render/build/referenced-paths.ts
function referencedPaths(kustomization) {
  const lists = [
    kustomization.resources,
    kustomization.crds,
    kustomization.configurations,
    kustomization.generators,
    kustomization.transformers,
    kustomization.validators,
    kustomization.patchesStrategicMerge
  ];
  const { openapi, patches, patchesJson6902, replacements } = kustomization;
  return [
    ...lists.flatMap((list) => list.map(({ value }) => value)),
    ...[...patches, ...patchesJson6902, ...replacements].map(({ path }) => path),
    ...[...kustomization.configMapGenerator, ...kustomization.secretGenerator].flatMap(pathsOfGenerator),
    openapi.path?.value ?? ""
  ].filter((path) => path !== "" && !/[\n{]/.test(path));
}
function pathsOfGenerator({ files, envs }) {
  return [...files.map(({ value }) => value.slice(value.indexOf("=") + 1)), ...envs.map(({ value }) => value)];
}

// src/manifests/render/generate/generate-config.ts
import { sha256 as sha2564 } from "@noble/hashes/sha2.js";
import { bytesToHex as bytesToHex5, utf8ToBytes as utf8ToBytes4 } from "@noble/hashes/utils.js";
function generateConfig(kind, args, read2) {
  const { at, name, namespace, options } = args;
  if (name === "") {
    throw new RenderError("KustomizationInvalid", `a ${kind} to be generated has no name`, { help: "add name:", at });
  }
  const entries = readEntries(args, read2);
  const metadata = /* @__PURE__ */ new Map([["name", scalar(name, at)]]);
  if (namespace !== "") metadata.set("namespace", scalar(namespace, at));
  if (options !== void 0 && options.labels.size > 0) metadata.set("labels", textsNode(options.labels, at));
  if (options !== void 0 && options.annotations.size > 0) {
    metadata.set("annotations", textsNode(options.annotations, at));
  }
  const fields = /* @__PURE__ */ new Map([
    ["apiVersion", scalar("v1", at)],
    ["kind", scalar(kind, at)],
    ["metadata", mapNode(metadata, at)]
  ]);
  if (kind === "Secret") fields.set("type", scalar(args.type || "Opaque", at));
  for (const [field, data] of kind === "Secret" ? secretData(entries, at) : configMapData(entries, at)) {
    fields.set(field, data);
  }
  if (options?.immutable === true) fields.set("immutable", scalar("true", at, "bool"));
  const resource = new Resource(mapNode(fields, at));
  const needsHash = options?.disableNameSuffixHash !== true;
  resource.state = { ...resource.state, behavior: args.behavior, needsHash };
  return resource;
}
function textsNode(texts, at) {
  return mapNode(new Map([...texts].map(([name, text]) => [name, scalar(text.value, text.at)])), at);
}
function readEntries(args, read2) {
  const entries = [
    ...args.envs.flatMap((path) => readEnvFile(path, read2)),
    ...args.literals.map(readLiteral),
    ...args.files.map((source) => readFileSource(source, read2))
  ];
  const seen = /* @__PURE__ */ new Set();
  for (const { key, at } of entries) {
    if (seen.has(key)) {
      throw new RenderError("RenderFailed", `the key ${key} is there twice`, { help: "keep one of the two", at });
    }
    seen.add(key);
  }
  return entries;
}
function readLiteral({ value, at }) {
  const equals = value.indexOf("=");
  if (equals <= 0) {
    throw new RenderError("RenderFailed", "a literal has to have the form key=value", {
      help: "add the key and =",
      at
    });
  }
  const text = value.slice(equals + 1);
  const isQuoted = text.length >= 2 && text[0] === text.at(-1) && (text[0] === '"' || text[0] === "'");
  return { key: value.slice(0, equals), bytes: utf8ToBytes4(isQuoted ? text.slice(1, -1) : text), at };
}
function readFileSource(source, read2) {
  const parts = source.value.split("=");
  const [first = "", second] = parts;
  if (parts.length > 2 || second !== void 0 && (first === "" || second === "")) {
    throw new RenderError("RenderFailed", `the file source ${source.value} has to have the form path or key=path`, {
      help: "a key and a path may have no = themselves",
      at: source.at
    });
  }
  const path = second ?? first;
  const key = second === void 0 ? path.split("/").at(-1) ?? path : first;
  return { key, ...read2({ value: path, at: source.at }, key, "file") };
}
function readEnvFile(path, read2) {
  const { bytes, at } = read2(path, path.value, "env");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RenderError("RenderFailed", `the env file ${path.value} is not UTF-8`, { at: path.at });
  }
  const entries = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const content = line.replace(/\r$/, "").trimStart();
    if (content !== "" && !content.startsWith("#")) {
      const equals = content.indexOf("=");
      const key = equals < 0 ? content : content.slice(0, equals);
      const value = equals < 0 ? "" : content.slice(equals + 1);
      if (key !== "") entries.push({ key, bytes: utf8ToBytes4(value), at: { file: at.file, start } });
    }
    start += line.length + 1;
  }
  return entries;
}
function configMapData(entries, at) {
  const data = /* @__PURE__ */ new Map();
  const binaryData = /* @__PURE__ */ new Map();
  for (const entry of sorted(entries)) {
    const text = decodeUtf8(entry.bytes);
    if (text !== void 0) data.set(entry.key, scalar(text, entry.at));
    else binaryData.set(entry.key, scalar(base64Lines(entry.bytes), entry.at));
  }
  return [
    ...data.size > 0 ? [["data", mapNode(data, at)]] : [],
    ...binaryData.size > 0 ? [["binaryData", mapNode(binaryData, at)]] : []
  ];
}
function secretData(entries, at) {
  const data = sorted(entries).map(({ key, bytes, at: place }) => [key, scalar(base64Lines(bytes), place)]);
  return [["data", mapNode(new Map(data), at)]];
}
function sorted(entries) {
  return [...entries].sort((a, b) => compareText2(a.key, b.key));
}
var utf82 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
function decodeUtf8(bytes) {
  try {
    return utf82.decode(bytes);
  } catch {
    return void 0;
  }
}
var BASE64_LINE = 70;
function base64Lines(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  const encoded = btoa(binary);
  if (encoded.length < BASE64_LINE) return encoded;
  return encoded.replace(/.{1,70}/g, "$&\n");
}
function mergeGeneratorOptions(own, common) {
  if (own === void 0 || common === void 0) return own ?? common;
  return {
    labels: new Map([...common.labels, ...own.labels]),
    annotations: new Map([...common.annotations, ...own.annotations]),
    disableNameSuffixHash: own.disableNameSuffixHash || common.disableNameSuffixHash,
    immutable: own.immutable || common.immutable
  };
}
function addHashes(list) {
  for (const resource of list.items) {
    if (!resource.state.needsHash) continue;
    const hash = contentHash(resource);
    resource.rememberId();
    changeNode(resource, (node) => {
      const metadata = node.fields.get("metadata");
      if (metadata?.kind !== "map") return node;
      const name = metadata.fields.get("name") ?? node;
      const named = withField(metadata, "name", scalar(`${textOf(name)}-${hash}`, name));
      return withField(node, "metadata", named);
    });
  }
}
var HASH_LETTERS = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };
function contentHash({ node }) {
  const kind = textOf(fieldOf(node, "kind"));
  const optional = kind === "Secret" ? "stringData" : "binaryData";
  const content = { kind, name: "", data: hashedValue(fieldOf(node, "data")) };
  if (kind === "Secret") content["type"] = hashedValue(fieldOf(node, "type"));
  const extra = fieldOf(node, optional);
  if (extra?.kind === "map") content[optional] = jsonOf(extra);
  const hex = bytesToHex5(sha2564(utf8ToBytes4(goJson(content))));
  return Array.from(hex.slice(0, 10), (letter) => HASH_LETTERS[letter] ?? letter).join("");
}
function hashedValue(node) {
  if (node === void 0) return "";
  return node.kind === "scalar" ? node.text : jsonOf(node);
}
function goJson(value) {
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => compareText2(a, b));
    return `{${entries.map(([name, child]) => `${goString(name)}:${goJson(child)}`).join(",")}}`;
  }
  return typeof value === "string" ? goString(value) : JSON.stringify(value);
}
function goString(text) {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
  );
}

// src/manifests/render/transform/select-resources.ts
function selectResources(resources, selector) {
  const { gvk } = selector;
  const [group, version, kind] = [gvk.group, gvk.version, gvk.kind].map(patternOf);
  const [name, namespace] = [selector.name, selector.namespace].map(patternOf);
  const labels = selectorMatcher(selector.labelSelector);
  const annotations = selectorMatcher(selector.annotationSelector);
  return resources.filter((resource) => {
    const { id } = resource;
    const original = resource.originalId;
    return (namespace?.(effectiveNamespace(original)) !== false || namespace(effectiveNamespace(id))) && (name?.(original.name) !== false || name(id.name)) && group?.(id.gvk.group) !== false && version?.(id.gvk.version) !== false && kind?.(id.gvk.kind) !== false && matchesEntries(resource, labels, "labels") && matchesEntries(resource, annotations, "annotations");
  });
}
function patternOf(text) {
  return text === "" ? void 0 : compilePattern(text, "whole");
}
function selectorMatcher(text) {
  if (text.trim() === "") return void 0;
  try {
    return parseLabelSelector(text);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new RenderError("RenderFailed", `the selector ${JSON.stringify(text)} cannot be read: ${error.message}`, {
      help: "write it as kubectl takes it: a=b,c in (d,e),!f"
    });
  }
}
function matchesEntries(resource, matcher, field) {
  return matcher === void 0 || matcher(Object.fromEntries(metadataEntries(resource.node, field)));
}

// src/manifests/render/transform/set-images.ts
function setImage(list, image, specs2) {
  const isNamed = compilePattern(`${image.name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?`, "whole");
  const rename = scalarSetter((former) => renameImage(former, image), image.at, "");
  const set = (node) => {
    if (node.kind === "scalar" && !isNamed(node.text)) return node;
    return rename(node);
  };
  for (const resource of list.items) {
    if (resource.gvk.kind === "CustomResourceDefinition") continue;
    changeNode(
      resource,
      (root) => specs2.reduce(
        (node, spec) => updateFieldSpec(node, spec, { set, at: image.at }),
        updateContainers(root, set)
      )
    );
  }
}
function updateContainers(node, set) {
  if (node.kind === "list") {
    const items = node.items.map((item) => updateContainers(item, set));
    return items.every((item, index) => item === node.items[index]) ? node : { ...node, items };
  }
  if (node.kind !== "map") return node;
  let updated = node;
  for (const [name, value] of node.fields) {
    let next = updateContainers(value, set);
    if ((name === "containers" || name === "initContainers") && next.kind === "list") next = updateImages(next, set);
    updated = withField(updated, name, next);
  }
  return updated;
}
function updateImages(list, set) {
  let isChanged = false;
  const items = list.items.map((item) => {
    const image = item.kind === "map" ? item.fields.get("image") : void 0;
    if (item.kind !== "map" || image === void 0) return item;
    const next = withField(item, "image", set(image));
    isChanged ||= next !== item;
    return next;
  });
  return isChanged ? { ...list, items } : list;
}
function renameImage(former, { newName, newTag, tagSuffix, digest: newDigest }) {
  const { name, tag, digest } = splitImage(former);
  let [nextTag, nextDigest] = [tag, digest];
  if (newTag !== "" || newDigest !== "") [nextTag, nextDigest] = [newTag, newDigest];
  else if (tagSuffix !== "") [nextTag, nextDigest] = [tag + tagSuffix, ""];
  return `${newName || name}${nextTag === "" ? "" : `:${nextTag}`}${nextDigest === "" ? "" : `@${nextDigest}`}`;
}
function splitImage(image) {
  const slash = Math.max(image.indexOf("/"), 0);
  const at = image.indexOf("@", slash);
  const colon = image.indexOf(":", slash);
  if (at >= 0 && (colon < 0 || at < colon)) return { name: image.slice(0, at), tag: "", digest: image.slice(at + 1) };
  if (colon < 0) return { name: image, tag: "", digest: "" };
  const tag = image.slice(colon + 1, at < 0 ? void 0 : at);
  return { name: image.slice(0, colon), tag, digest: at < 0 ? "" : image.slice(at + 1) };
}
function setReplicas(list, replica, specs2) {
  const set = scalarSetter(() => String(replica.count), replica.at, "int");
  let isFound = false;
  for (const spec of specs2) {
    const found = list.matchingAnyId(({ name, gvk }) => name === replica.name && isSelected(gvk, spec.gvk));
    isFound ||= found.length > 0;
    for (const resource of found) {
      changeNode(resource, (node) => updateFieldSpec(node, spec, { set, createAs: "scalar", at: replica.at }));
    }
  }
  if (isFound) return;
  const kinds = [...new Set(specs2.map(({ gvk }) => gvk.kind))].join(", ");
  throw new RenderError("RenderFailed", `no object named ${replica.name} has replicas (kinds: ${kinds})`, {
    help: "correct the name, or remove the entry"
  });
}

// src/manifests/render/nodes/measure.ts
function measure(node, limit) {
  if (node.kind === "scalar") return node.text.length + 3;
  let size = 2;
  if (node.kind === "list") {
    for (const item of node.items) {
      size += measure(item, limit - size);
      if (size > limit) return size;
    }
    return size;
  }
  for (const [name, value] of node.fields) {
    size += name.length + 4 + measure(value, limit - size);
    if (size > limit) return size;
  }
  return size;
}
function checkSize(node, what, at) {
  if (measure(node, LIMITS.objectBytes) <= LIMITS.objectBytes) return;
  throw new RenderError("LimitExceeded", `${what} has more than ${LIMITS.objectBytes} bytes as JSON (objectBytes)`, {
    help: "make it smaller",
    at
  });
}

// src/manifests/render/patch/json-patch.ts
function readJsonPatch(node) {
  if (node.kind !== "list") throw malformed("a JSON patch is a list of operations", node);
  if (node.items.length > LIMITS.jsonPatchOperations) {
    throw new RenderError("LimitExceeded", "the JSON patch has too many operations (jsonPatchOperations)", {
      at: node
    });
  }
  return node.items.map((item) => {
    if (item.kind !== "map") throw malformed("an operation of a JSON patch is a mapping", item);
    const from = fieldOf(item, "from");
    return {
      op: textOf(fieldOf(item, "op")),
      path: textOf(fieldOf(item, "path")),
      from: from && textOf(from),
      value: fieldOf(item, "value"),
      at: item
    };
  });
}
function malformed(message, at) {
  return new RenderError("RenderFailed", message, {
    help: "write a list of op, path and value (RFC 6902)",
    at
  });
}
function applyJsonPatchToNode(root, operations) {
  let node = throughJson(root);
  for (const operation of operations) node = applyOperation(node, operation);
  if (node.kind !== "map") throw malformed("the patch leaves something that is no object", root);
  return node;
}
function applyOperation(root, operation) {
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case "add":
      return add(root, path, operandOf(operation), operation);
    case "replace":
      return replace2(root, path, operandOf(operation), operation);
    case "remove":
      return remove(root, path, operation);
    case "move": {
      const from = parsePointer(operation.from ?? "");
      const moved2 = read(root, from, operation);
      if (moved2 === void 0) throw missing(operation, operation.from ?? "");
      return add(remove(root, from, operation), path, moved2, operation);
    }
    case "copy": {
      const copied = read(root, parsePointer(operation.from ?? ""), operation);
      if (copied !== void 0) checkSize(root, "the object that is patched", operation.at);
      return add(root, path, copied ?? scalar("null", operation.at, "null"), operation);
    }
    case "test":
      return test(root, path, operation);
    default:
      throw failed(operation, `${JSON.stringify(operation.op)} is no operation of a JSON patch`, OPERATIONS_HELP);
  }
}
var OPERATIONS_HELP = "write add, remove, replace, move, copy or test";
function operandOf(operation) {
  if (operation.value !== void 0) return throughJson(operation.value);
  throw failed(operation, `the operation ${operation.op} has no value`, "add value:");
}
function test(root, path, operation) {
  const found = path.length === 0 ? root : read(root, path, operation);
  const actual = found === void 0 ? null : jsonOf(found);
  const wanted = operation.value === void 0 ? null : jsonOf(operation.value);
  if (jsonEqual(actual, wanted)) return root;
  throw failed(operation, `the test of ${operation.path} failed`, "correct the value, or remove the test");
}
function failed(operation, message, help) {
  return new RenderError("RenderFailed", message, { help, at: operation.at });
}
function missing(operation, pointer) {
  const message = `the operation ${operation.op} wants ${pointer || "the whole object"}, which does not exist`;
  return failed(operation, message, "correct the path, or add what is missing with an operation before this one");
}
function parsePointer(pointer) {
  const steps2 = pointer.split("/").slice(1);
  if (steps2.length > LIMITS.jsonPointerSteps) throw new RenderError("LimitExceeded", "a JSON pointer is too deep");
  return steps2.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
function read(root, path, operation) {
  let node = root;
  for (const [depth, step] of path.entries()) {
    if (node === void 0) throw missing(operation, operation.path);
    if (node.kind === "map") node = node.fields.get(step);
    else if (node.kind === "list") node = node.items[indexOf(step, node.items.length, operation)];
    else if (depth === path.length - 1) return void 0;
    else throw missing(operation, operation.path);
  }
  return node;
}
function indexOf(step, length, operation) {
  if (!/^[-+]?\d{1,9}$/.test(step)) {
    throw failed(operation, `"${step}" in ${operation.path} is no index of a list`, "write a number, or - for the end");
  }
  const index = Number(step);
  const fromEnd = index < 0 ? length + index : index;
  if (fromEnd < 0) throw missing(operation, operation.path);
  return fromEnd;
}
function update(node, path, operation, edit) {
  const [step = "", ...rest] = path;
  if (path.length <= 1) return edit(node, step);
  if (node.kind === "list") {
    const index = indexOf(step, node.items.length, operation);
    const item = node.items[index];
    if (item === void 0) throw missing(operation, operation.path);
    return listNode(node.items.with(index, update(item, rest, operation, edit)), node);
  }
  const child = fieldOf(node, step);
  if (child === void 0 || node.kind !== "map") throw missing(operation, operation.path);
  return withField(node, step, update(child, rest, operation, edit));
}
function add(root, path, value, operation) {
  return update(root, path, operation, (parent, step) => {
    if (parent.kind === "map") return withField(parent, step, value);
    if (parent.kind !== "list") throw missing(operation, operation.path);
    if (step === "-") return listNode([...parent.items, value], parent);
    const index = indexOf(step, parent.items.length + 1, operation);
    if (index > parent.items.length) throw missing(operation, operation.path);
    return listNode(parent.items.toSpliced(index, 0, value), parent);
  });
}
function replace2(root, path, value, operation) {
  return update(root, path, operation, (parent, step) => {
    if (parent.kind === "map") return withField(parent, step, value);
    if (parent.kind !== "list") throw missing(operation, operation.path);
    const index = indexOf(step, parent.items.length, operation);
    if (index >= parent.items.length) throw missing(operation, operation.path);
    return listNode(parent.items.with(index, value), parent);
  });
}
function remove(root, path, operation) {
  return update(root, path, operation, (parent, step) => {
    if (parent.kind === "map" && parent.fields.has(step)) return withoutField(parent, step);
    if (parent.kind !== "list") throw missing(operation, operation.path);
    const index = indexOf(step, parent.items.length, operation);
    if (index >= parent.items.length) throw missing(operation, operation.path);
    return listNode(parent.items.toSpliced(index, 1), parent);
  });
}

// src/manifests/render/patch/merge-list.ts
function mergeKeyedList(merger, target, patch, { keys, schema }) {
  const isPrimitive = keys.length === 0;
  const names = isPrimitive ? [""] : keys;
  const sources = patch === void 0 ? [target] : patch === target ? [target] : [patch, target];
  const all = isPrimitive ? primitiveNames(sources) : itemNames(sources, keys);
  const merged = names.length > 1 ? joinPartialNames(all) : all;
  const state = { target: [...target.items] };
  let added = [];
  let valid = { keys: names, values: [] };
  for (const values of merged) {
    valid = validNames(merged, values, names);
    const named = validNames([valid.values], valid.values, valid.keys);
    const before = findItem(state.target, named);
    const change = patch === target ? before : patch && findItem(patch.items, named);
    const result = merger.merge(before, change, schema);
    if (result.node === void 0 || isNull(result.node) || isEmptyMap(result.node)) {
      state.target = setItem(state.target, void 0, valid.keys, valid.values);
      continue;
    }
    const item = withNames(result.node, valid.keys, valid.values);
    if (result.isTarget && before !== void 0) {
      state.target = state.target.map((candidate) => candidate === before ? item : candidate);
    }
    added = setItem(added, item, valid.keys, valid.values);
  }
  if (merged.length > 0) return listNode(appendItems(added, state.target, valid.keys), target);
  return listNode(state.target, target);
}
function itemNames(sources, keys) {
  const seen = /* @__PURE__ */ new Set();
  const names = [];
  for (const { items } of sources) {
    for (const item of items) {
      const values = keys.map((key) => {
        const value = fieldOf(item, key);
        return isEmpty(value) ? "" : textOf(value);
      });
      const id = JSON.stringify(values);
      if (seen.has(id)) continue;
      seen.add(id);
      names.push(values);
    }
  }
  return names;
}
function primitiveNames(sources) {
  const seen = /* @__PURE__ */ new Set();
  for (const { items } of sources) for (const item of items) seen.add(textOf(item));
  return [...seen].map((text) => [text]);
}
function joinPartialNames(names) {
  const joined2 = [...names];
  for (let i = 0; i < joined2.length; i++) {
    const first = joined2[i] ?? [];
    for (let j = 0; j < joined2.length; j++) {
      const match = matchNames(first, joined2[j] ?? []);
      if (match === void 0) continue;
      joined2[i] = match;
      joined2[j] = match;
    }
  }
  return joined2;
}
function matchNames(a, b) {
  let hasCommon = false;
  const values = [];
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? "";
    if (value === other) hasCommon = true;
    else if (value !== "" && other !== "") return void 0;
    values.push(value === "" ? other : value);
  }
  return hasCommon ? values : void 0;
}
function validNames(all, values, keys) {
  const used = keys.map((_key, index) => all.some((names) => (names[index] ?? "") !== ""));
  if (!used.includes(true)) return { keys, values };
  return { keys: keys.filter((_key, index) => used[index]), values: values.filter((_value, index) => used[index]) };
}
function findItem(items, { keys, values }) {
  if ((keys[0] ?? "") === "") return items.find((item) => textOf(item) === (values[0] ?? ""));
  return items.find(
    (item) => item.kind === "map" && keys.every((key, index) => {
      const field = item.fields.get(key);
      return field !== void 0 && textOf(field) === (values[index] ?? "");
    })
  );
}
function isEmptyMap(node) {
  return node.kind === "map" && node.fields.size === 0;
}
function withNames(node, keys, values) {
  if (node.kind !== "map") return node;
  let named = node;
  for (const [index, key] of keys.entries()) {
    const value = values[index] ?? "";
    if (named.fields.has(key) || value === "") continue;
    named = withField(named, key, scalar(value, node, "str"));
  }
  return named;
}
function setItem(items, element, keys, values) {
  const isByField = (keys[0] ?? "") !== "" && (values[0] ?? "") !== "";
  const next = [];
  let isFound = false;
  for (const item of items) {
    if (isNull(item) || isEmptyMap(item)) continue;
    if (item.kind !== "map" && isByField) next.push(item);
    else if (!hasNames(item, keys, values)) {
      if (values.length > 0) next.push(item);
    } else {
      isFound = true;
      if (element !== void 0) next.push(element);
    }
  }
  if (element !== void 0 && !isNull(element) && !isFound) next.push(element);
  return next;
}
function hasNames(item, keys, values) {
  let isMatch = false;
  for (const [index, key] of keys.entries()) {
    const value = values[index];
    if (value !== void 0) isMatch = hasName(item, key, value);
    if (!isMatch) return false;
  }
  return isMatch;
}
function hasName(item, key, value) {
  if (key === "") return item.kind === "scalar" && item.text === value;
  const field = fieldOf(item, key);
  return field !== void 0 && (value === "" || textOf(field) === value);
}
function appendItems(merged, own, keys) {
  let items = [...merged];
  for (const item of own) {
    if (keys[0] === "") {
      items = setItem(items, item, [""], [textOf(item)]);
      continue;
    }
    const values = [];
    for (const key of keys) {
      const value = fieldOf(item, key);
      if (value === void 0) items.push(item);
      else values.push(textOf(value));
    }
    if (keys.length > 1) items = setItem(items, void 0, keys, values);
    items = setItem(items, item, keys, values);
  }
  return items;
}

// src/manifests/render/patch/merge-nodes.ts
var DIRECTIVE = "$patch";
var CLEARED = { node: void 0, isTarget: false };
function mergePatch(target, patch, schemas) {
  const { node } = new Merger(schemas).merge(target, patch, void 0);
  return node?.kind === "map" ? node : void 0;
}
var Merger = class {
  #schemas;
  constructor(schemas) {
    this.#schemas = schemas;
  }
  merge(target, patch, typed) {
    const first = isMissing(target) ? patch : target;
    if (isMissing(first)) return this.#mergeMap(target, patch, typed);
    const other = first === target ? patch : void 0;
    if (!isMissing(other) && other.kind !== first.kind) {
      throw new RenderError(
        "RenderFailed",
        `the patch has ${kindName(other)} where the object has ${kindName(first)}`,
        {
          help: "write what the object has there",
          at: other
        }
      );
    }
    const schema = typed ?? this.#schemaOf(target) ?? this.#schemaOf(patch);
    if (first.kind === "map") return this.#mergeMap(target, patch, schema);
    if (first.kind === "list" && schema?.mergeKeys !== void 0) {
      return this.#mergeList(target, patch, schema, schema.mergeKeys);
    }
    if (patch === void 0) return { node: target, isTarget: true };
    return { node: patch.kind === "scalar" ? withStyleOf(patch, target) : patch, isTarget: patch === target };
  }
  /** A value below that says its own kind, such as a template of an object, has that kind's schema. */
  #schemaOf(node) {
    if (node?.kind !== "map") return void 0;
    const kind = textOf(node.fields.get("kind"));
    const apiVersion = textOf(node.fields.get("apiVersion"));
    return kind === "" || apiVersion === "" ? void 0 : this.#schemas(apiVersion, kind);
  }
  #mergeMap(target, patch, schema) {
    if (isMissing(target)) {
      const { directive: directive2, rest: rest2 } = takeMapDirective(patch);
      if (directive2 === "delete") return CLEARED;
      if (patch === void 0) return textOf(target) === "" ? CLEARED : { node: target, isTarget: true };
      if (rest2?.kind !== "map") return CLEARED;
      return { node: this.#mergeFields(rest2, rest2, schema), isTarget: false };
    }
    if (isNull(patch)) return CLEARED;
    const { directive, rest } = takeMapDirective(patch);
    if (directive === "delete") return CLEARED;
    if (target.kind !== "map") return { node: target, isTarget: true };
    if (directive === "replace" && rest?.kind === "map") {
      return { node: this.#mergeFields(rest, rest, schema), isTarget: target === patch };
    }
    return { node: this.#mergeFields(target, rest?.kind === "map" ? rest : void 0, schema), isTarget: true };
  }
  #mergeFields(target, patch, schema) {
    let fields;
    const mergeField = (name, before, change) => {
      const after = this.merge(before, change, schema?.field(name)).node;
      if (after === before) return;
      fields ??= new Map(target.fields);
      if (after === void 0 || isNull(after)) fields.delete(name);
      else fields.set(name, after);
    };
    for (const [name, before] of target.fields) mergeField(name, before, patch?.fields.get(name));
    if (patch !== void 0 && patch !== target) {
      for (const [name, change] of patch.fields) if (!target.fields.has(name)) mergeField(name, void 0, change);
    }
    return fields === void 0 ? target : mapNode(fields, target);
  }
  #mergeList(target, patch, schema, keys) {
    const own = target?.kind === "list" ? target : void 0;
    if (own !== void 0 && isNull(patch)) return CLEARED;
    const { directive, rest } = takeListDirective(patch?.kind === "list" ? patch : void 0);
    if (own === void 0) {
      if (patch?.kind !== "list") return CLEARED;
      return { node: mergeKeyedList(this, patch, patch, { keys, schema: schema.items() }), isTarget: false };
    }
    if (directive === "delete") return CLEARED;
    if (directive === "replace" && rest !== void 0) {
      return { node: mergeKeyedList(this, rest, rest, { keys, schema: schema.items() }), isTarget: false };
    }
    return { node: mergeKeyedList(this, own, rest, { keys, schema: schema.items() }), isTarget: true };
  }
};
function takeMapDirective(patch) {
  const directive = fieldOf(patch, DIRECTIVE);
  if (patch?.kind !== "map" || directive === void 0) return { directive: "merge", rest: patch };
  return { directive: checkDirective(directive), rest: withoutField(patch, DIRECTIVE) };
}
function checkDirective(node) {
  const directive = textOf(node);
  if (directive === "delete" || directive === "replace" || directive === "merge") return directive;
  throw new RenderError("RenderFailed", `${JSON.stringify(directive)} is no value for $patch`, {
    help: "write delete, replace or merge",
    at: node
  });
}
function takeListDirective(list) {
  const item = list?.items.find((candidate) => fieldOf(candidate, DIRECTIVE) !== void 0);
  const node = fieldOf(item, DIRECTIVE);
  if (list === void 0 || node === void 0 || item?.kind === "map" && item.fields.size > 1) {
    return { directive: "merge", rest: list };
  }
  const directive = checkDirective(node);
  const items = list.items.filter((candidate) => textOf(fieldOf(candidate, DIRECTIVE)) !== directive);
  return { directive, rest: { ...list, items } };
}

// src/manifests/render/transform/apply-patches.ts
var MEMORY = "internal.config.kubernetes.io/berth";
function withMemory(node) {
  const metadata = node.fields.get("metadata");
  const fields = metadata?.kind === "map" ? metadata : mapNode(/* @__PURE__ */ new Map(), node);
  const present = fields.fields.get("annotations");
  const annotations = present?.kind === "map" ? present : mapNode(/* @__PURE__ */ new Map(), node);
  const marked = withField(annotations, MEMORY, scalar("", node));
  return withField(node, "metadata", withField(fields, "annotations", marked));
}
function takeMemory(node) {
  const metadata = node.fields.get("metadata");
  const annotations = metadata?.kind === "map" ? metadata.fields.get("annotations") : void 0;
  if (metadata?.kind !== "map" || annotations?.kind !== "map" || !annotations.fields.has(MEMORY)) {
    return { node, isKept: false };
  }
  const fields = new Map(annotations.fields);
  fields.delete(MEMORY);
  return { node: withEntries(node, "annotations", fields), isKept: true };
}
function applyMergePatch2(resource, patch, options) {
  const { allowNameChange, allowKindChange, schemas } = options;
  const { id } = resource;
  if (allowNameChange || allowKindChange) resource.rememberId();
  const { hasState } = resource;
  changeNode(resource, (node) => {
    const merged = mergePatch(hasState ? withMemory(node) : node, patch, schemas);
    if (merged === void 0 || isEmpty(merged)) return EMPTY;
    const { node: kept, isKept } = hasState ? takeMemory(merged) : { node: merged, isKept: true };
    if (!isKept) resource.clearState();
    return restoreIdentity(kept, node, {
      kind: allowKindChange ? void 0 : id.gvk.kind,
      name: allowNameChange ? void 0 : id.name,
      namespace: id.namespace
    });
  });
  if (isEmpty(resource.node)) resource.node = void 0;
}
var EMPTY = mapNode(/* @__PURE__ */ new Map(), { file: { path: "", text: "", lineShift: 0 }, start: 0 });
function restoreIdentity(node, before, { kind, name, namespace }) {
  let restored = node;
  const formerKind = before.fields.get("kind");
  if (kind !== void 0 && formerKind !== void 0) restored = withField(restored, "kind", formerKind);
  const metadata = restored.fields.get("metadata");
  const formerMetadata = before.fields.get("metadata");
  let fields = new Map(metadata?.kind === "map" ? metadata.fields : []);
  const former = formerMetadata?.kind === "map" ? formerMetadata.fields : /* @__PURE__ */ new Map();
  const formerName = former.get("name");
  if (name !== void 0 && formerName !== void 0) fields.set("name", formerName);
  const formerNamespace = former.get("namespace");
  if (namespace === "") {
    fields = new Map(fields);
    fields.delete("namespace");
  } else if (formerNamespace !== void 0) fields.set("namespace", formerNamespace);
  return withField(restored, "metadata", mapNode(fields, metadata ?? before));
}
function applyMergePatchTo(list, selected, patch, options) {
  const named = withTextMetadata(patch);
  for (const resource of selected) {
    const apiVersion = resource.node?.fields.get("apiVersion");
    applyMergePatch2(resource, apiVersion === void 0 ? named : withField(named, "apiVersion", apiVersion), options);
  }
  list.dropDeleted();
  list.checkUnique();
}
function withTextMetadata(patch) {
  let node = patch;
  for (const field of ["labels", "annotations"]) {
    const metadata = node.fields.get("metadata");
    const entries = metadata?.kind === "map" ? metadata.fields.get(field) : void 0;
    if (entries?.kind === "map") node = withEntries(node, field, entries.fields);
    else if (entries !== void 0) node = withEntries(node, field, /* @__PURE__ */ new Map());
  }
  return node;
}
function applyJsonPatch2(resource, operations, options) {
  if (options.remembersId) resource.rememberId();
  const { hasState } = resource;
  changeNode(resource, (node) => {
    const patched = applyJsonPatchToNode(hasState ? withMemory(node) : node, operations);
    if (!hasState) return patched;
    const { node: kept, isKept } = takeMemory(patched);
    if (!isKept) resource.state = { ...resource.state, origin: void 0, transformations: [] };
    return kept;
  });
  finishAnnotations(resource);
}
function finishAnnotations(resource) {
  const { node } = resource;
  const metadata = node?.fields.get("metadata");
  if (node === void 0 || metadata?.kind !== "map" || !metadata.fields.has("annotations")) return;
  const annotations = metadata.fields.get("annotations");
  if (annotations === void 0 || isNull(annotations) && textOf(annotations) === "") {
    resource.node = withEntries(node, "annotations", /* @__PURE__ */ new Map());
    return;
  }
  resource.node = withEntries(node, "annotations", annotations.kind === "map" ? annotations.fields : /* @__PURE__ */ new Map());
}

// src/manifests/render/transform/replace-values.ts
function replaceValues(list, replacement) {
  const { source, targets } = replacement;
  if (source === void 0 || targets === void 0) {
    throw new RenderError("KustomizationInvalid", "a replacement needs a source and at least one target", {
      help: "add source: and targets:",
      at: replacement.at
    });
  }
  const value = readSource(list, source);
  for (const target of targets) replaceInTargets(list, target, value);
}
function idsOf(resource) {
  return [resource.id, ...resource.previousIds];
}
function isSelectedBy(id, selector) {
  return (selector.name === "" || selector.name === id.name) && (selector.namespace === "" || selector.namespace === (id.namespace || "default")) && isSelected(id.gvk, selector.gvk);
}
function describe({ gvk, name, namespace }) {
  const parts = [gvk.group, gvk.version, gvk.kind].filter((part) => part !== "").join("/");
  const place = namespace === "" ? "" : ` in namespace ${namespace}`;
  return `${parts || "any kind"} ${name || "of any name"}${place}`;
}
function readSource(list, source) {
  const found = list.items.filter((resource2) => idsOf(resource2).some((id) => isSelectedBy(id, source)));
  const [resource] = found;
  if (resource?.node === void 0 || found.length > 1) {
    const names = found.slice(0, 5).map(({ id }) => shortId(id));
    throw new RenderError(
      "RenderFailed",
      found.length > 1 ? `the source of a replacement (${describe(source)}) is ${found.length} objects: ${names.join(", ")}` : `the source of a replacement (${describe(source)}) does not exist`,
      { help: found.length > 1 ? "name kind, name and namespace" : "correct the kind, name or namespace of source" }
    );
  }
  const node = lookup(resource.node, splitFieldPath(source.fieldPath));
  if (node === void 0 || isEmpty(node)) {
    throw new RenderError("RenderFailed", `${shortId(resource.id)} has no ${source.fieldPath} to copy`, {
      help: "correct source.fieldPath",
      at: resource.place
    });
  }
  const value = refine(node, source.options);
  checkSize(value, "the value of a replacement", value);
  return value;
}
function refine(node, options) {
  if (options === void 0 || options.delimiter === "") return node;
  if (node.kind !== "scalar") throw noDelimiter(node);
  const parts = node.text.split(options.delimiter);
  const part = options.index < 0 ? void 0 : parts[options.index];
  if (part === void 0) {
    throw new RenderError(
      "RenderFailed",
      `options.index is ${options.index} and the value has ${parts.length} parts between "${options.delimiter}"`,
      { help: "correct the index (it counts from 0) or the delimiter", at: node }
    );
  }
  return { ...node, text: part };
}
function noDelimiter(at) {
  return new RenderError("RenderFailed", "the option delimiter is for single values only", { at });
}
function replaceInTargets(list, target, value) {
  const { select } = target;
  if (select === void 0) {
    throw new RenderError("KustomizationInvalid", "a target of a replacement needs select", {
      help: "name the objects with select:",
      at: target.at
    });
  }
  const labels = selectorMatcher(select.labelSelector);
  const annotations = selectorMatcher(select.annotationSelector);
  const isRejected = target.reject.map(rejection);
  const paths = target.fieldPaths.length === 0 ? ["metadata.name"] : target.fieldPaths;
  for (const resource of list.items) {
    const ids = idsOf(resource);
    if (!ids.some((id) => isSelectedBy(id, select))) continue;
    if (!matchesEntries(resource, labels, "labels") || !matchesEntries(resource, annotations, "annotations")) continue;
    if (isRejected.some((rejects) => rejects(resource, ids))) continue;
    changeNode(resource, (node) => paths.reduce((root, path) => writeAt(root, path, target, value), node));
  }
}
function rejection(selector) {
  const labels = selectorMatcher(selector.labelSelector);
  const annotations = selectorMatcher(selector.annotationSelector);
  const hasSelectors = labels !== void 0 || annotations !== void 0;
  const { gvk, name, namespace } = selector;
  const hasId = [gvk.group, gvk.version, gvk.kind, name, namespace].some((part) => part !== "");
  return (resource, ids) => {
    const bySelectors = hasSelectors && matchesEntries(resource, labels, "labels") && matchesEntries(resource, annotations, "annotations");
    return bySelectors || hasId && ids.some((id) => isSelectedBy(id, selector));
  };
}
function writeAt(root, path, target, value) {
  const create = target.options?.create === true ? value.kind : void 0;
  const write = (node2) => writeValue(node2, value, target.options);
  const { node, count } = updateMatches(root, splitFieldPath(path), { create, at: value }, write);
  if (count === 0) {
    throw new RenderError("RenderFailed", `the target of a replacement has no field ${path}`, {
      help: create === void 0 ? "correct the field path, or set options.create: true" : "correct the field path",
      at: target.at
    });
  }
  return node.kind === "map" ? node : root;
}
function writeValue(former, value, options) {
  let node = value;
  if (options !== void 0 && options.delimiter !== "") {
    if (former.kind !== "scalar") throw noDelimiter(former);
    const parts = former.text.split(options.delimiter);
    if (options.index < 0) parts.unshift(textOf(value));
    else if (options.index >= parts.length) parts.push(textOf(value));
    else parts[options.index] = textOf(value);
    node = scalar(parts.join(options.delimiter), placeOfBoth(value, former), "str");
  }
  if (former.kind !== "scalar") return node;
  return withStyleOf(scalar(textOf(node), node, former.tag, former.isQuoted), former);
}

// src/manifests/render/build/read-patch.ts
var PatchText = class {
  #reader;
  #file;
  #inline;
  /** kustomize takes the white space around a patch away, and with it the last line break of a text at its end. */
  #isTrimmed;
  constructor(reader, from, options = { isTrimmed: false }) {
    this.#reader = reader;
    this.#file = "file" in from ? from.file : void 0;
    this.#inline = "inline" in from ? from.inline : void 0;
    this.#isTrimmed = options.isTrimmed;
  }
  nodes(version) {
    if (this.#file !== void 0) return this.#reader.nodes(this.#file, version);
    const inline = this.#inline;
    if (inline === void 0) return [];
    const source = inlineSource(inline.at, inline.value);
    if (!this.#isTrimmed) return parseNodes(source, version);
    const lead = source.text.slice(0, source.text.length - source.text.trimStart().length);
    const lineShift = source.lineShift + lead.split("\n").length - 1;
    return parseNodes({ ...source, text: source.text.trim(), lineShift }, version);
  }
  mergePatches() {
    return readResources(this.nodes("1.2")).flatMap(({ node }) => node === void 0 ? [] : [node]);
  }
  operations() {
    const [first] = this.nodes("1.1");
    return first === void 0 ? [] : readJsonPatch(first);
  }
};
function patchText(reader, root, patch, options) {
  const { path, at, patchNode } = patch;
  const text = patch.patch.trim();
  if (text === "" === (path === "")) {
    const message = text === "" ? "a patch needs patch or path" : "a patch has either patch or path, not both";
    throw new RenderError("KustomizationInvalid", message, { help: "keep one of the two", at });
  }
  if (path === "") return new PatchText(reader, { inline: { value: patch.patch, at: patchNode ?? at } }, options);
  return new PatchText(reader, { file: reader.resolveFile(root, { value: path, at }) });
}
function readPatchText(text) {
  const documents = text.nodes("1.2");
  if (documents[0]?.kind === "list") return { type: "json", operations: text.operations() };
  if (documents.length > 0) return { type: "merge", patches: text.mergePatches() };
  throw new RenderError("RenderFailed", "the patch is empty", { help: "write the patch, or remove the entry" });
}

// src/manifests/render/build/target.ts
function originOf(target, kind) {
  if (target.originPath === void 0) return void 0;
  const configuredIn = target.originPath === "" ? target.fileName : `${target.originPath}/${target.fileName}`;
  return { configuredIn, configuredBy: { apiVersion: "builtin", kind } };
}

// src/manifests/render/build/run-transformers.ts
function runTransformers(bench, target, list, config) {
  let failed2;
  const steps2 = stepsOf2(bench, target, config);
  for (const [index, step] of steps2.entries()) {
    if (failed2 !== void 0 && failed2 !== step.transformer) return false;
    const isDone = bench.attempt(target, step.at, step.field, () => step.run(list));
    if (!isDone) failed2 = step.transformer;
    const isPartOfOne = AS_ONE.has(step.transformer) && steps2[index + 1]?.transformer === step.transformer;
    if (!isPartOfOne) recordTransformation(list, target, step.transformer);
    list.dropDeleted();
  }
  return failed2 === void 0;
}
function checkPatches(bench, target) {
  const { patches, patchesJson6902, patchesStrategicMerge } = target.kustomization;
  for (const [index, path] of patchesStrategicMerge.entries()) {
    const field = `patchesStrategicMerge[${index}]`;
    bench.attempt(target, path.at, field, () => void readStrategicMerge(bench, target.folder, path));
  }
  for (const [field, list] of Object.entries({ patches, patchesJson6902 })) {
    for (const [index, patch] of list.entries()) {
      bench.attempt(target, patch.at, `${field}[${index}]`, () => {
        readPatchText(patchText(bench.reader, target.folder, patch, { isTrimmed: field === "patches" }));
      });
    }
  }
}
var AS_ONE = /* @__PURE__ */ new Set(["PatchStrategicMergeTransformer", "ReplacementTransformer"]);
function recordTransformation(list, target, transformer) {
  const origin = originOf(target, transformer);
  if (origin === void 0) return;
  for (const resource of list.items) {
    const { state } = resource;
    resource.state = state.origin === void 0 ? { ...state, origin } : { ...state, transformations: [...state.transformations, origin] };
    finishAnnotations(resource);
  }
}
function stepsOf2(bench, target, config) {
  const { kustomization } = target;
  return [
    ...mergeSteps(bench, target),
    ...kustomization.patches.map((patch, index) => ({
      transformer: "PatchTransformer",
      field: `patches[${index}]`,
      at: patch.at,
      run: (list) => runPatch(bench, target.folder, list, patch)
    })),
    ...metadataSteps(target, config),
    ...kustomization.patchesJson6902.map((patch, index) => ({
      transformer: "PatchJson6902Transformer",
      field: `patchesJson6902[${index}]`,
      at: patch.at,
      run: (list) => runJson6902(bench, target.folder, list, patch)
    })),
    ...kustomization.replicas.map((replica, index) => ({
      transformer: "ReplicaCountTransformer",
      field: `replicas[${index}]`,
      at: replica.at,
      run: (list) => setReplicas(list, replica, config.replicas)
    })),
    ...kustomization.images.map((image, index) => ({
      transformer: "ImageTagTransformer",
      field: `images[${index}]`,
      at: image.at,
      run: (list) => setImage(list, image, config.images)
    })),
    ...kustomization.replacements.map((replacement, index) => ({
      transformer: "ReplacementTransformer",
      field: `replacements[${index}]`,
      at: replacement.at,
      run: (list) => runReplacement(bench, target.folder, list, replacement)
    }))
  ];
}
function mergeSteps(bench, target) {
  return target.kustomization.patchesStrategicMerge.map((path, index) => ({
    transformer: "PatchStrategicMergeTransformer",
    field: `patchesStrategicMerge[${index}]`,
    at: path.at,
    run: (list) => runStrategicMerge(bench, target.folder, list, path)
  }));
}
function metadataSteps(target, config) {
  const { namespace, namePrefix, nameSuffix, labels, commonLabels, commonAnnotations } = target.kustomization;
  const steps2 = [];
  const add2 = (transformer, field, at, run2) => steps2.push({ transformer, field, at, run: run2 });
  if (namespace !== void 0) {
    const options = { specs: config.namespace, unsetOnly: false, subjects: "defaultOnly" };
    add2("NamespaceTransformer", "namespace", namespace.at, (list) => setNamespace(list, namespace, options));
  }
  if (namePrefix !== void 0) {
    const options = { position: "prefix", specs: config.namePrefix };
    add2("PrefixTransformer", "namePrefix", namePrefix.at, (list) => addAffix(list, namePrefix, options));
  }
  if (nameSuffix !== void 0) {
    const options = { position: "suffix", specs: config.nameSuffix };
    add2("SuffixTransformer", "nameSuffix", nameSuffix.at, (list) => addAffix(list, nameSuffix, options));
  }
  for (const [index, rule] of labels.entries()) {
    add2("LabelTransformer", `labels[${index}]`, rule.at, (list) => {
      setEntries(list, rule.pairs, labelFields(rule, config));
    });
  }
  const [firstLabel] = commonLabels.values();
  if (firstLabel !== void 0 || labels.length > 0) {
    const at = firstLabel?.at ?? labels[0]?.at ?? target.file;
    add2("LabelTransformer", "commonLabels", at, (list) => setEntries(list, commonLabels, config.commonLabels));
  }
  const [firstAnnotation] = commonAnnotations.values();
  if (firstAnnotation !== void 0) {
    add2(
      "AnnotationsTransformer",
      "commonAnnotations",
      firstAnnotation.at,
      (list) => setEntries(list, commonAnnotations, config.commonAnnotations)
    );
  }
  return steps2;
}
var METADATA_LABELS2 = { gvk: { group: "", version: "", kind: "" }, path: "metadata/labels", create: true };
function labelFields(rule, config) {
  const own = mergeFieldSpecs(rule.fields, config.labels);
  if (rule.includeSelectors) return mergeFieldSpecs(own, config.commonLabels);
  const withTemplates = rule.includeTemplates ? mergeFieldSpecs(own, config.templateLabels) : own;
  return mergeFieldSpecs(withTemplates, [METADATA_LABELS2]);
}
function runPatch(bench, folder, list, patch) {
  const read2 = readPatchText(patchText(bench.reader, folder, patch, { isTrimmed: true }));
  if (read2.type === "merge") return runMergePatches(list, read2.patches, patch, bench);
  if (patch.target === void 0) {
    throw new RenderError("KustomizationInvalid", "a JSON patch needs a target", {
      help: "name the objects to patch with target:"
    });
  }
  for (const resource of selectResources(list.items, patch.target)) {
    applyJsonPatch2(resource, read2.operations, { remembersId: true });
  }
}
function runMergePatches(list, patches, patch, bench) {
  const options = { ...patch.options, schemas: bench.schemas() };
  const [first] = patches;
  if (patch.target === void 0) {
    for (const node of patches) applyMergePatch2(list.findById(idOfNode(node)), node, options);
    list.dropDeleted();
    return;
  }
  if (first === void 0) return;
  if (patches.length > 1) {
    throw new RenderError("RenderFailed", "several strategic merge patches in one entry cannot share a target", {
      help: "give each patch an entry of its own, or remove target"
    });
  }
  applyMergePatchTo(list, selectResources(list.items, patch.target), first, options);
}
function runStrategicMerge(bench, folder, list, path) {
  for (const patch of readStrategicMerge(bench, folder, path)) applyToNamed(bench, list, patch);
}
function applyToNamed(bench, list, patch) {
  const options = { allowNameChange: false, allowKindChange: false, schemas: bench.schemas() };
  applyMergePatchTo(list, [list.findById(idOfNode(patch))], patch, options);
}
function readStrategicMerge(bench, folder, path) {
  if (/[\n:{]/.test(path.value)) return new PatchText(bench.reader, { inline: path }).mergePatches();
  return new PatchText(bench.reader, { file: bench.reader.resolveFile(folder, path) }).mergePatches();
}
function runJson6902(bench, folder, list, patch) {
  if (patch.target === void 0 || patch.target.name === "") {
    throw new RenderError("KustomizationInvalid", "a JSON patch needs a target with a name", {
      help: "add target: with kind and name"
    });
  }
  const operations = patchText(bench.reader, folder, patch, { isTrimmed: false }).operations();
  if (operations.length === 0)
    throw new RenderError("RenderFailed", "the patch is empty", { help: "remove the entry" });
  for (const resource of selectResources(list.items, patch.target)) {
    applyJsonPatch2(resource, operations, { remembersId: false });
  }
}
function runReplacement(bench, folder, list, replacement) {
  const { path, at, source, targets } = replacement;
  if (path === "") return replaceValues(list, replacement);
  if (source !== void 0 || targets !== void 0 && targets.length > 0) {
    throw new RenderError("KustomizationInvalid", "a replacement has either path or source and targets, not both");
  }
  const [document] = bench.reader.nodes(bench.reader.resolveFile(folder, { value: path, at }), "1.1");
  const items = document?.kind === "list" ? document.items : document === void 0 ? [] : [document];
  for (const item of items) replaceValues(list, readLoose(item, readReplacement));
}
function readLoose(node, read2) {
  let problem;
  const reader = new FieldReader(node, "", {
    isStrict: false,
    report: (error, at) => {
      problem ??= new RenderError(error.code, error.message, {
        at,
        ...error.help === void 0 ? {} : { help: error.help }
      });
    }
  });
  const value = read2(reader);
  if (problem !== void 0) throw problem;
  return value;
}

// src/manifests/render/build/run-plugins.ts
var REFUSED_HELP = "render the folder with `kustomize build --enable-alpha-plugins` and commit the result; Berth runs no code of a repository";
function pluginKind(node) {
  const apiVersion = textOf(fieldOf(node, "apiVersion"));
  const kind = textOf(fieldOf(node, "kind"));
  if (apiVersion === "builtin") return kind;
  const what = annotationNames(node).includes("config.kubernetes.io/function") ? "a function in a container" : "a plugin";
  throw new RenderError("RenderRefused", `${kind} (${apiVersion}) is ${what}, which runs code of its own`, {
    help: REFUSED_HELP,
    at: node
  });
}
function annotationNames(node) {
  const annotations = fieldOf(fieldOf(node, "metadata"), "annotations");
  return annotations?.kind === "map" ? [...annotations.fields.keys()].join(" ") : "";
}
function runGeneratorPlugin(bench, target, { node }) {
  const kind = pluginKind(node);
  if (kind === "ConfigMapGenerator" || kind === "SecretGenerator") {
    const args = readLoose(node, (reader) => {
      const read2 = readGeneratorArgs(reader, kind === "SecretGenerator");
      const metadata = reader.object("metadata", (meta) => ({
        name: meta.text("name"),
        namespace: meta.text("namespace")
      }));
      return {
        ...read2,
        name: read2.name || (metadata?.name ?? ""),
        namespace: read2.namespace || (metadata?.namespace ?? "")
      };
    });
    const made = kind === "SecretGenerator" ? "Secret" : "ConfigMap";
    return [generateConfig(made, args, readerOf(bench, target.folder, made))];
  }
  if (kind === "IAMPolicyGenerator") return [serviceAccountOf(node)];
  if (kind === "HelmChartInflationGenerator") {
    const { chart, chartHome } = readLoose(node, (reader) => ({
      chart: readHelmChart(reader),
      chartHome: readHelmGlobals(reader)
    }));
    return readResources(inflateHelmChart(bench.reader, target.folder, chart, chartHome));
  }
  throw new RenderError("RenderRefused", `there is no built-in generator ${kind}`, { help: REFUSED_HELP, at: node });
}
function readerOf(bench, folder, kind) {
  return (path, key, purpose) => {
    const found = bench.reader.resolveFile(folder, path);
    if (kind === "Secret") {
      const { bytes: bytes2, file } = bench.reader.secretContent(found, key, purpose);
      return { bytes: bytes2, at: { file, start: 0 } };
    }
    const bytes = bench.reader.bytes(found);
    return { bytes, at: { file: { path: found.path, text: new TextDecoder().decode(bytes), lineShift: 0 }, start: 0 } };
  };
}
function serviceAccountOf(node) {
  const cloud = textOf(fieldOf(node, "cloud"));
  if (cloud !== "gke") throw new RenderError("RenderFailed", `the cloud ${cloud} is not supported`, { at: node });
  const account = textOf(fieldOf(fieldOf(node, "serviceAccount"), "name"));
  const project = textOf(fieldOf(node, "projectId"));
  const service = fieldOf(node, "kubernetesService");
  const namespace = textOf(fieldOf(service, "namespace"));
  const value = scalar(`${account}@${project}.iam.gserviceaccount.com`, node);
  const metadata = /* @__PURE__ */ new Map([
    ["annotations", mapNode(/* @__PURE__ */ new Map([["iam.gke.io/gcp-service-account", value]]), node)],
    ["name", scalar(textOf(fieldOf(service, "name")), node)]
  ]);
  if (namespace !== "") metadata.set("namespace", scalar(namespace, node));
  const fields = /* @__PURE__ */ new Map([
    ["apiVersion", scalar("v1", node)],
    ["kind", scalar("ServiceAccount", node)],
    ["metadata", mapNode(metadata, node)]
  ]);
  return new Resource(mapNode(fields, node));
}
var TRANSFORMERS = {
  AnnotationsTransformer: (_bench, _target, list, node) => setEntriesOf(list, node, "annotations"),
  LabelTransformer: (_bench, _target, list, node) => setEntriesOf(list, node, "labels"),
  HashTransformer: (_bench, _target, list) => addHashes(list),
  ImageTagTransformer: (_bench, _target, list, node) => {
    const image = readLoose(node, (reader) => reader.object("imageTag", readImage));
    if (image !== void 0) setImage(list, image, fieldSpecsOf(node));
  },
  NamespaceTransformer: (_bench, _target, list, node) => setNamespaceOf(list, node),
  PatchJson6902Transformer: (bench, target, list, node) => {
    const patch = readLoose(node, (reader) => {
      const read2 = readPatch(reader);
      const operations = reader.locatedText("jsonOp");
      return { ...read2, patch: operations?.value ?? "", patchNode: operations?.at };
    });
    runJson6902(bench, target.folder, list, patch);
  },
  PatchStrategicMergeTransformer: (bench, target, list, node) => runStrategicMergeOf(bench, target, list, node),
  PatchTransformer: (bench, target, list, node) => runPatch(bench, target.folder, list, readLoose(node, readPatch)),
  PrefixTransformer: (_bench, _target, list, node) => addAffixOf(list, node, "prefix"),
  SuffixTransformer: (_bench, _target, list, node) => addAffixOf(list, node, "suffix"),
  PrefixSuffixTransformer: (_bench, _target, list, node) => {
    addAffixOf(list, node, "prefix");
    addAffixOf(list, node, "suffix");
  },
  ReplacementTransformer: (bench, target, list, node) => {
    const replacements = readLoose(node, (reader) => reader.objects("replacements", readReplacement));
    for (const replacement of replacements) runReplacement(bench, target.folder, list, replacement);
  },
  ReplicaCountTransformer: (_bench, _target, list, node) => {
    const replica = readLoose(node, (reader) => reader.object("replica", readReplica));
    if (replica !== void 0) setReplicas(list, replica, fieldSpecsOf(node));
  },
  ValueAddTransformer: (bench, target, list, node) => addValue(bench, target, list, node)
};
function runTransformerPlugin(bench, target, list, node) {
  const kind = pluginKind(node);
  const transform = Object.hasOwn(TRANSFORMERS, kind) ? TRANSFORMERS[kind] : void 0;
  if (transform === void 0) {
    throw new RenderError("RenderRefused", `there is no built-in transformer ${kind}`, {
      help: `correct the kind; there are ${Object.keys(TRANSFORMERS).join(", ")}`,
      at: node
    });
  }
  transform(bench, target, list, node);
}
function fieldSpecsOf(node) {
  return readLoose(node, (reader) => reader.objects("fieldSpecs", readFieldSpec));
}
function setEntriesOf(list, node, field) {
  setEntries(
    list,
    readLoose(node, (reader) => reader.textMap(field)),
    fieldSpecsOf(node)
  );
}
function addAffixOf(list, node, position) {
  const affix = readLoose(node, (reader) => reader.locatedText(position));
  const specs2 = fieldSpecsOf(node);
  if (specs2.length === 0) {
    throw new RenderError("KustomizationInvalid", `a ${position} needs fieldSpecs`, {
      help: "add fieldSpecs:",
      at: node
    });
  }
  if (affix !== void 0) addAffix(list, affix, { position, specs: specs2 });
}
function setNamespaceOf(list, node) {
  const read2 = (reader) => ({
    namespace: reader.object("metadata", (metadata) => metadata.locatedText("namespace")),
    unsetOnly: reader.bool("unsetOnly"),
    subjects: reader.text("setRoleBindingSubjects") || "defaultOnly"
  });
  const { namespace, unsetOnly, subjects } = readLoose(node, read2);
  if (subjects !== "defaultOnly" && subjects !== "allServiceAccounts" && subjects !== "none") {
    throw new RenderError("KustomizationInvalid", `setRoleBindingSubjects is ${JSON.stringify(subjects)}`, {
      help: "write defaultOnly, allServiceAccounts or none",
      at: node
    });
  }
  if (namespace === void 0 || namespace.value === "") return;
  setNamespace(list, namespace, { specs: fieldSpecsOf(node), unsetOnly, subjects });
}
function runStrategicMergeOf(bench, target, list, node) {
  const { paths, patches } = readLoose(node, (reader) => ({
    paths: reader.texts("paths"),
    patches: reader.locatedText("patches")
  }));
  for (const path of paths) runStrategicMerge(bench, target.folder, list, path);
  if (patches === void 0) return;
  const read2 = readResources(parseNodes(inlineSource(patches.at, patches.value), "1.2"));
  for (const patch of read2) if (patch.node !== void 0) applyToNamed(bench, list, patch.node);
}
function addValue(bench, target, list, node) {
  const readTarget = (reader) => ({
    selector: reader.object("selector", readSelector),
    fieldPath: reader.text("fieldPath"),
    position: reader.int("filePathPosition") ?? 0
  });
  const own = readLoose(node, (reader) => ({
    value: reader.locatedText("value"),
    targets: reader.objects("targets", readTarget),
    path: reader.locatedText("targetFilePath")
  }));
  const more = own.path === void 0 ? [] : bench.reader.nodes(bench.reader.resolveFile(target.folder, own.path), "1.1").flatMap((document) => readLoose(document, (reader) => reader.objects("targets", readTarget)));
  const text = own.value?.value.trim() || (target.folder.split("/").at(-1) ?? "");
  const at = own.value?.at ?? node;
  for (const { selector, fieldPath, position } of [...own.targets, ...more]) {
    if (fieldPath === "") throw new RenderError("KustomizationInvalid", "a target has no fieldPath", { at: node });
    const selected = selector === void 0 ? list.items : selectResources(list.items, selector);
    for (const resource of selected) {
      changeNode(
        resource,
        (root) => fieldPath === "metadata/namespace" ? namespaced(root, resource.id, { value: text, at }, { specs: [], unsetOnly: false, subjects: "defaultOnly" }) : setAt(root, splitPath(fieldPath, "/"), (former) => scalar(insertPathPart(former, position, text), at, ""))
      );
    }
  }
}
function setAt(node, steps2, value) {
  const [step, ...rest] = steps2;
  if (step === void 0) return value(textOf(node));
  const map = node.kind === "map" ? node : mapNode(/* @__PURE__ */ new Map(), node);
  const field = map.fields.get(step) ?? (rest.length === 0 ? scalar("", node) : mapNode(/* @__PURE__ */ new Map(), node));
  return withField(map, step, setAt(field, rest, value));
}
function insertPathPart(path, position, part) {
  if (position <= 0) return part;
  const isAbsolute = path.startsWith("/");
  const parts = path.split("/").filter((piece) => piece !== "");
  parts.splice(Math.min(position - 1, parts.length), 0, part);
  return `${isAbsolute ? "/" : ""}${parts.join("/")}`;
}

// src/manifests/render/build/run-generators.ts
function runGenerators(bench, target, accumulator) {
  const { configMapGenerator, secretGenerator, helmCharts, chartHome, oldHelmCharts, generators } = target.kustomization;
  const run2 = (kind, list, field) => {
    for (const [index, args] of list.entries()) {
      bench.attempt(target, args.at, `${field}[${index}]`, () => {
        const options = mergeGeneratorOptions(args.options, target.kustomization.generatorOptions);
        const resource = generateConfig(kind, { ...args, options }, readerOf(bench, target.folder, kind));
        resource.state = { ...resource.state, origin: originOf(target, `${kind}Generator`) };
        accumulator.list.absorb(resource);
      });
    }
  };
  run2("ConfigMap", configMapGenerator, "configMapGenerator");
  run2("Secret", secretGenerator, "secretGenerator");
  for (const [index, chart] of helmCharts.entries()) {
    bench.attempt(target, chart.at, `helmCharts[${index}]`, () => {
      for (const resource of readResources(inflateHelmChart(bench.reader, target.folder, chart, chartHome))) {
        resource.state = { ...resource.state, origin: originOf(target, "HelmChartInflationGenerator") };
        accumulator.list.absorb(resource);
      }
    });
  }
  for (const [index, at] of oldHelmCharts.entries()) {
    bench.attempt(target, at, `helmChartInflationGenerator[${index}]`, () => {
      throw new RenderError("RenderRefused", "helmChartInflationGenerator is the old form of helmCharts", {
        help: "write it under helmCharts (`kustomize edit fix` does)"
      });
    });
  }
  for (const configuration of bench.readConfigurations(target, generators, "generators")) {
    bench.attempt(target, configuration.at, configuration.field, () => {
      for (const resource of runGeneratorPlugin(bench, target, configuration)) {
        resource.state = { ...resource.state, origin: configuration.origin };
        accumulator.list.absorb(resource);
      }
    });
  }
}

// src/manifests/render/build/builder.ts
var decoded = /* @__PURE__ */ new WeakMap();
var MAX_DEPTH2 = 50;
var MAX_OBJECTS = 2e4;
var MAX_LOADS = 5e3;
var Builder = class {
  reader;
  #problems = [];
  #isBroken = false;
  #isBlocked = false;
  #schema;
  #loads = 0;
  /** Set once a limit was passed that makes all further work pointless. */
  #isStopped = false;
  /** Kustomizations of this build that cannot be used: each is looked at once, however many ways lead to it. */
  #broken = /* @__PURE__ */ new Map();
  constructor(reader) {
    this.reader = reader;
  }
  schemas() {
    return this.#schema?.schemas ?? builtInSchema;
  }
  attempt(target, at, field, work) {
    if (this.#isStopped || this.#problems.length >= LIMITS.diagnostics) {
      this.#isBroken = true;
      return false;
    }
    try {
      work();
      return true;
    } catch (error) {
      if (error instanceof BlobNeeded) this.#isBlocked = true;
      else if (error instanceof RenderError) this.#report(error, at, field, target);
      else throw error;
      return false;
    }
  }
  /** Shows the place of the cause where there is one, and else the field that asked for the work. */
  #report(error, at, field, target) {
    this.#isBroken = true;
    const kustomization = target.folder === "" ? target.fileName : `${target.folder}/${target.fileName}`;
    const cause = error.at;
    const isGenerated = target.fileName === "";
    const isElsewhere = cause !== void 0 && cause.file.path !== kustomization && !isGenerated;
    const message = isElsewhere ? `${error.message} (for ${field} of ${kustomization}:${lineOf(at)})` : error.message;
    this.#problems.push(
      diagnosticOf(
        { code: error.code, message, help: error.help },
        cause ?? at,
        isGenerated ? void 0 : field || void 0
      )
    );
  }
  /** Builds what a kustomization with nothing but these resources would. */
  buildResources(folder, paths) {
    const startOf = (path) => ({ file: { path, text: "", lineShift: 0 }, start: 0 });
    const nowhere = startOf(folder);
    const names = paths.map((path) => scalar(path, startOf(joinPath(folder, path) ?? path)));
    const list = listNode(names, nowhere);
    const file = mapNode(/* @__PURE__ */ new Map([["resources", list]]), nowhere);
    const report = (error) => {
      throw error;
    };
    const kustomization = readKustomization(file, { isStrict: true, report });
    const accumulator = new Accumulator();
    if (kustomization !== void 0 && paths.length > 0)
      this.#accumulate(
        { kustomization, folder, fileName: "", file, chain: [folder], originPath: void 0 },
        accumulator
      );
    if (this.#isBlocked) throw BLOB_NEEDED;
    return { accumulator, problems: this.#problems, isBroken: this.#isBroken, schema: this.#schema, kustomization };
  }
  /** Builds the kustomization of a folder, or takes it from the cache. */
  buildFolder(request) {
    const key = `${request.folder} ${request.originPath ?? "-"} ${this.#schema?.key ?? "-"}`;
    const broken = this.#broken.get(key);
    if (broken !== void 0) return broken;
    const known3 = this.reader.cache.built.get(key);
    if (known3 !== void 0 && this.reader.isUnchanged(known3.dependencies)) {
      this.reader.depend(known3.dependencies);
      this.#schema ??= known3.value.schema;
      return known3.value;
    }
    const [outerProblems, outerBroken] = [this.#problems, this.#isBroken];
    this.#problems = [];
    this.#isBroken = false;
    try {
      const { value, dependencies } = this.reader.track(() => this.#build(request));
      if (value.isBroken) this.#broken.set(key, value);
      else this.reader.cache.built.set(key, { value, dependencies });
      return value;
    } finally {
      this.#problems = outerProblems;
      this.#isBroken = outerBroken;
    }
  }
  #build(request) {
    const accumulator = new Accumulator();
    const target = this.#load(request);
    if (target !== void 0 && target.kustomization.kind === "Component" && request.chain.length > 0) {
      const at = target.file;
      const message = "a Component cannot be among resources";
      this.#report(new RenderError("RenderFailed", message, { help: "list it under components" }), at, "kind", target);
    } else if (target !== void 0) this.#accumulate(target, accumulator);
    if (this.#isBlocked) throw BLOB_NEEDED;
    return {
      accumulator,
      problems: this.#problems,
      isBroken: this.#isBroken,
      schema: this.#schema,
      kustomization: target?.kustomization
    };
  }
  /** Reads a folder's kustomization; undefined when it cannot be used. */
  #load({ folder, chain, originPath: originPath2 }) {
    if (++this.#loads > MAX_LOADS) {
      this.#isStopped = true;
      throw new RenderError("LimitExceeded", `the kustomization leads to more than ${MAX_LOADS} others`, {
        help: "name fewer bases and components"
      });
    }
    const found = findKustomization(this.reader, folder);
    const fileName = found.path.slice(folder === "" ? 0 : folder.length + 1);
    const place = { file: { path: found.path, text: "", lineShift: 0 }, start: 0 };
    let node;
    try {
      [node] = this.reader.nodes(found, "1.1");
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      this.#report(error, place, "", { folder, fileName });
      return void 0;
    }
    if (node === void 0) {
      const empty = new RenderError("KustomizationInvalid", "the kustomization is empty", { help: "add resources:" });
      this.#report(empty, place, "", { folder, fileName });
      return void 0;
    }
    const before = this.#problems.length;
    const kustomization = decoded.get(node) ?? readKustomization(node, {
      isStrict: true,
      report: (error, at, field) => this.#report(error, at, field, { folder, fileName })
    });
    if (kustomization === void 0 || this.#problems.length > before) return void 0;
    decoded.set(node, kustomization);
    if (isEmptyKustomization(node)) {
      const empty = new RenderError("KustomizationInvalid", "the kustomization has nothing but its type", {
        help: "add resources:"
      });
      this.#report(empty, node, "", { folder, fileName });
    }
    return { kustomization, folder, fileName, file: node, chain: [...chain, folder], originPath: originPath2 };
  }
  #accumulate(target, accumulator) {
    const { kustomization } = target;
    this.#prefetch(target);
    this.#chooseSchema(target);
    this.#addResources(target, accumulator, kustomization.resources, "resources");
    this.attempt(target, target.file, "configurations", () => accumulator.mergeConfig(DEFAULT_CONFIG));
    this.#addConfigurations(target, accumulator);
    runGenerators(this, target, accumulator);
    this.#addComponents(target, accumulator);
    if (this.#isBlocked) return;
    if (this.#isBroken) return checkPatches(this, target);
    const isDone = runTransformers(this, target, accumulator.list, accumulator.config);
    accumulator.list.touch();
    if (!isDone || this.#isBlocked) return;
    this.#runPlugins(target, accumulator);
    if (this.#isBroken) return;
    this.attempt(target, target.file, "vars", () => {
      bindVars(accumulator.list, kustomization.vars);
      accumulator.addVars(kustomization.vars);
    });
  }
  /** Asks for everything the kustomization names at once, before the first of it is used. */
  #prefetch(target) {
    for (const path of referencedPaths(target.kustomization)) {
      try {
        const entry = joinPath(target.folder, path) === void 0 ? void 0 : this.reader.lookUp(target.folder, path);
        if (entry?.type === "file") this.reader.want(entry);
      } catch (error) {
        if (!(error instanceof BlobNeeded)) throw error;
        this.#isBlocked = true;
      }
    }
  }
  #chooseSchema(target) {
    const { path, version } = target.kustomization.openapi;
    if (this.#schema !== void 0 || path === void 0 && version === void 0) return;
    const field = path === void 0 ? "openapi.version" : "openapi.path";
    const at = (path ?? version)?.at ?? target.file;
    this.attempt(target, at, field, () => {
      if (path !== void 0 && version !== void 0) {
        throw new RenderError("KustomizationInvalid", "openapi has either version or path, not both");
      }
      if (version !== void 0 && version.value !== "v1.21.2" && version.value !== "v1.20.4") {
        throw new RenderError("KustomizationInvalid", `the OpenAPI version ${version.value} is not built in`, {
          help: "remove openapi.version, or name a schema file with openapi.path"
        });
      }
      if (path === void 0) return;
      const file = this.reader.resolveFile(target.folder, path);
      const [document] = this.reader.nodes(file, "1.1");
      this.#schema = { key: file.id, schemas: document === void 0 ? () => void 0 : documentSchemas(document) };
    });
  }
  #addResources(target, accumulator, paths, field) {
    for (const [index, path] of paths.entries()) {
      this.attempt(target, path.at, `${field}[${index}]`, () => this.#addResource(target, accumulator, path));
    }
  }
  #addResource(target, accumulator, path) {
    const entry = this.#resolveResource(target, path);
    if (entry.type === "folder") return this.#addBase(target, accumulator, entry.path, path);
    const resources = readResources(this.reader.nodes(entry, "1.2"));
    for (const resource of resources) withOrigin(resource, originPath(target, path.value));
    accumulator.list.appendAll(resources);
    if (accumulator.list.items.length > MAX_OBJECTS) throw tooManyObjects();
  }
  /** "File or folder": what lies outside of the repository and what is remote is refused. */
  #resolveResource(target, path) {
    if (path.value === "") throw new RenderError("KustomizationInvalid", "the path is empty", { help: "remove it" });
    const entry = this.reader.lookUp(target.folder, path.value);
    if (entry === void 0 && isRemote(path.value)) throw remoteRefused(path.value);
    if (entry === void 0) throw missingFile(target.folder, path.value);
    if (entry.type === "outside") {
      if (isRemote(path.value)) throw remoteRefused(path.value);
      throw new RenderError("RenderRefused", `${path.value} leads out of the repository`, {
        help: "bring what it names into the repository"
      });
    }
    if (entry.type === "file" && !isInFolder(entry.path, target.folder)) {
      throw new RenderError(
        "RenderRefused",
        `the file ${path.value} is not in or below ${target.folder || "the root"}`,
        {
          help: `name its folder ${folderOf(path.value) || "."} instead, with a kustomization in it: kustomize reads no files from elsewhere`
        }
      );
    }
    return entry;
  }
  #addBase(target, accumulator, folder, path) {
    this.#checkCycle(target, folder, path);
    const built = this.buildFolder({ folder, chain: target.chain, originPath: originPath(target, path.value) });
    this.#problems.push(...built.problems);
    this.#isBroken ||= built.isBroken;
    if (built.isBroken) return;
    accumulator.merge(built.accumulator.copy());
    if (accumulator.list.items.length > MAX_OBJECTS) throw tooManyObjects();
  }
  #checkCycle(target, folder, path) {
    const above = target.chain.findLast((visited) => isInFolder(visited, folder));
    if (above !== void 0) {
      const way = [...target.chain.slice(target.chain.indexOf(above)), folder].map((step) => step || ".").join(" \u2192 ");
      throw new RenderError("RenderFailed", `${path.value} leads back to a kustomization that it is part of: ${way}`, {
        help: "a base lies beside or below the kustomizations that use it, and names none of them"
      });
    }
    if (target.chain.length >= MAX_DEPTH2) {
      throw new RenderError("LimitExceeded", `kustomizations nest deeper than ${MAX_DEPTH2} levels`, {
        help: "name the bases directly"
      });
    }
  }
  #addConfigurations(target, accumulator) {
    const { configurations, crds } = target.kustomization;
    for (const [index, path] of configurations.entries()) {
      this.attempt(target, path.at, `configurations[${index}]`, () => {
        const file = this.reader.resolveFile(target.folder, path);
        for (const node of this.reader.nodes(file, "1.1").slice(0, 1)) accumulator.mergeConfig(readConfiguration(node));
      });
    }
    for (const [index, path] of crds.entries()) {
      this.attempt(target, path.at, `crds[${index}]`, () => {
        const file = this.reader.resolveFile(target.folder, path);
        for (const node of this.reader.nodes(file, "1.1").slice(0, 1)) accumulator.mergeConfig(readCrdConfig(node));
      });
    }
  }
  #addComponents(target, accumulator) {
    for (const [index, path] of target.kustomization.components.entries()) {
      this.attempt(target, path.at, `components[${index}]`, () => this.#addComponent(target, accumulator, path));
    }
  }
  #addComponent(target, accumulator, path) {
    const entry = this.#resolveResource(target, path);
    if (entry.type === "file") {
      throw new RenderError("RenderFailed", `${path.value} is a file; a component is a folder`, {
        help: "name the folder, or list the file under resources"
      });
    }
    this.#checkCycle(target, entry.path, path);
    const request = { folder: entry.path, chain: target.chain, originPath: originPath(target, path.value) };
    const component = this.#load(request);
    if (component === void 0) return;
    if (component.kustomization.kind !== "Component") {
      throw new RenderError("RenderFailed", `${path.value} is no Component but a ${component.kustomization.kind}`, {
        help: "list it under resources, or set kind: Component and apiVersion: kustomize.config.k8s.io/v1alpha1"
      });
    }
    this.#accumulate(component, accumulator);
    accumulator.list.checkUnique();
  }
  readConfigurations(target, paths, field) {
    const found = [];
    for (const [index, path] of paths.entries()) {
      const name = `${field}[${index}]`;
      this.attempt(target, path.at, name, () => {
        const accumulator = new Accumulator();
        if (/[\n{]/.test(path.value)) {
          const inline = readResources(parseNodes(inlineSource(path.at, path.value), "1.2"));
          for (const resource of inline) withOrigin(resource, originPath(target, target.fileName));
          accumulator.list.appendAll(inline);
        } else this.#addResource(target, accumulator, path);
        for (const { node, state } of accumulator.list.items) {
          if (node !== void 0)
            found.push({ node, origin: pluginOrigin(node, state.origin), field: name, at: path.at });
        }
      });
    }
    return found;
  }
  #runPlugins(target, accumulator) {
    const { transformers, validators } = target.kustomization;
    for (const { node, at, field, origin } of this.readConfigurations(target, transformers, "transformers")) {
      if (this.#isBroken) return;
      this.attempt(target, at, field, () => runTransformerPlugin(this, target, accumulator.list, node));
      if (origin !== void 0) recordOrigin(accumulator, origin);
      accumulator.list.dropDeleted();
      accumulator.list.touch();
    }
    for (const { node, at, field } of this.readConfigurations(target, validators, "validators")) {
      if (this.#isBroken) return;
      const copy = accumulator.list.copy();
      this.attempt(target, at, field, () => runTransformerPlugin(this, target, copy, node));
    }
  }
};
function recordOrigin(accumulator, origin) {
  for (const resource of accumulator.list.items) {
    const { state } = resource;
    resource.state = { ...state, transformations: [...state.transformations, origin] };
  }
}
function withOrigin(resource, path) {
  if (path !== void 0) resource.state = { ...resource.state, origin: { path } };
}
function pluginOrigin(node, origin) {
  if (origin === void 0 || node.kind !== "map") return void 0;
  const text = (name2) => {
    const value = node.fields.get(name2);
    return value?.kind === "scalar" ? value.text : "";
  };
  const metadata = node.fields.get("metadata");
  const name = metadata?.kind === "map" ? metadata.fields.get("name") : void 0;
  return {
    ...origin.path === void 0 ? {} : { configuredIn: origin.path },
    configuredBy: {
      apiVersion: text("apiVersion"),
      kind: text("kind"),
      ...name?.kind === "scalar" ? { name: name.text } : {}
    }
  };
}
function originPath(target, path) {
  return target.originPath === void 0 ? void 0 : cleanPath(`${target.originPath}/${path}`);
}
function cleanPath(path) {
  const steps2 = [];
  for (const step of path.split("/")) {
    if (step === "" || step === ".") continue;
    if (step === ".." && steps2.length > 0 && steps2.at(-1) !== "..") steps2.pop();
    else steps2.push(step);
  }
  return steps2.join("/");
}
function isEmptyKustomization(node) {
  if (node.kind !== "map") return true;
  return [...node.fields].every(([name, value]) => /^(?:apiversion|kind)$/i.test(name) || isEmpty(value));
}
function tooManyObjects() {
  return new RenderError("LimitExceeded", `the kustomization has more than ${MAX_OBJECTS} objects`, {
    help: "split it into several applications"
  });
}

// src/manifests/render/rendered-object.ts
var RenderedObject = class _RenderedObject {
  apiVersion;
  kind;
  name;
  /** As it is written; undefined for none. */
  namespace;
  node;
  #place;
  #json;
  constructor(node, place) {
    const { gvk, name, namespace } = idOfNode(node);
    this.apiVersion = gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
    this.kind = gvk.kind;
    this.name = name;
    this.namespace = namespace === "" ? void 0 : namespace;
    this.node = node;
    this.#place = place;
  }
  /** The same object with other content. */
  with(node) {
    return new _RenderedObject(node, this.#place);
  }
  /** The object. Frozen it is not: it is made once and shared, so do not change it. */
  get object() {
    this.#json ??= objectOf(this.node);
    return this.#json;
  }
  /** Where the object itself was written, as a place in its file. */
  get place() {
    return this.#place;
  }
  /** Where the object itself was written, before anything changed it: its file, or the generator's entry. */
  get origin() {
    return { path: this.#place.file.path, line: lineOf(this.#place) };
  }
  /** The file and line that gave a field the value it has: the object's own file, a patch, or a field of a kustomization. */
  writtenAt(field) {
    const { node, exists } = this.find(field);
    return { path: node.file.path, line: lineOf(node), exists };
  }
  /** The node of a field, or of its deepest parent where it does not exist. */
  find(field) {
    let node = this.node;
    for (const step of field) {
      const next = node.kind === "map" ? node.fields.get(String(step)) : node.kind === "list" && typeof step === "number" ? node.items[step] : void 0;
      if (next === void 0) return { node, exists: false };
      node = next;
    }
    return { node, exists: true };
  }
  /** Whether a value of the field is not to be shown: the data of a Secret, and what has the name of a secret. */
  isSensitive(field) {
    const [first = "metadata"] = field;
    if (this.kind === "Secret" && !OPEN_SECRET_FIELDS.has(String(first))) return true;
    if (this.kind === "Secret" && field[1] === "annotations") return true;
    if (field.some((step) => typeof step === "string" && isSensitiveName(step))) return true;
    if (field.at(-1) !== "value") return false;
    const name = this.find([...field.slice(0, -1), "name"]);
    return name.exists && isSensitiveName(textOf(name.node));
  }
};

// src/manifests/render/charts/render-chart.ts
function renderChart(reader, folder, { settings, releaseName }) {
  const path = folder === "" ? "Chart.yaml" : `${folder}/Chart.yaml`;
  const at = { file: { path, text: "", lineShift: 0 }, start: 0 };
  const problems = [];
  const values = settings.valuesFiles.flatMap((file, index) => {
    try {
      return [{ id: valuesFile(reader, folder, file) }];
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      problems.push(diagnosticOf(error, file.at, `spec.helm.valuesFiles[${index}]`));
      return [];
    }
  });
  if (problems.length > 0) return { objects: [], problems };
  const inline = settings.values === void 0 ? [] : [{ text: writeYaml(settings.values) }];
  try {
    const nodes = inflateChart(reader, {
      folder,
      values: [...values, ...inline],
      options: {
        releaseName: settings.releaseName?.value || releaseName,
        namespace: settings.namespace?.value ?? "",
        nameTemplate: "",
        includeCRDs: settings.includeCRDs,
        skipHooks: settings.skipHooks,
        skipTests: settings.skipTests,
        kubeVersion: settings.kubeVersion?.value ?? "",
        apiVersions: settings.apiVersions.map(({ value }) => value)
      },
      at
    });
    const resources = readResources(nodes);
    const objects = resources.flatMap(
      ({ node, place }) => node === void 0 ? [] : [new RenderedObject(inNamespace(node, settings.namespace), place)]
    );
    for (const rendered of objects) void rendered.object;
    return { objects, problems };
  } catch (error) {
    if (error instanceof BlobNeeded || !(error instanceof RenderError)) throw error;
    return { objects: [], problems: [diagnosticOf(error, error.at ?? at, void 0)] };
  }
}
function valuesFile(reader, folder, file) {
  const entry = reader.lookUp(folder, file.value);
  if (entry?.type === "file") return entry.id;
  if (entry?.type === "outside") {
    throw new RenderError("RenderRefused", `${file.value} leads out of the repository`, {
      help: "bring the file into the repository"
    });
  }
  const what = entry === void 0 ? `there is no ${file.value} in` : `${file.value} is a folder of`;
  throw new RenderError("RenderFileMissing", `${what} ${folder || "the root of the repository"}`, {
    help: "name a file of values, from the folder of the application"
  });
}
function inNamespace(node, namespace) {
  const metadata = fieldOf(node, "metadata");
  if (namespace === void 0 || namespace.value === "" || isClusterScoped(idOfNode(node).gvk)) return node;
  if (!isEmpty(fieldOf(metadata, "namespace")) && textOf(fieldOf(metadata, "namespace")) !== "") return node;
  const map = metadata?.kind === "map" ? metadata : mapNode(/* @__PURE__ */ new Map(), node);
  return withField(node, "metadata", withField(map, "namespace", scalar(namespace.value, namespace.at)));
}

// src/manifests/render/transform/fix-name-references.ts
function fixNameReferences(list, references) {
  const index = new Candidates(list.items);
  if (index.isEmpty) return;
  const specsOf = /* @__PURE__ */ new Map();
  for (const referrer of list.items) {
    const { gvk } = referrer.originalId;
    const key = `${gvk.group}/${gvk.version}/${gvk.kind}`;
    let specs2 = specsOf.get(key);
    if (specs2 === void 0) {
      specs2 = references.flatMap(
        ({ gvk: target, referrers }) => referrers.filter((spec) => isSelected(gvk, spec.gvk)).map((spec) => ({ spec, target }))
      );
      specsOf.set(key, specs2);
    }
    if (specs2.length === 0) continue;
    const fixer = new ReferenceFixer(referrer, index);
    changeNode(referrer, (root) => specs2.reduce((node, { spec, target }) => fixer.fix(node, spec, target), root));
  }
}
var Candidates = class {
  #byName = /* @__PURE__ */ new Map();
  all;
  constructor(resources) {
    this.all = resources;
    for (const resource of resources) {
      for (const name of new Set(resource.state.previousIds.map((id) => id.name))) {
        const list = this.#byName.get(name);
        if (list === void 0) this.#byName.set(name, [resource]);
        else list.push(resource);
      }
    }
  }
  get isEmpty() {
    return this.#byName.size === 0;
  }
  named(name) {
    return this.#byName.get(name) ?? [];
  }
};
var ReferenceFixer = class {
  #referrer;
  #candidates;
  #namespaces;
  constructor(referrer, candidates) {
    this.#referrer = referrer;
    this.#candidates = candidates;
    this.#namespaces = subjectNamespaces(referrer.node);
  }
  fix(root, spec, target) {
    const own = { ...spec, gvk: { group: "", version: "", kind: "" } };
    return updateFieldSpec(root, own, { set: (node) => this.#set(node, root, spec, target), at: root });
  }
  #set(node, root, spec, target) {
    if (isMissing(node)) return node;
    if (node.kind === "scalar") return this.#setScalar(node, root, spec, target);
    if (node.kind === "map") return this.#setMap(node, root, spec, target);
    return this.#setList(node, root, spec, target);
  }
  #setList(node, root, spec, target) {
    const items = node.items.map((item) => {
      if (isNull(item)) return item;
      if (item.kind === "scalar") return this.#setScalar(item, root, spec, target);
      if (item.kind === "map") return this.#setMap(item, root, spec, target);
      throw new RenderError("RenderFailed", `a reference is ${kindName(item)} and has to be a name or a mapping`, {
        at: item
      });
    });
    return items.every((item, at) => item === node.items[at]) ? node : { ...node, items };
  }
  #setScalar(node, root, spec, target) {
    const referral = this.#select(node, root, spec, target, void 0);
    if (referral === void 0 || referral.id.name === textOf(node)) return node;
    return scalar(referral.id.name, nameNode(referral), "", node.kind === "scalar" && node.isQuoted);
  }
  /** A mapping with a name, and maybe a namespace: a subject, or the service of a webhook. */
  #setMap(node, root, spec, target) {
    const name = node.fields.get("name");
    if (name === void 0 || isNull(name)) {
      throw new RenderError("RenderFailed", `${spec.path} should hold a name and has none`, {
        help: "add the name, or correct the nameReference of the configuration",
        at: node
      });
    }
    const referral = this.#select(name, root, spec, target, node);
    if (referral === void 0) return node;
    const { id } = referral;
    if (id.name === textOf(name) && id.namespace === "") return node;
    const isQuoted = name.kind === "scalar" && name.isQuoted;
    const named = withField(
      node,
      "name",
      scalar(id.name, id.name === textOf(name) ? name : nameNode(referral), "", isQuoted)
    );
    if (id.namespace === "") return named;
    const at = fieldOf(fieldOf(referral.node, "metadata"), "namespace") ?? referral.place;
    const former = node.fields.get("namespace");
    const place = textOf(former) === id.namespace ? former ?? at : at;
    return withField(named, "namespace", scalar(id.namespace, place, "str"));
  }
  /** The object that the name means; undefined for none that was renamed. Throws when it could be several with different names. */
  #select(node, root, spec, target, map) {
    const name = textOf(node);
    let found = this.#candidates.named(name).filter(
      (candidate) => this.#canRefer(candidate) && candidate.previousIds.some((id) => isSelected(id.gvk, target))
    );
    if (found.length === 0) return void 0;
    if (map !== void 0) found = this.#inNamespace(found, map);
    const roleRef = spec.path.endsWith("roleRef/name") ? roleRefOf(root) : void 0;
    if (roleRef !== void 0) {
      found = found.filter((candidate) => candidate.previousIds.some((id) => isSelected(id.gvk, roleRef)));
    }
    found = found.filter((candidate) => this.#isInReach(candidate));
    if (found.length <= 1) return found[0];
    found = found.filter((candidate) => affixesMatch(candidate, this.#referrer, true));
    if (found.length > 1) found = found.filter((candidate) => affixesMatch(candidate, this.#referrer, false));
    const [first] = found;
    if (first === void 0 || found.length === 1) return first;
    const isSame = found.every(
      ({ id }) => id.name === first.id.name && (map === void 0 || id.namespace === first.id.namespace)
    );
    if (isSame) return first;
    const list = found.map(({ id }) => shortId(id)).join(", ");
    throw new RenderError("RenderFailed", `${spec.path} names ${name}, which could be any of ${list}`, {
      help: "give the objects different names",
      at: node
    });
  }
  /** Those that were in the namespace the reference names, where any object was; else those that are in it. */
  #inNamespace(found, map) {
    const node = map.fields.get("namespace");
    if (node === void 0 || isNull(node)) return found;
    const namespace = textOf(node);
    const wasThere = (candidate) => effectiveNamespace(candidate.originalId) === namespace;
    const isOriginal = this.#candidates.all.some((candidate) => wasThere(candidate) && this.#canRefer(candidate));
    return found.filter(
      (candidate) => isOriginal ? wasThere(candidate) : effectiveNamespace(candidate.id) === namespace
    );
  }
  /** "A cluster scoped resource can refer to anything"; others to what has no namespace, or has theirs (kustomize, reswrangler). */
  #canRefer(candidate) {
    const own = this.#referrer.id;
    const { id } = candidate;
    if (isClusterScoped(own.gvk) || isClusterScoped(id.gvk)) return true;
    return effectiveNamespace(own) === effectiveNamespace(id) || this.#namespaces.has(id.namespace);
  }
  #isInReach(candidate) {
    const own = this.#referrer.id;
    const { id } = candidate;
    if (isClusterScoped(own.gvk) || isClusterScoped(id.gvk) || id.gvk.kind === "ServiceAccount") return true;
    return effectiveNamespace(own) === effectiveNamespace(id);
  }
};
function nameNode(resource) {
  return fieldOf(fieldOf(resource.node, "metadata"), "name") ?? scalar(resource.id.name, resource.place);
}
function subjectNamespaces(node) {
  if (idOfNode(node).gvk.kind !== "RoleBinding") return NO_NAMESPACES;
  const subjects = fieldOf(node, "subjects");
  if (subjects?.kind !== "list") return NO_NAMESPACES;
  return new Set(
    subjects.items.filter((subject) => textOf(fieldOf(subject, "kind")) === "ServiceAccount").map((subject) => textOf(fieldOf(subject, "namespace"))).filter((namespace) => namespace !== "")
  );
}
var NO_NAMESPACES = /* @__PURE__ */ new Set();
function roleRefOf(root) {
  const roleRef = fieldOf(root, "roleRef");
  const group = fieldOf(roleRef, "apiGroup");
  const kind = fieldOf(roleRef, "kind");
  return group === void 0 || kind === void 0 ? void 0 : { group: textOf(group), version: "", kind: textOf(kind) };
}
function affixesMatch(a, b, allowNone) {
  return ["prefixes", "suffixes"].every((list) => {
    const [first, second] = [a.state[list], b.state[list]];
    if (allowNone && (first.length === 0 || second.length === 0)) return true;
    const [short, long] = first.length > second.length ? [second, first] : [first, second];
    if (short.length === 0) return long.length === 0;
    return short.every((text, index) => text === long[index + long.length - short.length]);
  });
}

// src/manifests/render/transform/sort-resources.ts
function sortResources(list, options) {
  const order = options?.order ?? "legacy";
  if (order !== "legacy" && order !== "fifo") {
    throw new RenderError("KustomizationInvalid", `sortOptions.order is ${JSON.stringify(order)}`, {
      help: "write legacy or fifo"
    });
  }
  if (order === "fifo") {
    if (options?.orderFirst === void 0) return;
    throw new RenderError("KustomizationInvalid", "sortOptions.legacySortOptions goes with the order legacy only", {
      help: "remove it, or set order: legacy"
    });
  }
  const ranks = rankKinds(options?.orderFirst ?? ORDER_FIRST, options?.orderLast ?? ORDER_LAST);
  list.items = list.items.map((resource) => ({ resource, id: resource.id, text: sortTextOfId(resource.id) })).sort(
    (a, b) => gvkEqual(a.id.gvk, b.id.gvk) ? compareText2(a.text, b.text) : compareKinds(a.id.gvk, b.id.gvk, ranks)
  ).map(({ resource }) => resource);
}
function compareKinds(a, b, ranks) {
  const difference = (ranks.get(a.kind) ?? 0) - (ranks.get(b.kind) ?? 0);
  if (difference !== 0) return difference;
  const isNamespace = a.kind === "Namespace" && b.kind === "Namespace" && (a.group === "" || b.group === "");
  const compared = compareText2(sortTextOfGvk(a), sortTextOfGvk(b));
  return isNamespace ? -compared : compared;
}
function sortTextOfId({ gvk, name, namespace }) {
  return `${formatGvk(gvk)}|${namespace || "~X"}|${name || "~N"}`;
}

// src/manifests/render/finish-resources.ts
var LOCAL_CONFIG = "config.kubernetes.io/local-config";
var ORIGIN = "config.kubernetes.io/origin";
var TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations";
var MANAGED_BY = "kustomize-(devel)";
function finishResources(accumulator, kustomization) {
  const { list, config, vars } = accumulator;
  const buildMetadata = kustomization?.buildMetadata ?? [];
  addHashes(list);
  fixNameReferences(list, config.nameReference);
  resolveVars(list, vars, config.varReference);
  list.items = list.items.filter((resource) => !isLocal(resource));
  for (const resource of list.items) checkIdentity(resource);
  sortResources(list, kustomization?.sortOptions);
  if (buildMetadata.includes("managedByLabel")) addManagedBy(accumulator);
  for (const resource of list.items) {
    if (buildMetadata.includes("originAnnotations")) annotate(resource, ORIGIN, originText(resource.state.origin));
    if (buildMetadata.includes("transformerAnnotations")) {
      const texts = resource.state.transformations.map(originText);
      annotate(resource, TRANSFORMATIONS, texts.map(listItem).join(""));
    }
    finishAnnotations(resource);
  }
}
function isLocal(resource) {
  const local = metadataEntries(resource.node, "annotations").get(LOCAL_CONFIG);
  return local !== void 0 && local !== "false";
}
function checkIdentity({ node, place }) {
  const kind = textOf(fieldOf(node, "kind"));
  const name = fieldOf(fieldOf(node, "metadata"), "name");
  if (kind !== "" && (kind.endsWith("List") || !isEmpty(name) && textOf(name) !== "")) return;
  throw new RenderError("RenderFailed", "a patch or transformer left an object without kind or name", {
    help: "restore them in the patch",
    at: place
  });
}
function addManagedBy({ list }) {
  const at = list.items[0]?.node;
  if (at === void 0) return;
  const labels = /* @__PURE__ */ new Map([["app.kubernetes.io/managed-by", { value: MANAGED_BY, at }]]);
  setEntries(list, labels, [{ gvk: { group: "", version: "", kind: "" }, path: "metadata/labels", create: true }]);
}
function annotate(resource, name, text) {
  const { node } = resource;
  if (node === void 0 || text === "") return;
  const annotations = fieldOf(fieldOf(node, "metadata"), "annotations");
  const entries = new Map(annotations?.kind === "map" ? annotations.fields : []);
  entries.set(name, scalar(text, resource.place));
  resource.node = withEntries(node, "annotations", mapNode(entries, resource.place).fields);
}
function originText(origin) {
  if (origin === void 0) return "";
  const { path, configuredIn, configuredBy } = origin;
  const lines = [
    ...path === void 0 || path === "" ? [] : [`path: ${path}`],
    ...configuredIn === void 0 ? [] : [`configuredIn: ${configuredIn}`]
  ];
  if (configuredBy !== void 0) {
    lines.push("configuredBy:", `  apiVersion: ${configuredBy.apiVersion}`, `  kind: ${configuredBy.kind}`);
    if (configuredBy.name !== void 0) lines.push(`  name: ${configuredBy.name}`);
  }
  return `${lines.join("\n")}
`;
}
function listItem(text) {
  return text.trimEnd().split("\n").map((line, index) => `${index === 0 ? "- " : "  "}${line}
`).join("");
}

// src/manifests/render/render-cache.ts
var ResultMap = class {
  added = 0;
  #maxResults;
  #results = /* @__PURE__ */ new Map();
  constructor(maxResults) {
    this.#maxResults = maxResults;
  }
  get(key) {
    const found = this.#results.get(key);
    if (found === void 0) return void 0;
    this.#results.delete(key);
    this.#results.set(key, found);
    return found;
  }
  set(key, result) {
    this.added++;
    this.#results.delete(key);
    this.#results.set(key, result);
    if (this.#results.size <= this.#maxResults) return;
    for (const oldest of this.#results.keys()) {
      this.#results.delete(oldest);
      return;
    }
  }
};
var BYTES_PER_CHAR = 6;
var LEFT_AFTER_DROP = 0.8;
var RenderCache = class {
  /** Kustomizations as others use them. */
  built;
  /** Kustomizations as they were asked for. */
  finished;
  /** Keys of encrypted files that were seen, by their id. */
  wrappedKeys = /* @__PURE__ */ new Map();
  #maxBytes;
  #files = /* @__PURE__ */ new Map();
  #sizeBytes = 0;
  #uses = 0;
  #parsed = 0;
  constructor(options = {}) {
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    const maxResults = options.maxResults ?? 5e3;
    this.built = new ResultMap(maxResults);
    this.finished = new ResultMap(maxResults);
  }
  /** How often a file was parsed and a kustomization built, for tests and benchmarks. */
  get counts() {
    return { parsed: this.#parsed, built: this.built.added + this.finished.added };
  }
  file(key) {
    const entry = this.#files.get(key);
    if (entry === void 0) return void 0;
    entry.usedAt = ++this.#uses;
    return entry.parsed;
  }
  setFile(key, parsed, textLength) {
    this.#parsed++;
    const sizeBytes = textLength * BYTES_PER_CHAR + 1e3;
    this.#sizeBytes += sizeBytes - (this.#files.get(key)?.sizeBytes ?? 0);
    this.#files.set(key, { parsed, sizeBytes, usedAt: ++this.#uses });
    if (this.#sizeBytes > this.#maxBytes) this.#dropOldest();
  }
  #dropOldest() {
    const oldestFirst = [...this.#files].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key, { sizeBytes }] of oldestFirst) {
      if (this.#sizeBytes <= this.#maxBytes * LEFT_AFTER_DROP) return;
      this.#files.delete(key);
      this.#sizeBytes -= sizeBytes;
    }
  }
};

// src/manifests/render/render.ts
var MAX_OUTPUT_BYTES = 128 * 1024 * 1024;
function render(request) {
  const tree = Symbol.iterator in request.tree ? new FileTree(request.tree) : request.tree;
  const cache = request.cache ?? new RenderCache();
  const folder = request.folder === "." ? "" : request.folder.replace(/\/+$/, "");
  const { blobs, dataKeys, charts, chart, resources } = request;
  const reader = new FileReader({ tree, blobs, cache, dataKeys, charts });
  const key = keyOf2(folder, request);
  try {
    const known3 = cache.finished.get(key);
    if (known3 !== void 0 && reader.isUnchanged(known3.dependencies)) {
      return resultOf(known3.value, known3.dependencies, false);
    }
    const { value, dependencies } = reader.track(
      () => chart === void 0 ? renderFolder(reader, folder, resources) : renderChart(reader, folder, chart)
    );
    const { isRetryable } = reader;
    if (!isRetryable) cache.finished.set(key, { value, dependencies });
    return resultOf(value, dependencies, isRetryable);
  } catch (error) {
    if (!(error instanceof BlobNeeded)) throw error;
    const { needs, neededFolders, neededKeys, neededCharts } = reader;
    const [blobs2, folders] = [[...needs], [...neededFolders]];
    return { type: "needs", blobs: blobs2, folders, keys: neededKeys, charts: [...neededCharts.values()] };
  }
}
function keyOf2(folder, { resources, chart }) {
  if (resources !== void 0) return JSON.stringify([folder, resources]);
  return chart === void 0 ? folder : JSON.stringify([folder, "chart", chart.releaseName, chart.settingsId]);
}
function resultOf({ objects, problems }, dependencies, isRetryable) {
  const files = [...dependencies].filter(([path, found]) => found !== "" && !found.startsWith("/") && !path.endsWith("/")).map(([path]) => path);
  return { type: "rendered", objects, problems, files: files.sort(), dependencies, isRetryable };
}
function renderFolder(reader, folder, resources) {
  const nowhere = { file: { path: folder, text: "", lineShift: 0 }, start: 0 };
  let at = nowhere;
  try {
    let built;
    if (resources === void 0) {
      const file = findKustomization(reader, folder);
      at = { file: { path: file.path, text: "", lineShift: 0 }, start: 0 };
      const originPath2 = hasBuildMetadata(reader, folder) ? "" : void 0;
      built = new Builder(reader).buildFolder({ folder, chain: [], originPath: originPath2 });
    } else built = new Builder(reader).buildResources(folder, resources);
    if (built.isBroken) return { objects: [], problems: sortedOnce(built.problems) };
    return finish(built, at);
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { objects: [], problems: [diagnosticOf(error, error.at ?? at, void 0)] };
  }
}
function hasBuildMetadata(reader, folder) {
  try {
    const [node] = reader.nodes(findKustomization(reader, folder), "1.1");
    return !isEmpty(fieldOf(node, "buildMetadata"));
  } catch (error) {
    if (error instanceof RenderError) return false;
    throw error;
  }
}
function finish(built, at) {
  const accumulator = built.accumulator.copy();
  try {
    finishResources(accumulator, built.kustomization);
    const objects = accumulator.list.items.flatMap(
      ({ node, place }) => node === void 0 ? [] : [new RenderedObject(node, place)]
    );
    checkSizes(objects);
    const leaks = objects.flatMap(leakOf);
    if (leaks.length > 0) return { objects: [], problems: sortedOnce([...built.problems, ...leaks]) };
    for (const rendered of objects) void rendered.object;
    return { objects, problems: sortedOnce(built.problems) };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { objects: [], problems: [...built.problems, diagnosticOf(error, error.at ?? at, void 0)] };
  }
}
function leakOf({ node, kind, name }) {
  const leaked = kind === "Secret" ? void 0 : findDecrypted(node);
  if (leaked === void 0) return [];
  const message = `a value that was decrypted stands in ${kind}/${name}, which is shown`;
  const help = "let a replacement, var or patch put it into a Secret, and refer to that";
  return [diagnosticOf({ code: "RenderRefused", message, help }, leaked, void 0)];
}
function findDecrypted(node) {
  if (isDecrypted(node)) return node;
  if (node.kind === "scalar") return void 0;
  for (const child of node.kind === "list" ? node.items : node.fields.values()) {
    const found = findDecrypted(child);
    if (found !== void 0) return found;
  }
  return void 0;
}
function checkSizes(objects) {
  let total = 0;
  for (const { node, kind, name } of objects) {
    checkSize(node, `${kind}/${name}`, node);
    total += measure(node, LIMITS.objectBytes);
    if (total > MAX_OUTPUT_BYTES) {
      throw new RenderError("LimitExceeded", `the objects have more than ${MAX_OUTPUT_BYTES} bytes together`, {
        help: "split the kustomization into several applications"
      });
    }
  }
}
function sortedOnce(problems) {
  const seen = /* @__PURE__ */ new Map();
  for (const problem of problems) {
    const { path, line, column, field, message } = problem;
    const key = JSON.stringify([path, line, column, field, message]);
    if (!seen.has(key)) seen.set(key, problem);
  }
  return sortDiagnostics([...seen.values()]);
}

// src/manifests/render/substitute/match-glob.ts
function matchBeginnings(glob, chars) {
  const steps2 = parseGlob(Array.from(glob));
  if (steps2 === void 0) return void 0;
  const lengths = [];
  let states = enter2(steps2, [0]);
  for (let at = 0; at <= chars.length && states.size > 0; at++) {
    if (states.has(steps2.length)) lengths.push(at);
    const char = chars[at];
    if (char === void 0) break;
    const next = [];
    for (const state of states) {
      const step = steps2[state];
      if (step?.type === "star") next.push(state);
      else if (step?.test(char) === true) next.push(state + 1);
    }
    states = enter2(steps2, next);
  }
  return lengths;
}
function enter2(steps2, states) {
  const entered = /* @__PURE__ */ new Set();
  for (const first of states) {
    for (let state = first; !entered.has(state); state++) {
      entered.add(state);
      if (steps2[state]?.type !== "star") break;
    }
  }
  return entered;
}
function parseGlob(glob) {
  const steps2 = [];
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] ?? "";
    if (char === "*") steps2.push({ type: "star" });
    else if (char === "?") steps2.push({ type: "one", test: () => true });
    else if (char === "[") {
      const parsed = parseClass(glob, at + 1);
      if (parsed === void 0) return void 0;
      steps2.push({ type: "one", test: parsed.test });
      at = parsed.end;
    } else {
      const literal = char === "\\" ? glob[++at] : char;
      if (literal === void 0) return void 0;
      steps2.push({ type: "one", test: (other) => other === literal });
    }
  }
  return steps2;
}
function parseClass(glob, start) {
  const isNegated = glob[start] === "^";
  const ranges = [];
  let at = isNegated ? start + 1 : start;
  const readChar = () => {
    if (glob[at] === "\\") at++;
    else if (glob[at] === "-" || glob[at] === "]") return void 0;
    return glob[at++]?.codePointAt(0);
  };
  while (glob[at] !== "]" || ranges.length === 0) {
    const low = readChar();
    if (low === void 0) return void 0;
    if (glob[at] !== "-") {
      ranges.push([low, low]);
      continue;
    }
    at++;
    const high = readChar();
    if (high === void 0) return void 0;
    ranges.push([low, high]);
  }
  const test2 = (char) => {
    const code = char.codePointAt(0) ?? 0;
    return ranges.some(([low, high]) => low <= code && code <= high) !== isNegated;
  };
  return { test: test2, end: at };
}

// src/manifests/render/substitute/parse-template.ts
var TemplateError = class extends Error {
  name = "TemplateError";
  start;
  /** The next step where it is not to write the expansion right. */
  help;
  constructor(message, start, help) {
    super(message);
    this.start = start;
    this.help = help;
  }
};
var MAX_DEPTH3 = 50;
var NAME_CHAR = /[\p{L}\p{Nd}_]/uy;
function parseTemplate(text) {
  return new TemplateParser(text).parse();
}
var TemplateParser = class {
  #text;
  #at = 0;
  #depth = 0;
  constructor(text) {
    this.#text = text;
  }
  parse() {
    const parts = [];
    while (this.#at < this.#text.length) {
      if (this.#text.startsWith("${", this.#at)) parts.push(this.#expansion());
      else parts.push(this.#readText(() => true, "$"));
    }
    return parts;
  }
  get #next() {
    return this.#text[this.#at] ?? "";
  }
  #fail(message, start) {
    throw new TemplateError(message, start);
  }
  /**
   * Characters up to the first that is not accepted, or to the next expansion. `escapes`: what an escape may begin with; `$$` is `$`, and
   * `\/` and `\\` are the second character.
   */
  #readText(isAccepted, escapes) {
    let read2 = "";
    let copied = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#next;
      const following = this.#text[this.#at + 1];
      if (char === "$" && following === "{") break;
      const isPair = char === "$" ? following === "$" : following === "/" || following === "\\";
      if (isPair && escapes.includes(char)) {
        read2 += this.#text.slice(copied, this.#at);
        copied = ++this.#at;
      } else if (!isAccepted(char)) break;
    }
    return read2 + this.#text.slice(copied, this.#at);
  }
  #expansion() {
    const start = this.#at;
    if (++this.#depth > MAX_DEPTH3) this.#fail(`variables nest deeper than ${MAX_DEPTH3} levels`, start);
    this.#at += 2;
    const expansion = this.#next === "#" ? this.#length(start) : this.#named(start);
    this.#depth--;
    return expansion;
  }
  #length(start) {
    this.#at++;
    const name = this.#readName();
    if (name === "") this.#fail("a bad substitution: a name is missing behind ${#", start);
    this.#close(start);
    return { name, operator: "#", args: [], start };
  }
  #named(start) {
    const name = this.#readName();
    if (name === "") this.#fail("a variable has no name", start);
    const following = this.#text[this.#at + 1] ?? "";
    switch (this.#next) {
      case ":":
        return following !== "" && "=-?+".includes(following) ? this.#default(name, `:${following}`, start) : this.#substring(name, start);
      case "=":
        return this.#default(name, "=", start);
      case ",":
      case "^": {
        const operator = this.#readOperator(/[,^]{1,2}/y);
        this.#close(start);
        return { name, operator, args: [], start };
      }
      case "/":
        return this.#replace(name, start);
      case "#":
      case "%": {
        const operator = this.#readOperator(this.#next === "#" ? /#{1,2}/y : /%{1,2}/y);
        const pattern = this.#argument(isNotClosing, "", start);
        this.#close(start);
        return { name, operator, args: [pattern], start };
      }
      case "}":
        this.#at++;
        return { name, operator: "", args: [], start };
      default:
        return this.#fail(`the closing brace of \${${name} is missing`, start);
    }
  }
  #readName() {
    const start = this.#at;
    NAME_CHAR.lastIndex = start;
    while (NAME_CHAR.test(this.#text)) this.#at = NAME_CHAR.lastIndex;
    return this.#text.slice(start, this.#at);
  }
  #readOperator(pattern) {
    pattern.lastIndex = this.#at;
    const operator = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += operator.length;
    return operator;
  }
  #close(start) {
    if (this.#next !== "}") this.#fail("a bad substitution: } is missing", start);
    this.#at++;
  }
  #argument(isAccepted, escapes, start) {
    if (this.#text.startsWith("${", this.#at)) return this.#expansion();
    const text = this.#readText(isAccepted, escapes);
    if (text === "") this.#fail("a bad substitution: an argument is missing", start);
    return text;
  }
  #default(name, operator, start) {
    this.#at += operator.length;
    const args = [];
    while (this.#next !== "}") args.push(this.#argument(isNotClosing, "", start));
    this.#close(start);
    return { name, operator, args, start };
  }
  #substring(name, start) {
    this.#at++;
    const from = this.#argument((char) => char !== ":" && char !== "}", "", start);
    if (this.#next === "}") {
      this.#at++;
      return { name, operator: ":", args: [from], start };
    }
    if (this.#readOperator(/:+/y) === "") this.#fail("a bad substitution: } is missing", start);
    const length = this.#argument(isNotClosing, "", start);
    this.#close(start);
    return { name, operator: ":", args: [from, length], start };
  }
  #replace(name, start) {
    const operator = this.#readOperator(/\/[/#%]?/y);
    const pattern = this.#next === "/" ? "" : this.#argument((char) => char !== "/", "$\\", start);
    if (this.#readOperator(/\/+/y) === "") this.#fail("a bad substitution: / is missing behind the pattern", start);
    const args = [pattern, ...this.#next === "}" ? [] : [this.#argument(isNotClosing, "$\\", start)]];
    this.#close(start);
    return { name, operator, args, start };
  }
};
function isNotClosing(char) {
  return char !== "}";
}

// src/manifests/render/substitute/expand-template.ts
var MAX_PATTERN_STEPS = 1e7;
function expandTemplate(template, lookUp, options) {
  let expanded = "";
  for (const part of template) {
    expanded += expandPart(part, lookUp, options);
    if (expanded.length > options.maxLength) {
      const start = typeof part === "string" ? 0 : part.start;
      throw new TemplateError(`more than ${options.maxLength} characters come out`, start);
    }
  }
  return expanded;
}
function expandPart(part, lookUp, options) {
  if (typeof part === "string") return part;
  const args = part.args.map((arg) => expandPart(arg, lookUp, options));
  const value = lookUp(part.name);
  if (value === void 0 && options.isStrict === true && !DEFAULTS.has(part.operator)) {
    throw new TemplateError(`the variable ${part.name} is not set`, part.start);
  }
  const result = applyOperator(part, value ?? "", args, options.maxLength);
  if (result.length > options.maxLength) {
    throw new TemplateError(`more than ${options.maxLength} characters come out`, part.start);
  }
  return result;
}
var DEFAULTS = /* @__PURE__ */ new Set(["=", ":=", ":-", ":?", ":+"]);
function applyOperator({ operator, start }, value, args, maxLength) {
  const [first = "", second = ""] = args;
  switch (operator) {
    case "#":
      return args.length === 0 ? String(new TextEncoder().encode(value).length) : withoutBeginning(value, first, "shortest", start);
    case "##":
      return withoutBeginning(value, first, "longest", start);
    case "%":
      return reverse(withoutBeginning(reverse(value), reverse(first), "shortest", start));
    case "%%":
      return reverse(withoutBeginning(reverse(value), reverse(first), "longest", start));
    case ",":
      return changeFirst(value, lowerCase);
    case ",,":
      return Array.from(value, lowerCase).join("");
    case "^":
      return changeFirst(value, upperCase);
    case "^^":
      return Array.from(value, upperCase).join("");
    case ":":
      return substring(value, args);
    case "/":
      return replaceFirst(value, first, second);
    case "//":
      if (value.length * second.length > maxLength) {
        throw new TemplateError("a value and its replacement are too long", start);
      }
      return first === "" ? interleave(value, second) : value.replaceAll(first, () => second);
    case "/#":
      return args.length === 2 && value.startsWith(first) ? replaceFirst(value, first, second) : value;
    case "/%":
      return args.length === 2 && value.endsWith(first) ? value.slice(0, value.length - first.length) + second : value;
    default:
      return value === "" ? args.join("") : value;
  }
}
function upperCase(char) {
  const upper = char.toUpperCase();
  return Array.from(upper).length === 1 ? upper : char;
}
function lowerCase(char) {
  const lower = char.toLowerCase();
  return Array.from(lower).length === 1 ? lower : char;
}
function changeFirst(value, change) {
  const [first = "", ...rest] = Array.from(value);
  return change(first) + rest.join("");
}
function reverse(value) {
  return Array.from(value).reverse().join("");
}
function replaceFirst(value, from, to) {
  return value.replace(from, () => to);
}
function interleave(value, between) {
  return `${between}${Array.from(value, (char) => char + between).join("")}`;
}
function withoutBeginning(value, glob, which, start) {
  const chars = Array.from(value);
  if (chars.length * glob.length > MAX_PATTERN_STEPS) {
    throw new TemplateError("a pattern and the value it is looked for in are too long", start);
  }
  const lengths = (matchBeginnings(glob, chars) ?? []).filter((length) => length > 0);
  return chars.slice((which === "shortest" ? lengths[0] : lengths.at(-1)) ?? 0).join("");
}
function substring(value, [position = "", length]) {
  const from = wholeNumber(position);
  const count = length === void 0 ? void 0 : wholeNumber(length);
  if (from === void 0 || length !== void 0 && count === void 0) return value;
  const bytes = new TextEncoder().encode(value);
  const begin = from < 0 ? Math.max(bytes.length + from, 0) : from;
  const end = count === void 0 ? bytes.length : count < 0 ? bytes.length + count : begin + count;
  return end <= begin ? "" : new TextDecoder().decode(bytes.subarray(begin, end));
}
function wholeNumber(text) {
  const value = /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : void 0;
}

// src/manifests/render/substitute/substitute-objects.ts
var VARIABLE_NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
var SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute";
function substituteObjects(objects, variables, options = {}) {
  if (variables.size === 0) return { objects, problems: [] };
  const problems = [];
  const substituted = objects.map((object) => {
    try {
      return isDisabled(object.node) ? object : new Substitution(object, variables, options).run();
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      problems.push({ ...diagnosticOf(error, error.at ?? object.node, void 0), object: nameOf(object) });
      return object;
    }
  });
  return problems.length > 0 ? { objects: [], problems } : { objects: substituted, problems };
}
function nameOf({ kind, namespace, name }) {
  return namespace === void 0 ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}
function isDisabled(node) {
  return ["labels", "annotations"].some(
    (field) => metadataEntries(node, field).get(SUBSTITUTE)?.toLowerCase() === "disabled"
  );
}
var Substitution = class {
  #object;
  #variables;
  #options;
  constructor(object, variables, options) {
    this.#object = object;
    this.#variables = variables;
    this.#options = options;
  }
  run() {
    const { node } = this.#object;
    const written = writeYaml(node);
    if (!written.includes("$")) return this.#object;
    const text = this.#expandAll(written);
    if (text === written) return this.#object;
    const read2 = this.#read(text, written);
    const placed = this.#place(read2, node);
    if (placed.kind !== "map" || placed.fields.size === 0) throw notAnObject(node);
    return this.#object.with(placed);
  }
  #expandAll(written) {
    try {
      return this.#expand(written);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new RenderError("RenderFailed", error.message, {
        help: error.help ?? "write ${name} or ${name:=default}; a dollar sign that is to stay is written $$",
        at: this.#culprit() ?? this.#placeOfLine(written, lineAt(written, error.start))
      });
    }
  }
  #expand(text) {
    const isSecret = this.#object.kind === "Secret";
    const lookUp = (name) => {
      const variable = this.#variables.get(name);
      if (variable === void 0) return void 0;
      if (variable.isSecret === true && !isSecret) {
        const help = `take ${name} from a ConfigMap if everybody may see it, or use it in a Secret`;
        throw new TemplateError(`the variable ${name} comes from a Secret, and this object is shown`, 0, help);
      }
      return variable.value.replaceAll("\n", "");
    };
    return expandTemplate(parseTemplate(text), lookUp, { ...this.#options, maxLength: 2 * LIMITS.objectBytes });
  }
  #read(text, written) {
    const file = { path: this.#object.node.file.path, text, lineShift: 0 };
    let problem;
    try {
      const nodes = parseNodes(file, "1.2");
      const [node] = nodes;
      if (nodes.length === 1 && node !== void 0) return node;
      problem = notAnObject(this.#object.node);
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      problem = new RenderError(error.code, "with the values of its variables the object is no valid YAML any more", {
        help: "quote what a value may break: ${quote}${name}${quote} with a variable quote: '\"'",
        at: this.#breaker() ?? this.#placeOfLine(written, error.at === void 0 ? 1 : lineOf(error.at))
      });
    }
    throw problem;
  }
  /** The first value that is no YAML by itself once it is expanded. */
  #breaker() {
    return findScalar(this.#object.node, (value) => {
      if (!value.text.includes("$")) return false;
      const text = this.#expand(writeYaml(mapNode(/* @__PURE__ */ new Map([["value", value]]), value)));
      try {
        parseNodes({ path: "", text, lineShift: 0 }, "1.2");
        return false;
      } catch (error) {
        if (error instanceof RenderError) return true;
        throw error;
      }
    });
  }
  /** The first value that cannot be expanded by itself. */
  #culprit() {
    return findScalar(this.#object.node, ({ text }) => {
      try {
        if (text.includes("$")) this.#expand(text);
        return false;
      } catch (error) {
        if (error instanceof TemplateError) return true;
        throw error;
      }
    });
  }
  /** The place of what a line of the written object came from: values have no line breaks, so that lines stay where they are. */
  #placeOfLine(written, line) {
    const file = { path: "", text: written, lineShift: 0 };
    const [read2] = parseNodes(file, "1.2");
    const original = this.#object.node;
    if (read2 === void 0) return original;
    let best = original;
    forEachPair(read2, original, (node, source) => {
      if (lineOf(node) <= line) best = source;
    });
    return best;
  }
  /** Gives what was read the places of what was written: field by field, and whole where a value became something else. */
  #place(read2, source) {
    if (read2.kind === "map" && source.kind === "map") {
      const sources = this.#sourcesOf(source);
      return mapNode(
        new Map([...read2.fields].map(([name, value]) => [name, this.#place(value, sources.get(name) ?? source)])),
        source
      );
    }
    if (read2.kind === "list" && source.kind === "list") {
      return listNode(
        read2.items.map((item, index) => this.#place(item, source.items[index] ?? source)),
        source
      );
    }
    return moved(read2, source);
  }
  /** Fields by the names that they have now. */
  #sourcesOf({ fields }) {
    return new Map([...fields].map(([name, value]) => [name.includes("$") ? this.#expand(name) : name, value]));
  }
};
function notAnObject(at) {
  return new RenderError("RenderFailed", "with the values of its variables the object is no object any more", {
    help: "put variables into values, not around fields",
    at
  });
}
function lineAt(text, offset) {
  return text.slice(0, offset).split("\n").length;
}
function moved(node, at) {
  if (node.kind === "scalar") return { ...node, file: at.file, start: at.start };
  if (node.kind === "list") {
    return listNode(
      node.items.map((item) => moved(item, at)),
      at
    );
  }
  return mapNode(new Map([...node.fields].map(([name, value]) => [name, moved(value, at)])), at);
}
function findScalar(node, isWanted) {
  if (node.kind === "scalar") return isWanted(node) ? node : void 0;
  const children = node.kind === "list" ? node.items : sortedFields(node);
  for (const child of children) {
    const found = findScalar(child, isWanted);
    if (found !== void 0) return found;
  }
  return void 0;
}
function sortedFields({ fields }) {
  return [...fields].sort(([a], [b]) => compareKeys(a, b)).map(([, value]) => value);
}
function forEachPair(node, other, visit2) {
  visit2(node, other);
  if (node.kind === "map" && other.kind === "map") {
    for (const [name, value] of node.fields) forEachPair(value, other.fields.get(name) ?? other, visit2);
  } else if (node.kind === "list" && other.kind === "list") {
    for (const [index, item] of node.items.entries()) forEachPair(item, other.items[index] ?? other, visit2);
  }
}
export {
  FieldReader,
  FileTree,
  KUSTOMIZATION_NAMES,
  RenderCache,
  RenderError,
  RenderedObject,
  VARIABLE_NAME,
  diagnosticOf,
  dropIgnoredHooks,
  followPath,
  parseNodes,
  render,
  substituteObjects,
  writeObjects
};
