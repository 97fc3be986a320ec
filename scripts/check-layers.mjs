/**
 * Holds the code to the layers and the purity rules of `docs/architecture.md`. Prints each break as `path:line: what, and what to use instead`
 * and ends with 1 when there is any.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Folder → layer. A file may import from its own folder and from lower layers; equal layers meet only through `interfaces`. */
const layers = {
  lib: 0,
  objects: 1,
  manifests: 2,
  plan: 2,
  scheduler: 2,
  report: 3,
  source: 3,
  store: 3,
  runtime: 3,
  host: 3,
  api: 4,
  controllers: 4,
  kubelet: 4,
  network: 4,
  gitops: 4,
  box: 5,
  github: 5,
  webhook: 5,
  dashboard: 5,
  simulate: 6,
  cli: 6,
  action: 6,
};

/** Files that hold only interfaces and errors, which siblings of the same layer (or lower drivers) may import. */
const interfaces = new Set([
  'src/api/client.ts',
  'src/api/api-error.ts',
  'src/api/metrics.ts',
  'src/api/pod-streams.ts',
  'src/host/disk.ts',
]);

/** Where the outside world may be touched: drivers and composition roots. */
const impure = [
  /^src\/host\/linux\//,
  /^src\/store\/disk\//,
  /^src\/runtime\/docker\//,
  /^src\/source\/(?!index\.ts|source\.ts)/,
  /^src\/api\/http(-client)?\//,
  /^src\/network\/dns\/.*-(server|socket)\.ts$/,
  /^src\/cli\//,
  /^src\/simulate\/(main|drain|seed-pool|sim-options|rule-coverage)\.ts$/,
  /^src\/action\//,
];

/** What pure code must not name, and what it uses instead. */
const forbidden = [
  [/\bDate\.now\(/, 'Date.now() reads the wall clock', 'take a Clock and call wallMs()'],
  [/\bnew Date\(\)/, 'new Date() reads the wall clock', 'take a Clock and call wallMs()'],
  [/\bperformance\.now\(/, 'performance.now() reads a clock', 'take a Clock and call monotonicMs()'],
  [/\bMath\.random\(/, 'Math.random() cannot be replayed', 'take a Random'],
  [/\brandomUUID\(|\bgetRandomValues\(/, 'this randomness cannot be replayed', 'take a Random and call newUid()'],
  [
    /\b(?<!\.)(?<!clock\.)set(Timeout|Interval|Immediate)\(/,
    'a real timer',
    'take a Clock and call setTimer() or defer()',
  ],
  [/\bprocess\.nextTick\(|\bqueueMicrotask\(/, 'an untracked turn', 'take a Clock and call defer()'],
  [/(?<![\w.])import\(/, 'a dynamic import', 'inject a loader from src/host'],
  [
    /\bprocess\.(env|cwd|exit|argv)\b/,
    'the process environment',
    'take the value as an option from the composition root',
  ],
  [/from 'node:(?!stream\/web)/, 'a module of Node', 'use a port of src/host'],
  [/\bcrypto\.subtle\b/, 'WebCrypto is asynchronous', 'use @noble/hashes'],
];

function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (entry.name.endsWith('.ts') && !entry.name.includes('.test.') && !/\/testing(\.ts$|\/)/.test(path))
      yield path;
  }
}

function isPureFile(path) {
  return !impure.some((pattern) => pattern.test(path));
}

function folderOf(path) {
  return path.split('/')[1] ?? '';
}

function checkImport(path, specifier) {
  if (!specifier.startsWith('.')) return undefined;
  const target = relative(root, join(root, dirname(path), specifier));
  const from = folderOf(path);
  const to = folderOf(target);
  if (from === to || interfaces.has(target) || !target.startsWith('src/')) return undefined;
  const fromLayer = layers[from];
  const toLayer = layers[to];
  if (fromLayer === undefined || toLayer === undefined)
    return `src/${toLayer === undefined ? to : from} has no layer; add it to scripts/check-layers.mjs`;
  if (toLayer < fromLayer) return undefined;
  if (from === 'simulate' || from === 'cli' || from === 'action') return undefined;
  return `src/${from} (layer ${fromLayer}) must not import src/${to} (layer ${toLayer}); take an interface that the composition root injects`;
}

/** Simulated worlds name no real driver. */
function checkDriver(path, specifier) {
  if (!path.startsWith('src/simulate/')) return undefined;
  return /\/(linux|docker|isomorphic|system-git)\//.test(specifier)
    ? 'the simulated world must not name a real driver'
    : undefined;
}

/** Blanks out comments, keeping line numbers, so that prose may name what code may not. */
function withoutComments(text) {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|\s)\/\/.*$/gm, '$1');
}

const breaks = [];
let files = 0;
for (const absolute of sourceFiles(join(root, 'src'))) {
  files++;
  const path = relative(root, absolute);
  const lines = withoutComments(readFileSync(absolute, 'utf8')).split('\n');
  lines.forEach((line, index) => {
    const place = `${path}:${index + 1}`;
    const specifier = /(?:from|import) '([^']+)'/.exec(line)?.[1];
    if (specifier !== undefined) {
      for (const problem of [checkImport(path, specifier), checkDriver(path, specifier)]) {
        if (problem !== undefined) breaks.push(`${place}: ${problem}`);
      }
    }
    if (!isPureFile(path)) return;
    const isTypeImport = /^\s*import type\b/.test(line);
    for (const [pattern, what, instead] of forbidden) {
      if (isTypeImport || !pattern.test(line)) continue;
      breaks.push(`${place}: ${what}; ${instead}`);
    }
  });
}

for (const line of breaks) console.log(line);
console.log(
  breaks.length === 0 ? `layers: ${files} files keep the rules` : `layers: ${breaks.length} breaks in ${files} files`,
);
process.exit(breaks.length === 0 ? 0 : 1);
