import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManifestApplicationLoader } from '../../src/gitops/manifest-application-loader.ts';
import { TreeReader } from '../../src/gitops/tree-reader.ts';
import { noDataKeys } from '../../src/host/data-keys.ts';
import { KustomizeBuilds } from '../../src/host/linux/kustomize-builds.ts';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import { NoCharts } from '../../src/host/sim/no-charts.ts';
import { noModelValidators } from '../../src/manifests/index.ts';
import { MemoryRepository } from '../../src/source/memory/memory-repository.ts';
import { MemorySource } from '../../src/source/memory/memory-source.ts';
import { findTool } from './find-tool.ts';
import { OwnTemporaryFolder } from './own-temporary-folder.ts';

let folder: string;
let temporary: OwnTemporaryFolder;
let kubectl: string;

beforeAll(async () => {
  temporary = new OwnTemporaryFolder();
  kubectl = await findTool('kubectl');
  folder = mkdtempSync(join(tmpdir(), 'berth-hand-over-'));
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', folder, ...args]);
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(folder, 'kustomization.yaml'), 'resources: [page.yaml]\n');
  writeFileSync(join(folder, 'page.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\n');
  git('add', '.');
  git('-c', 'user.name=Test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message=First');
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  const { left } = temporary;
  temporary.remove();
  expect(left).toEqual([]);
});

async function load(files: Readonly<Record<string, string>>, program: string | undefined) {
  const repository = new MemoryRepository();
  const commit = repository.commit('main', new Map(Object.entries(files)), { message: 'x', atMs: 0 });
  const source = new MemorySource({ repository, branch: 'main', clock: linuxClock });
  const loader = new ManifestApplicationLoader({
    source,
    validators: { validators: noModelValidators, load: async () => {} },
    charts: new NoCharts(),
    dataKeys: noDataKeys,
    clock: linuxClock,
    exists: () => true,
    find: () => undefined,
    ...(program === undefined ? {} : { kustomize: new KustomizeBuilds(program) }),
  });
  const opened = await loader.open({ path: 'app', rootTree: commit.tree, reader: new TreeReader(source) });
  const { objects, problems } = (await opened?.load()) ?? { objects: [], problems: [] };
  return { names: objects.map(({ id }) => id.name), problems };
}

const remote = () => ({
  'app/kustomization.yaml': `namePrefix: a-\nresources:\n- file://${folder}?ref=main\n- ../base\n`,
  'base/kustomization.yaml': 'resources: [more.yaml]\n',
  'base/more.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n',
});

describe('a remote base', () => {
  it('is refused with its line and a next step unless the box allows a program', async () => {
    const { names, problems } = await load(remote(), undefined);
    expect(names).toEqual([]);
    expect(problems).toMatchObject([
      { code: 'KustomizeNeeded', path: 'app/kustomization.yaml', line: 3, help: expect.stringContaining('kustomize:') },
    ]);
  });

  it('is fetched and built by the program that the box allows', async () => {
    const { names, problems } = await load(remote(), kubectl);
    expect(problems).toEqual([]);
    expect(names.toSorted()).toEqual(['a-more', 'a-page']);
  });

  it('is a problem at its line where the program fails, or is not there', async () => {
    const gone = { ...remote(), 'app/kustomization.yaml': 'resources:\n- file:///nowhere/gone.git?ref=main\n' };
    expect((await load(gone, kubectl)).problems).toMatchObject([
      { code: 'RenderFailed', path: 'app/kustomization.yaml', line: 2, message: expect.stringContaining('gone.git') },
    ]);
    expect((await load(gone, '/nowhere/kustomize')).problems).toMatchObject([
      { code: 'RenderFailed', message: expect.stringContaining('/nowhere/kustomize') },
    ]);
  });

  it('does not hide another mistake', async () => {
    const files = { ...remote(), 'base/kustomization.yaml': 'resources: [gone.yaml]\n' };
    expect((await load(files, kubectl)).problems.map(({ code }) => code).toSorted()).toEqual([
      'KustomizeNeeded',
      'RenderFileMissing',
    ]);
  });
});
