import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManifestCache } from './manifest-cache.ts';
import { type LoadFile, type LoadOptions, type LoadResult, ManifestLoader } from './manifest-loader.ts';
import { noModelValidators } from './validate/model-validators.ts';

type Loaded = Extract<LoadResult, { readonly type: 'loaded' }>;

/** What may stand in a file: objects with and without references and warnings, an error, what is no object. */
const TEXTS = [
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {k: "1"}\n',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {k: "2"}\n',
  '# only a comment more\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {k: "2"}\n',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: elsewhere}\n',
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {a: b}}\n---\nvalues: 1\n',
  'apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec: {containers: [{name: c, image: i, envFrom: [{configMapRef: {name: a}}]}]}\n',
  'apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec: {containers: [{name: c, image: i, stdin: true}]}\n',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndta: {}\n',
  'values: 2\n',
];

const encoder = new TextEncoder();

function filesOf(texts: readonly number[]): readonly LoadFile[] {
  return texts.map((text, index) => ({
    path: `f${index}.yaml`,
    blobId: `blob ${text}`,
    bytes: encoder.encode(TEXTS[text]),
  }));
}

function load(loader: ManifestLoader, files: readonly LoadFile[], options: LoadOptions): Loaded {
  const steps = loader.load(files, options);
  for (;;) {
    const step = steps.next();
    if (!step.done) continue;
    if (step.value.type === 'loaded') return step.value;
    throw new Error('something is missing');
  }
}

function newLoader(): ManifestLoader {
  return new ManifestLoader({ cache: new ManifestCache({ maxBytes: 1e8 }), models: noModelValidators });
}

test('a load that begins from the last one finds what one from nothing finds', () => {
  const texts = fc.array(fc.nat(TEXTS.length - 1), { minLength: 1, maxLength: 5 });
  const edits = fc.array(fc.tuple(fc.nat(4), fc.nat(TEXTS.length - 1)), { maxLength: 6 });
  let patched = 0;
  fc.assert(
    fc.property(texts, edits, fc.boolean(), (first, changes, exists) => {
      const loader = newLoader();
      const current = [...first];
      let memory: LoadOptions['memory'];
      let previous: Loaded | undefined;
      for (const [index, text] of [[0, current[0] ?? 0] as const, ...changes]) {
        if (index < current.length) current[index] = text;
        const found = load(loader, filesOf(current), { exists: () => exists, memory });
        const fresh = load(newLoader(), filesOf(current), { exists: () => exists });
        expect(found.objects).toEqual(fresh.objects);
        expect(found.diagnostics).toEqual(fresh.diagnostics);
        expect(found.counts.passedOver).toBe(fresh.counts.passedOver);
        if (found.changed !== undefined) {
          patched++;
          const others = found.objects.filter((_, at) => !found.changed?.includes(at));
          expect(others).toEqual(previous?.objects.filter((_, at) => !found.changed?.includes(at)));
        }
        memory = found.memory;
        previous = found;
      }
    }),
    { seed: 7, numRuns: 300 },
  );
  expect(patched).toBeGreaterThan(100);
});

test('what exists outside of the application is asked for again', () => {
  const loader = newLoader();
  const first = load(loader, filesOf([3]), { exists: () => true });
  expect(first.diagnostics).toEqual([]);
  const second = load(loader, filesOf([3]), { exists: () => false, memory: first.memory });
  expect(second.diagnostics).toMatchObject([{ code: 'ReferenceMissing' }]);
  const third = load(loader, filesOf([3]), { exists: () => true, memory: second.memory });
  expect(third.diagnostics).toEqual([]);
});
