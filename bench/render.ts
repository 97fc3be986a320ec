import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { FileTree, RenderCache, type RenderedObject, render } from '../src/manifests/render/index.ts';
import { type BenchReport, type Figure, figure, median } from './report.ts';

/** Public repositories, and the list of their kustomizations that build offline. Not part of the project. */
const CORPUS = '/work/shared/corpora';
const LIST = join(CORPUS, 'kustomizations.txt');
const ROUNDS = 5;
const STARTS = 20;
const CHANGES = 20;
const KUBECTL_MS = 120_000;

const run = promisify(execFile);

interface Corpus {
  readonly folders: readonly string[];
  readonly files: ReadonlyMap<string, string>;
  readonly contents: Map<string, Uint8Array>;
}

/**
 * Renders every kustomization of the corpus in this process, and runs `kubectl kustomize` on each. The start of kubectl is measured by a command
 * of it that does nothing, and taken off for the second ratio.
 */
export async function benchRender(): Promise<BenchReport> {
  if (!existsSync(LIST)) return { name: 'render', figures: [], notes: [`skipped: there is no corpus at ${CORPUS}`] };
  const corpus = readCorpus();
  const tree = treeOf(corpus.files);
  const count = corpus.folders.length;
  const cold = measureRounds(ROUNDS, () => renderAll(corpus, tree, new RenderCache()));
  const memoryMb = process.memoryUsage().rss / 1e6;
  const objects = renderAll(corpus, tree, new RenderCache());
  const alone = measureRounds(ROUNDS, () => renderEachAlone(corpus, tree));
  const change = measureChanges(corpus);
  const kubectl = await measureKubectl(corpus);
  return {
    name: 'render',
    figures: [
      ...kubectlFigures(cold.wallMs, kubectl, count),
      figure({
        name: `each alone, caches dropped, processor time (${objects} objects)`,
        value: alone.cpuMs,
        unit: 'ms',
        yardstick: { name: '1 ms + 0.2 ms an object', value: count + 0.2 * objects },
        aim: { of: 'ratio', op: '≤', bound: 1 },
      }),
      figure({ name: 'the same, time on the clock', value: alone.wallMs, unit: 'ms' }),
      figure({
        name: 'everything against one changed file, processor time',
        value: cold.cpuMs / change.cpuMs,
        unit: '×',
        aim: { of: 'value', op: '≥', bound: 100 },
      }),
      figure({ name: 'one changed file, all kustomizations asked again', value: change.cpuMs, unit: 'ms' }),
      figure({
        name: 'resident memory after the whole corpus',
        value: memoryMb,
        unit: 'MB',
        aim: { of: 'value', op: '≤', bound: 200 },
      }),
    ],
    notes: [
      `${count} kustomizations of public repositories; ours is the best of ${ROUNDS} rounds, each with an empty cache that all share`,
      kubectl === undefined
        ? 'kubectl is not installed: no ratios'
        : `kubectl runs once on each, one after the other; a start is the median of ${STARTS} runs of kubectl version --client`,
      `a change is one more comment in a file that some kustomization reads; median of ${CHANGES} files, listing of the tree not counted`,
      'memory is that of the whole process, the benchmark itself included; processor time includes collecting and compiling',
    ],
  };
}

function kubectlFigures(oursMs: number, kubectl: Kubectl | undefined, count: number): readonly Figure[] {
  const name = `${count} kustomizations in one process`;
  if (kubectl === undefined) return [figure({ name, value: oursMs, unit: 'ms' })];
  const { totalMs, startMs } = kubectl;
  const workMs = totalMs - startMs * count;
  return [
    figure({ name, value: oursMs, unit: 'ms', yardstick: { name: 'kubectl on each', value: totalMs } }),
    figure({ name: 'times faster', value: totalMs / oursMs, unit: '×', aim: { of: 'value', op: '≥', bound: 10 } }),
    figure({ name: 'one start of kubectl', value: startMs, unit: 'ms' }),
    figure({
      name: 'times faster without the starts of kubectl',
      value: workMs / oursMs,
      unit: '×',
      aim: { of: 'value', op: '≥', bound: 2 },
    }),
  ];
}

