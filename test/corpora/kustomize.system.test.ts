import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FileTree, RenderCache, render, writeObjects } from '../../src/manifests/render/index.ts';

/**
 * Compares the renderer with its oracle, `kubectl kustomize` of kubectl 1.32 (kustomize 5.5), letter by letter: which includes the objects,
 * their order and every field. The corpus is not part of the project; where it or kubectl is absent the tests are skipped.
 */
const CORPUS = '/work/shared/corpora';
const LIST = join(CORPUS, 'kustomizations.txt');
const FIXTURES = fileURLToPath(new URL('../../src/manifests/render/fixtures', import.meta.url));

const run = promisify(execFile);
const kubectl = await run('kubectl', ['version', '--client', '-o', 'json']).then(
  ({ stdout }) => /"kustomizeVersion":\s*"v5\.5\./.test(stdout),
  () => false,
);
const hasCorpus = existsSync(LIST);
const KUBECTL_MS = 120_000;

interface Folder {
  readonly tree: FileTree;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

function readFolder(root: string): Folder {
  const contents = new Map<string, Uint8Array>();
  const files = readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const bytes = readFileSync(path);
      const id = createHash('sha1').update(bytes).digest('hex');
      contents.set(id, bytes);
      return { path: relative(root, path), type: 'blob' as const, id };
    });
  return { tree: new FileTree(files), contents };
}

function renderIn({ tree, contents }: Folder, folder: string, cache = new RenderCache()) {
  const blobs = new Map<string, Uint8Array>();
  for (;;) {
    const result = render({ tree, folder, blobs, cache });
    if (result.type === 'rendered') return result;
    for (const id of result.blobs) blobs.set(id, contents.get(id) ?? new Uint8Array());
  }
}

/** What the oracle prints; undefined when it fails. */
async function kustomize(folder: string): Promise<string | undefined> {
  return run('kubectl', ['kustomize', folder], { maxBuffer: 64 * 1024 * 1024, timeout: KUBECTL_MS }).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

async function forEachAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

describe.skipIf(!hasCorpus || !kubectl)('public repositories (skipped without the corpus or kubectl 1.32)', () => {
  test('every listed kustomization equals what kubectl prints', { timeout: 600_000 }, async () => {
    const folders = readFileSync(LIST, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '');
    const corpus = readFolder(CORPUS);
    const cache = new RenderCache();
    const different: string[] = [];
    await forEachAtOnce(folders, async (folder) => {
      const { objects, problems } = renderIn(corpus, folder, cache);
      const [problem] = problems;
      const wanted = await kustomize(join(CORPUS, folder));
      if (problem !== undefined) different.push(`${folder}: ${problem.path}:${problem.line} ${problem.message}`);
      else if (writeObjects(objects) !== wanted) different.push(folder);
    });
    expect(folders.length).toBeGreaterThan(500);
    expect(different).toEqual([]);
  });
});

describe.skipIf(!kubectl)('our own fixtures (skipped without kubectl 1.32)', () => {
  const entryOf = (folder: string) => (existsSync(join(folder, 'overlay')) ? join(folder, 'overlay') : folder);
  const namesOf = (kind: string) =>
    readdirSync(join(FIXTURES, kind)).filter((name) => statSync(join(FIXTURES, kind, name)).isDirectory());

  test('the golden output of each feature is what kubectl prints', { timeout: 120_000 }, async () => {
    await forEachAtOnce(namesOf('features'), async (name) => {
      const folder = join(FIXTURES, 'features', name);
      if (!existsSync(join(folder, 'expected.yaml'))) return;
      expect(await kustomize(entryOf(folder)), name).toBe(readFileSync(join(folder, 'expected.yaml'), 'utf8'));
    });
  });

  test('what we refuse, kubectl refuses', { timeout: 120_000 }, async () => {
    // These want the network, which kubectl would wait for, or read this very repository.
    const names = namesOf('errors').filter((name) => name !== 'remote' && name !== 'outside-repository');
    await forEachAtOnce(names, async (name) => {
      expect(await kustomize(entryOf(join(FIXTURES, 'errors', name))), name).toBeUndefined();
    });
  });
});
