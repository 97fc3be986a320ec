import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RenderCache, writeObjects } from './index.ts';
import { renderFiles } from './testing/render-files.ts';

const BASE = {
  'base/kustomization.yaml':
    'resources:\n- web.yaml\n- config.yaml\nconfigMapGenerator:\n- name: made\n  files: [app.ini]\n',
  'base/app.ini': 'a = 1\n',
  'base/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: web
        image: web:1
        envFrom:
        - configMapRef:
            name: made
`,
  'base/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\n',
};
const OVERLAY = {
  ...BASE,
  'overlay/kustomization.yaml': `resources:
- ../base
namePrefix: prod-
commonLabels:
  team: shop
images:
- name: web
  newTag: v2
patches:
- path: patch.yaml
- target: {kind: Deployment}
  patch: |-
    - op: add
      path: /spec/paused
      value: true
`,
  'overlay/patch.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n',
};

describe('restarting', () => {
  test('asks for what it needs in few rounds, however many files there are', () => {
    const names = Array.from({ length: 30 }, (_, index) => `c${index}.yaml`);
    const files = Object.fromEntries(
      names.map((name) => [name, `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`]),
    );
    const result = renderFiles({ ...files, 'kustomization.yaml': `resources: [${names.join(', ')}]\n` });
    expect(result.objects).toHaveLength(30);
    expect(result.rounds).toBe(3);
  });

  test('tells the files that it read', () => {
    expect(renderFiles({ ...OVERLAY, 'overlay/unused.yaml': 'x' }, 'overlay').files).toEqual(
      Object.keys(OVERLAY).sort(),
    );
  });

  test('a file over the limit is a problem, not a crash', async () => {
    const { render } = await import('./render.ts');
    const tree = [{ path: 'kustomization.yaml', type: 'blob' as const, id: 'big' }];
    const result = render({ tree, folder: '', blobs: new Map([['big', null]]) });
    expect(result).toMatchObject({ type: 'rendered', objects: [], problems: [{ code: 'LimitExceeded' }] });
  });
});

describe('links', () => {
  const file = (path: string, id: string) => ({ path, type: 'blob' as const, id });
  const contents = new Map([
    ['k', new TextEncoder().encode('resources: [link.yaml]\n')],
    ['c', new TextEncoder().encode('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n')],
  ]);
  test.each([
    ['real/c.yaml', { kind: 'ConfigMap' }],
    ['../c.yaml', undefined],
    ['link.yaml', undefined],
  ])('a link to %s', async (target, object) => {
    const { render } = await import('./render.ts');
    const tree = [
      file('kustomization.yaml', 'k'),
      file('real/c.yaml', 'c'),
      { path: 'link.yaml', type: 'symlink' as const, id: 'l', target },
    ];
    const result = render({ tree, folder: '', blobs: contents });
    expect(result.type).toBe('rendered');
    if (result.type === 'rendered') expect(result.objects[0]).toEqual(object && expect.objectContaining(object));
  });
});

describe('what was rendered before', () => {
  test('nothing is done again when nothing changed', () => {
    const cache = new RenderCache();
    const first = renderFiles(OVERLAY, 'overlay', cache);
    const before = cache.counts;
    const second = renderFiles({ ...OVERLAY, 'other.txt': 'new' }, 'overlay', cache);
    expect(second.objects).toBe(first.objects);
    expect(cache.counts).toEqual(before);
  });

  test('after a change of the overlay its base is not built again', () => {
    const cache = new RenderCache();
    renderFiles(OVERLAY, 'overlay', cache);
    const before = cache.counts;
    const changed = { ...OVERLAY, 'overlay/patch.yaml': OVERLAY['overlay/patch.yaml'].replace('3', '5') };
    const { objects } = renderFiles(changed, 'overlay', cache);
    expect(objects.find(({ kind }) => kind === 'Deployment')?.object).toMatchObject({ spec: { replicas: 5 } });
    // The overlay and the whole; one file.
    expect(cache.counts).toEqual({ built: before.built + 2, parsed: before.parsed + 1 });
  });

  test('a file that appears where one was missing counts as a change', () => {
    const cache = new RenderCache();
    const { 'base/config.yaml': config, ...without } = BASE;
    expect(renderFiles(without, 'base', cache).problems).toHaveLength(1);
    expect(renderFiles({ ...without, 'base/config.yaml': config }, 'base', cache).objects).toHaveLength(3);
  });
});

describe('who wrote a value', () => {
  const { objects } = renderFiles(OVERLAY, 'overlay');
  const web = objects.find(({ kind }) => kind === 'Deployment');
  test.each([
    [['spec', 'replicas'], 'overlay/patch.yaml:6'],
    [['spec', 'paused'], 'overlay/kustomization.yaml:15'],
    [['spec', 'template', 'spec', 'containers', 0, 'name'], 'base/web.yaml:10'],
    [['spec', 'template', 'spec', 'containers', 0, 'image'], 'overlay/kustomization.yaml:7'],
    [['metadata', 'labels', 'team'], 'overlay/kustomization.yaml:5'],
    [['metadata', 'name'], 'overlay/kustomization.yaml:3'],
    [['kind'], 'base/web.yaml:2'],
  ])('%j', (field, place) => {
    const written = web?.writtenAt(field);
    expect(`${written?.path}:${written?.line}`).toBe(place);
    expect(written?.exists).toBe(true);
  });

  test('a field that does not exist has the place of its parent', () => {
    expect(web?.writtenAt(['spec', 'nope', 'deeper'])).toEqual({ path: 'base/web.yaml', line: 5, exists: false });
    expect(web?.origin).toEqual({ path: 'base/web.yaml', line: 1 });
  });

  test('generated data has the place in its file', () => {
    const made = objects.find(({ name }) => name.startsWith('prod-made-'));
    expect(made?.writtenAt(['data', 'app.ini'])).toMatchObject({ path: 'base/app.ini', line: 1 });
  });
});

/** Parts of a kustomization that fit together in any combination. */
const parts = fc.record({
  prefix: fc.constantFrom('', 'namePrefix: p-\n'),
  suffix: fc.constantFrom('', 'nameSuffix: -s\n'),
  namespace: fc.constantFrom('', 'namespace: shop\n'),
  labels: fc.constantFrom('', 'labels:\n- pairs: {a: b}\n  includeSelectors: true\n', 'commonLabels: {c: d}\n'),
  images: fc.constantFrom('', 'images: [{name: web, newTag: v9}]\n'),
  replicas: fc.constantFrom('', 'replicas: [{name: web, count: 7}]\n'),
  config: fc.constantFrom('', 'configMapGenerator: [{name: made, behavior: merge, literals: [x=1]}]\n'),
  patches: fc.constantFrom('', 'patches:\n- path: patch.yaml\n'),
});

function overlayOf(chosen: Record<string, string>): Record<string, string> {
  return {
    ...BASE,
    'overlay/patch.yaml': OVERLAY['overlay/patch.yaml'],
    'overlay/kustomization.yaml': `resources:\n- ../base\n${Object.values(chosen).join('')}`,
  };
}

describe('properties', () => {
  test('rendering twice gives the same, and names keep leading to what they name', () => {
    fc.assert(
      fc.property(parts, (chosen) => {
        const files = overlayOf(chosen);
        const { objects, problems } = renderFiles(files, 'overlay');
        expect(problems).toEqual([]);
        expect(writeObjects(renderFiles(files, 'overlay').objects)).toBe(writeObjects(objects));
        const web = objects.find(({ kind }) => kind === 'Deployment');
        const used = JSON.stringify(web?.object).match(/"configMapRef":\{"name":"([^"]*)"/)?.[1];
        expect(objects.map(({ name }) => name)).toContain(used);
      }),
      { numRuns: 60 },
    );
  });

  test('after any edits the cache gives what a cold rendering gives', () => {
    const edit = fc.oneof(
      fc.record({ file: fc.constant('overlay/kustomization.yaml'), chosen: parts }),
      fc.record({ file: fc.constantFrom('base/app.ini', 'base/web.yaml', 'base/config.yaml'), value: fc.nat(3) }),
      fc.record({ file: fc.constantFrom('base/config.yaml', 'base/app.ini'), isRemoved: fc.constant(true) }),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
        const cache = new RenderCache();
        let files: Record<string, string> = OVERLAY;
        for (const step of edits) {
          const { [step.file]: former = '', ...rest } = files;
          if ('chosen' in step) files = overlayOf(step.chosen);
          else if ('value' in step) {
            const whole = BASE[step.file as keyof typeof BASE];
            files = { ...rest, [step.file]: `${whole}# ${step.value}\n` };
          } else files = former === '' ? files : rest;
          const warm = renderFiles(files, 'overlay', cache);
          const cold = renderFiles(files, 'overlay');
          expect(writeObjects(warm.objects)).toBe(writeObjects(cold.objects));
          expect(warm.problems).toEqual(cold.problems);
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test('any text in place of a kustomization ends in objects or problems', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .array(
          fc.tuple(
            fc.constantFrom('resources', 'patches', 'images', 'labels', 'vars', 'replacements', 'configMapGenerator'),
            fc.json({ maxDepth: 3 }),
          ),
        )
        .map((fields) => fields.map(([name, value]) => `${name}: ${value}\n`).join('')),
    );
    fc.assert(
      fc.property(text, (kustomization) => {
        const { objects, problems } = renderFiles({ ...BASE, 'base/kustomization.yaml': kustomization }, 'base');
        expect(objects.length === 0 || problems.length === 0).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