function readCorpus(): Corpus {
  const folders = readFileSync(LIST, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  const contents = new Map<string, Uint8Array>();
  const files = new Map<string, string>();
  for (const entry of readdirSync(CORPUS, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const bytes = new Uint8Array(readFileSync(path));
    const id = createHash('sha1').update(bytes).digest('hex');
    contents.set(id, bytes);
    files.set(relative(CORPUS, path), id);
  }
  return { folders, files, contents };
}

function treeOf(files: ReadonlyMap<string, string>): FileTree {
  return new FileTree([...files].map(([path, id]) => ({ path, type: 'blob' as const, id })));
}

function renderOne(
  { contents }: Corpus,
  tree: FileTree,
  folder: string,
  cache: RenderCache,
): { readonly objects: readonly RenderedObject[]; readonly files: readonly string[] } {
  const blobs = new Map<string, Uint8Array>();
  for (;;) {
    const result = render({ tree, folder, blobs, cache });
    if (result.type === 'rendered') {
      if (result.problems.length > 0) throw new Error(`${folder}: ${result.problems[0]?.message}`);
      return result;
    }
    for (const id of result.blobs) blobs.set(id, contents.get(id) ?? new Uint8Array());
  }
}

function renderAll(corpus: Corpus, tree: FileTree, cache: RenderCache): number {
  let objects = 0;
  for (const folder of corpus.folders) objects += renderOne(corpus, tree, folder, cache).objects.length;
  return objects;
}

interface Measured {
  readonly wallMs: number;
  /** Of the whole process: what the time would be on a machine of its own. */
  readonly cpuMs: number;
}

function measure(work: () => void): Measured {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(startCpu);
  return { wallMs: performance.now() - startMs, cpuMs: (user + system) / 1_000 };
}

/** The best of several rounds, each figure by itself. */
function measureRounds(rounds: number, work: () => void): Measured {
  const measured = Array.from({ length: rounds }, () => measure(work));
  return {
    wallMs: Math.min(...measured.map(({ wallMs }) => wallMs)),
    cpuMs: Math.min(...measured.map(({ cpuMs }) => cpuMs)),
  };
}

/** Each kustomization with a cache of its own. */
function renderEachAlone(corpus: Corpus, tree: FileTree): void {
  for (const folder of corpus.folders) renderOne(corpus, tree, folder, new RenderCache());
}

/** All kustomizations after a change of one file that some of them read, with what was known before. */
function measureChanges(corpus: Corpus): Measured {
  const cache = new RenderCache({ maxBytes: 256 * 1024 * 1024 });
  const tree = treeOf(corpus.files);
  const read = new Set<string>();
  for (const folder of corpus.folders) for (const file of renderOne(corpus, tree, folder, cache).files) read.add(file);
  const manifests = [...read].filter((path) => /\.ya?ml$/.test(path)).sort();
  const measured: Measured[] = [];
  for (let index = 0; index < CHANGES; index++) {
    const path = manifests[Math.floor((index * manifests.length) / CHANGES)] ?? '';
    const id = `changed-${index}`;
    const before = corpus.contents.get(corpus.files.get(path) ?? '') ?? new Uint8Array();
    corpus.contents.set(id, new Uint8Array([...before, ...new TextEncoder().encode(`\n# change ${index}\n`)]));
    const changed = treeOf(new Map([...corpus.files, [path, id]]));
    measured.push(measure(() => renderAll(corpus, changed, cache)));
    // Back again, so that each change is one.
    renderAll(corpus, tree, cache);
  }
  return {
    wallMs: median(measured.map(({ wallMs }) => wallMs)),
    cpuMs: median(measured.map(({ cpuMs }) => cpuMs)),
  };
}

interface Kubectl {
  readonly totalMs: number;
  readonly startMs: number;
}

async function measureKubectl({ folders }: Corpus): Promise<Kubectl | undefined> {
  const starts: number[] = [];
  for (let index = 0; index < STARTS; index++) {
    const startMs = performance.now();
    try {
      await run('kubectl', ['version', '--client']);
    } catch {
      return undefined;
    }
    starts.push(performance.now() - startMs);
  }
  const startMs = performance.now();
  for (const folder of folders) {
    await run('kubectl', ['kustomize', join(CORPUS, folder)], { maxBuffer: 64 * 1024 * 1024, timeout: KUBECTL_MS });
  }
  return { totalMs: performance.now() - startMs, startMs: median(starts) };
}
