import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../lib/limits.ts';
import { formatDiagnostic, formatDiagnosticLine } from './diagnostic-text.ts';
import { ManifestCache } from './manifest-cache.ts';
import { type LoadFile, type LoadResult, ManifestLoader } from './manifest-loader.ts';
import { type ModelValidators, noModelValidators } from './validate/model-validators.ts';
import type { SetOptions } from './validate/validate-set.ts';

const encoder = new TextEncoder();
/** Blob ids by content, as Git has them. */
function fileOf(path: string, text: string): LoadFile {
  return { path, blobId: `blob of ${text}`, bytes: encoder.encode(text) };
}

function newLoader(models: ModelValidators = noModelValidators, maxBytes = 1e8): ManifestLoader {
  return new ManifestLoader({ cache: new ManifestCache({ maxBytes }), models });
}

function run(loader: ManifestLoader, files: readonly LoadFile[], options?: SetOptions): LoadResult {
  const steps = loader.load(files, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function loaded(loader: ManifestLoader, files: readonly LoadFile[], options?: SetOptions) {
  const result = run(loader, files, options);
  if (result.type !== 'loaded') throw new Error('something is missing');
  return result;
}

const configMap = (name: string, extra = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${extra}`;
const POD = `apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec:
  containers:
    - name: c
      image: busybox
      envFrom:
        - configMapRef: {name: setings}
        - secretRef: {name: gone, optional: true}
`;

test('an object in an older version is kept in the newer one, and its problems stand where it was written', () => {
  const loader = newLoader();
  const old = (percent: string) => `apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  maxReplicas: 4
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  targetCPUUtilizationPercentage: ${percent}
`;
  const { objects, diagnostics } = loaded(loader, [fileOf('hpa.yaml', old('60'))]);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(objects[0]).toMatchObject({
    apiVersion: 'autoscaling/v2',
    key: '/autoscaling/horizontalpodautoscalers/default/web',
  });
  expect(objects[0] && loader.objectOf(objects[0])).toMatchObject({
    apiVersion: 'autoscaling/v2',
    spec: { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 60 } } }] },
  });
  const broken = loaded(loader, [fileOf('hpa.yaml', old('0'))]).diagnostics;
  const errors = broken.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ line, column, message }) => [line, column, message])).toEqual([
    [7, 35, expect.stringContaining('must be greater than 0')],
  ]);
  const unknown = loaded(loader, [fileOf('hpa.yaml', `${old('60')}  metrics: []\n`)]).diagnostics;
  expect(unknown.map(({ code, line }) => [code, line])).toEqual([
    ['ReferenceMissing', 6],
    ['FieldUnknown', 8],
  ]);
});

test('objects are normalised and know where they come from', () => {
  const loader = newLoader();
  const text = `---\n${configMap('a', '  uid: x\n  labels: {empty: }\ndata: {k: , v: 1x}\n')}`;
  const { objects, counts } = loaded(loader, [fileOf('k8s/a.yaml', text), fileOf('values.yaml', 'a: 1\n')]);
  expect(counts).toEqual({ files: 2, parsedFiles: 2, objects: 1, passedOver: 1, omittedDiagnostics: new Map() });
  expect(objects[0]).toMatchObject({
    path: 'k8s/a.yaml',
    line: 2,
    column: 1,
    namespace: 'default',
    key: '/core/configmaps/default/a',
  });
  const object = objects[0] && loader.objectOf(objects[0]);
  expect(object).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default', labels: { empty: '' } },
    data: { k: '', v: '1x' },
  });
});

test('warnings never hide an error, be they ever so many', () => {
  const many = Array.from({ length: LIMITS.diagnostics + 100 }, (_, index) => `  k${index}: !x a\n`).join('');
  const broken = [configMap('b', 'dta: {}\n'), 'kind: ConfigMap\nmetadata: {\n', 'kind: ConfigMap\nspec: {}\n'];
  for (const text of broken) {
    const file = `${configMap('a', `data:\n${many}`)}---\n${text}`;
    const { diagnostics, counts } = loaded(newLoader(), [fileOf('a.yaml', file)]);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.length).toBeGreaterThan(0);
    expect(diagnostics.length - errors.length).toBe(LIMITS.diagnostics);
    expect(counts.omittedDiagnostics).toEqual(new Map([['a.yaml', 100]]));
  }
});

test('an error on the line of a warning is told', () => {
  const { diagnostics } = loaded(newLoader(), [fileOf('a.yaml', configMap('a', 'dta: {a: !x b}\n'))]);
  expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
    'error FieldUnknown',
    'warning YamlTagUnknown',
  ]);
});

test('what is needed is asked for, and nothing is parsed twice', () => {
  const known = new Set<string>();
  const models: ModelValidators = { validatorOf: (_, kind) => (known.has(kind) ? () => [] : undefined) };
  const loader = newLoader(models);
  const withBytes = fileOf('a.yaml', configMap('a'));
  const { bytes: _, ...withoutBytes } = withBytes;
  expect(run(loader, [withoutBytes])).toEqual({ type: 'needs', blobs: [withBytes.blobId], kinds: [] });
  expect(run(loader, [withBytes])).toEqual({
    type: 'needs',
    blobs: [],
    kinds: [{ apiVersion: 'v1', kind: 'ConfigMap' }],
  });
  known.add('ConfigMap');
  expect(loaded(loader, [withBytes]).counts.parsedFiles).toBe(1);
  expect(loaded(loader, [withoutBytes]).counts).toMatchObject({ parsedFiles: 0, objects: 1 });
  expect(loaded(loader, [{ ...withoutBytes, path: 'moved.yaml' }]).objects[0]?.path).toBe('moved.yaml');
});

test('all problems of all files, sorted by place', () => {
  const files = [
    fileOf('b.yaml', configMap('b', 'datas: {}\n')),
    fileOf('a.yaml', `${configMap('Bad')}---\nx: [\n---\n${configMap('c', 'data: [1]\n')}`),
    { path: 'huge.yaml', blobId: 'h', isTooLarge: true },
  ];
  const { objects, diagnostics } = loaded(newLoader(), files);
  expect(objects).toEqual([]);
  expect(diagnostics.map((d) => `${d.code} ${d.path}:${d.line}:${d.column} ${d.object}`)).toEqual([
    'FieldValueInvalid a.yaml:4:9 ConfigMap/default/Bad',
    'YamlSyntax a.yaml:7:1 undefined',
    'FieldValueTypeInvalid a.yaml:12:1 ConfigMap/default/c',
    'FieldUnknown b.yaml:5:1 ConfigMap/default/b',
    'LimitExceeded huge.yaml:undefined:undefined undefined',
  ]);
});

test('a typo reads like a compiler error', () => {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replica: 2
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
        - name: c
          image: i
          env: [{name: CN, value: yes}]
`;
  const { diagnostics } = loaded(newLoader(), [fileOf('k8s/web.yaml', text)], { exists: () => true });
  expect(diagnostics.map(formatDiagnostic)).toEqual([
    `error[FieldUnknown]: Deployment/shop/web: unknown field "spec.replica"
  --> k8s/web.yaml:5:3
   |
 5 |   replica: 2
   |   ^^^^^^^
help: did you mean "replicas"?`,
    `error[FieldValueTypeInvalid]: Deployment/shop/web: spec.template.spec.containers[0].env[0].value: Invalid value: must be a string
  --> k8s/web.yaml:13:35
    |
 13 |           env: [{name: CN, value: yes}]
    |                                   ^^^
help: put it in quotes: "yes", as YAML 1.1 reads yes as true`,
  ]);
});

test('the same object twice names both places; the first one counts', () => {
  const files = [fileOf('a.yaml', configMap('x', 'data: {k: "1"}\n')), fileOf('b/c.yaml', `# c\n${configMap('x')}`)];
  const { objects, diagnostics } = loaded(newLoader(), files);
  expect(objects.map((object) => object.path)).toEqual(['a.yaml']);
  expect(diagnostics.map(formatDiagnosticLine)).toEqual([
    'b/c.yaml:5:9: error[ObjectDuplicate]: ConfigMap/default/x: ConfigMap/default/x is written twice; the other is at a.yaml:1:1; ' +
      'keep one of the two, or give one another name',
  ]);
});

test('what is referred to and nowhere declared is a warning', () => {
  const settings = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n';
  const files = [fileOf('p.yaml', POD), fileOf('s.yaml', settings)];
  const lines = loaded(newLoader(), files).diagnostics.map(formatDiagnosticLine);
  const missing =
    'there is no Namespace "shop"; the object cannot be created until it exists: add it, or correct the name';
  expect(lines).toEqual([
    `p.yaml:3:32: warning[ReferenceMissing]: Pod/shop/p: ${missing}`,
    'p.yaml:9:32: warning[ReferenceMissing]: Pod/shop/p: there is no ConfigMap "setings" in namespace "shop"; did you mean "settings"?',
    `s.yaml:3:39: warning[ReferenceMissing]: ConfigMap/shop/settings: ${missing}`,
  ]);
  expect(loaded(newLoader(), files, { exists: () => true }).diagnostics).toEqual([]);
  expect(loaded(newLoader(), [...files, fileOf('x.yaml', 'a: [')]).diagnostics.map((d) => d.code)).toEqual([
    'YamlSyntax',
  ]);
});

test('a line is quoted later without the value of a variable that is named like a secret', () => {
  const env = POD.replace(/image: .*/, (image) => `${image}\n      env: [{name: DB_PASSWORD, value: hunter2}]`);
  const loader = newLoader();
  const [object] = loaded(loader, [fileOf('p.yaml', env)]).objects;
  if (object === undefined) throw new Error('no object');
  const text = loader.placeOf(object, ['spec', 'containers', 0, 'env', 0, 'value']).quote?.()?.text;
  expect(text).toContain('DB_PASSWORD');
  expect(text).not.toContain('hunter2');
});

test('a place is found later, too', () => {
  const loader = newLoader();
  const [object] = loaded(loader, [fileOf('p.yaml', POD)]).objects;
  if (object === undefined) throw new Error('no object');
  const { quote, ...place } = loader.placeOf(object, ['spec', 'containers', 0, 'image']);
  expect(place).toEqual({ path: 'p.yaml', line: 7, column: 14, endColumn: 21 });
  expect(quote?.()?.text).toContain('image: ');
  expect(loader.placeOf(object, ['spec', 'containers', 0, 'ports'])).toMatchObject({ line: 6, column: 7 });
  expect(loader.placeOf(object, ['status', 'phase'])).toMatchObject({ line: 1 });
});

test('secrets stay out of what is reported of fields', () => {
  const text = `apiVersion: v1
kind: Secret
metadata: {name: s, annotations: {a: 5hunter2, b: 5}}
data: {a: hunter2!, b: [hunter2]}
stringData:
  password hunter2
`;
  const variables = configMap('c', 'data:\n  DB_PASSWORD: {x: hunter2}\n  n: 1\n');
  const { diagnostics } = loaded(newLoader(), [fileOf('s.yaml', text), fileOf('c.yaml', variables)]);
  expect(diagnostics.length).toBeGreaterThan(4);
  expect(diagnostics.map(formatDiagnostic).join('\n')).not.toContain('hunter2');
});

test('the cache keeps within its size, and a load that does not fit still ends', () => {
  const cache = new ManifestCache({ maxBytes: 20_000 });
  const loader = new ManifestLoader({ cache, models: noModelValidators });
  const files = Array.from({ length: 100 }, (_, i) => fileOf(`${i}.yaml`, configMap(`c${i}`)));
  expect(loaded(loader, files).objects).toHaveLength(100);
  expect(cache.sizeBytes).toBeLessThanOrEqual(20_000);
  expect(loaded(loader, files).objects).toHaveLength(100);
});

test('whatever the files, loading ends and does not throw', () => {
  const text = fc.oneof(
    fc.constantFrom(POD, configMap('a'), configMap('a', 'data: 1\n'), 'x: [', 'a: 1', ''),
    fc
      .record({
        apiVersion: fc.constantFrom('v1', 'apps/v1'),
        kind: fc.constantFrom('Pod', 'Service', 'Secret', 'Deployment', 'List'),
      })
      .chain((head) =>
        fc
          .record({ metadata: fc.jsonValue(), spec: fc.jsonValue(), data: fc.jsonValue(), items: fc.jsonValue() })
          .map((rest) => JSON.stringify({ ...head, ...rest })),
      ),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), (texts) => {
      const files = texts.map((content, index) => fileOf(`${index}.yaml`, content));
      const { objects, diagnostics } = loaded(newLoader(), files);
      expect(new Set(objects.map((object) => object.key)).size).toBe(objects.length);
      for (const diagnostic of diagnostics) formatDiagnostic(diagnostic);
    }),
    { numRuns: 500, seed: 7 },
  );
});
