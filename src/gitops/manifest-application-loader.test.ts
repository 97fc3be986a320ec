import { describe, expect, it } from 'vitest';
import { createTestRegistry } from '../api/testing.ts';
import { noDataKeys } from '../host/data-keys.ts';
import { NoCharts } from '../host/sim/no-charts.ts';
import { LIMITS } from '../lib/limits.ts';
import { noModelValidators } from '../manifests/index.ts';
import { MemoryRepository } from '../source/memory/memory-repository.ts';
import { MemorySource } from '../source/memory/memory-source.ts';
import { GitopsState } from './gitops-state.ts';
import { ManifestApplicationLoader } from './manifest-application-loader.ts';
import { planCommit } from './plan-commit.ts';
import { drive } from './testing.ts';
import { TreeReader } from './tree-reader.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replica: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "app:1"}]}
`;
const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\ndata: {a: b}\n';

/** Neither objects to take variables from nor keys. */
const NOTHING = { find: () => undefined, dataKeys: noDataKeys, charts: new NoCharts() };

const test = createTestRegistry();

async function plan(files: Readonly<Record<string, string>>, paths: readonly string[]) {
  const { client, clock, store } = test;
  const repository = new MemoryRepository();
  const commit = repository.commit('main', new Map(Object.entries(files)), { message: 'x', atMs: 0 });
  const source = new MemorySource({ repository, branch: 'main', clock });
  const validators = { validators: noModelValidators, load: async () => {} };
  const loader = new ManifestApplicationLoader({ source, validators, clock, exists: () => false, ...NOTHING });
  return drive(
    clock,
    planCommit({ source, loader, client, state: new GitopsState(store), clock, paths, rootName: 'root', commit }),
  );
}

describe('ManifestApplicationLoader', () => {
  it('reports a typo with its place, its excerpt and what was probably meant, and plans nothing for that application', async () => {
    const [application] = await plan({ 'k8s/web.yaml': DEPLOYMENT, 'k8s/page.yaml': CONFIG }, ['k8s']);
    expect(application?.changes).toEqual([]);
    expect(application?.loadProblems).toEqual([
      expect.objectContaining({
        code: 'FieldUnknown',
        path: 'k8s/web.yaml',
        line: 6,
        column: 3,
        help: expect.stringContaining('replicas'),
      }),
    ]);
  });

  it('plans what applying would do, and writes nothing', async () => {
    const before = test.store.revision;
    const [application] = await plan({ 'web.yaml': DEPLOYMENT.replace('replica:', 'replicas:'), 'page.yaml': CONFIG }, [
      '.',
    ]);
    expect(application?.changes.map(({ action, id }) => `${id.kind} ${action}`)).toEqual([
      'ConfigMap created',
      'Deployment created',
    ]);
    expect(test.store.revision).toBe(before);
  });

  it('honours .sourceignore files in the folder and above it', async () => {
    const files = {
      '.sourceignore': '/apps/one/draft.yaml\n',
      'apps/one/draft.yaml': 'a: [1',
      'apps/one/page.yaml': CONFIG,
    };
    const [application] = await plan(
      { ...files, 'apps/one/.sourceignore': '*.tmp.yaml\n', 'apps/one/x.tmp.yaml': 'b: [1' },
      ['apps/*'],
    );
    expect(application?.loadProblems).toEqual([]);
    expect(application?.changes).toHaveLength(1);
  });
});

const BASE = {
  'base/kustomization.yaml': 'resources: [web.yaml]\nconfigMapGenerator:\n- name: page\n  literals: [a=b]\n',
  'base/web.yaml': DEPLOYMENT.replace('replica: 2', 'replicas: 1'),
};
const OVERLAY = {
  ...BASE,
  'overlays/prod/kustomization.yaml': 'resources: [../../base]\nnamePrefix: prod-\npatches:\n- path: more.yaml\n',
  'overlays/prod/more.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n',
};

describe('a folder that is a kustomization', () => {
  it('is rendered with bases that lie outside of it', async () => {
    const [application] = await plan(OVERLAY, ['overlays/prod']);
    expect(application?.loadProblems).toEqual([]);
    const names = application?.changes.map(({ id }) => `${id.kind} ${id.name}`);
    expect(names).toEqual([expect.stringMatching(/^ConfigMap prod-page-/), 'Deployment prod-web']);
  });

  it.each<[string, Readonly<Record<string, string>>, object]>([
    [
      'the patch',
      { 'overlays/prod/more.yaml': OVERLAY['overlays/prod/more.yaml'].replace('replicas: 3', 'replicas: many') },
      { code: 'FieldValueTypeInvalid', path: 'overlays/prod/more.yaml', line: 5, column: 13 },
    ],
    [
      'the base',
      { 'base/web.yaml': DEPLOYMENT },
      { code: 'FieldUnknown', path: 'base/web.yaml', line: 6, column: 3, object: 'Deployment/default/prod-web' },
    ],
    [
      'the generator',
      {
        'base/kustomization.yaml':
          'resources: [web.yaml]\nconfigMapGenerator:\n- name: page\n  options:\n    labels: {tier: "-no-"}\n',
      },
      { code: 'FieldValueInvalid', path: 'base/kustomization.yaml', line: 5, field: 'metadata.labels.tier' },
    ],
    [
      'the field of the kustomization',
      { 'overlays/prod/kustomization.yaml': 'resources: [../../base]\nnamespace: No_Such\n' },
      { code: 'FieldValueInvalid', path: 'overlays/prod/kustomization.yaml', line: 2, column: 12 },
    ],
    [
      'the name of a file that is not there',
      { 'overlays/prod/kustomization.yaml': 'resources: [../../base, gone.yaml]\n' },
      { code: 'RenderFileMissing', path: 'overlays/prod/kustomization.yaml', line: 1, field: 'resources[1]' },
    ],
  ])('has its problems at the line of %s', async (_, change, problem) => {
    const [application] = await plan({ ...OVERLAY, ...change }, ['overlays/prod']);
    expect(application?.changes).toEqual([]);
    expect(application?.loadProblems[0]).toMatchObject({ severity: 'error', ...problem });
  });

  it('shows no value of a Secret, whoever wrote it', async () => {
    const files = {
      'kustomization.yaml': [
        'resources: [secret.yaml]',
        'patches:',
        '- path: values.yaml',
        '  target: {kind: Secret}',
        '',
      ].join('\n'),
      'secret.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  word: aHVudGVyMg==\n',
      'values.yaml': '- op: add\n  path: /data/word\n  value: "hunter2!"\n',
    };
    const [application] = await plan(files, ['.']);
    expect(application?.loadProblems).toMatchObject([{ severity: 'error', path: 'values.yaml', line: 3 }]);
    expect(JSON.stringify(application)).not.toContain('hunter2');
  });
});

describe('a kustomization below a plain folder', () => {
  it('is rendered, and its objects stand beside those of the files', async () => {
    const [application] = await plan(
      { ...BASE, 'plain.yaml': CONFIG, '.sourceignore': 'skipped/\n', 'skipped/Kustomization': 'x' },
      ['.'],
    );
    expect(application?.loadProblems).toEqual([]);
    expect(application?.changes.map(({ id }) => id.name)).toEqual(['page', expect.stringMatching(/^page-/), 'web']);
  });

  it('declares nothing twice', async () => {
    const [application] = await plan({ ...OVERLAY, 'copy.yaml': OVERLAY['base/web.yaml'] }, ['.']);
    expect(application?.loadProblems).toMatchObject([
      { code: 'ObjectDuplicate', path: 'base/web.yaml', message: expect.stringContaining('copy.yaml:1:1') },
    ]);
  });
});

describe('a berth.yaml', () => {
  const settings = (spec: string) => `apiVersion: berth.dev/v1alpha1\nkind: Application\nspec:\n  ${spec}\n`;

  it('is no object, and its mistakes stop the application', async () => {
    const files = { 'shop/page.yaml': CONFIG, 'shop/berth.yaml': settings('helm: {release: x}') };
    const [application] = await plan(files, ['shop']);
    expect(application?.loadProblems).toMatchObject([
      {
        code: 'ApplicationSettingsInvalid',
        severity: 'error',
        path: 'shop/berth.yaml',
        line: 4,
        field: 'spec.helm.release',
      },
      {
        code: 'ApplicationSettingsInvalid',
        line: 4,
        field: 'spec.helm',
        message: expect.stringContaining('Chart.yaml'),
      },
    ]);
    expect(application?.changes).toEqual([]);
  });

  it('says of a base that several kustomizations of a plain folder use what to do about it', async () => {
    const files = { 'base/kustomization.yaml': 'resources: [page.yaml]\n', 'base/page.yaml': CONFIG };
    const [application] = await plan({ ...files, 'over/kustomization.yaml': 'resources: [../base]\n' }, ['.']);
    expect(application?.loadProblems).toMatchObject([
      {
        code: 'ObjectDuplicate',
        path: 'base/page.yaml',
        message: expect.stringContaining('both times from base/page.yaml:1'),
      },
    ]);
    expect(application?.loadProblems[0]?.help).toContain('.sourceignore');
  });

  it('is told to be too large, and not to lack what it may have', async () => {
    const huge = settings(`substitute: {a: ${'b'.repeat(LIMITS.manifestFileBytes)}}`);
    const [application] = await plan({ 'page.yaml': CONFIG, 'berth.yaml': huge }, ['.']);
    expect(application?.loadProblems).toMatchObject([
      { code: 'LimitExceeded', path: 'berth.yaml', message: expect.stringContaining('manifestFileBytes') },
    ]);
    expect(application?.changes).toEqual([]);
  });

  it('counts for its own folder only', async () => {
    const files = { 'shop/page.yaml': CONFIG, 'shop/berth.yaml': settings('helm: {release: x}') };
    const [application] = await plan(files, ['.']);
    expect(application?.loadProblems).toMatchObject([
      { code: 'ApplicationSettingsIgnored', severity: 'warning', path: 'shop/berth.yaml' },
    ]);
    expect(application?.changes).toHaveLength(1);
  });

  it('has plain files rendered where it asks for something to be done to them', async () => {
    const files = { ...BASE, 'page.yaml': CONFIG, 'berth.yaml': settings('substitute: {a: b}') };
    const [application] = await plan(files, ['.']);
    // Names count before they get a hash, as in a kustomization.
    expect(application?.loadProblems).toMatchObject([
      { path: 'page.yaml', code: 'ObjectDuplicate', message: expect.stringContaining('base/kustomization.yaml:3') },
    ]);
  });
});

describe('what a kustomization depends on', () => {
  const open = async (files: Readonly<Record<string, string>>, path = 'overlays/prod') => {
    const { clock } = test;
    const commit = repository.commit('main', new Map(Object.entries(files)), { message: 'x', atMs: 0 });
    const reader = new TreeReader(source);
    const opened = await drive(clock, loader.open({ path, rootTree: commit.tree, reader }));
    return {
      identity: opened?.identity,
      load: () => drive(clock, opened?.load() ?? Promise.reject(new Error('none'))),
    };
  };
  const repository = new MemoryRepository();
  const source = new MemorySource({ repository, branch: 'main', clock: test.clock });
  const loader = new ManifestApplicationLoader({
    source,
    validators: { validators: noModelValidators, load: async () => {} },
    clock: test.clock,
    exists: () => false,
    ...NOTHING,
  });

  it('is every file that was read, wherever it lies, and nothing else', async () => {
    const first = await open(OVERLAY);
    const other = await open({
      ...OVERLAY,
      'README.md': 'x',
      'overlays/prod/README.md': 'x',
      'overlays/dev/a.yaml': 'x',
    });
    expect(other.identity).toBe(first.identity);
    const base = await open({ ...OVERLAY, 'base/web.yaml': OVERLAY['base/web.yaml'].replace('app:1', 'app:2') });
    expect(base.identity).not.toBe(first.identity);
    // A file that becomes the second kustomization of the folder counts, although it was not there before.
    const second = await open({ ...OVERLAY, 'base/Kustomization': 'x' });
    expect(second.identity).not.toBe(first.identity);
  });

  it('costs the folders that it looks into, and no listing of the repository', async () => {
    const others = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`other/${index}/deep/page.yaml`, CONFIG.replace('page', `p${index}`)]),
    );
    const commit = repository.commit('main', new Map(Object.entries({ ...OVERLAY, ...others })), {
      message: 'x',
      atMs: 0,
    });
    const read: string[] = [];
    const reader = new TreeReader({
      readTree: async (tree) => {
        read.push(tree);
        return source.readTree(tree);
      },
    });
    await drive(test.clock, loader.open({ path: 'overlays/prod', rootTree: commit.tree, reader }));
    // The root, overlays, overlays/prod and base.
    expect(new Set(read).size).toBe(4);
  });

  it('is not judged again while it is the same', async () => {
    const { load } = await open(OVERLAY);
    const [before, after] = [await load(), await (await open({ ...OVERLAY, 'README.md': 'y' })).load()];
    expect(after.objects.map((object, index) => object === before.objects[index])).toEqual([true, true]);
  });
});
