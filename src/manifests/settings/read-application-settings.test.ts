import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readApplicationSettings } from './read-application-settings.ts';

const HEAD = 'apiVersion: berth.dev/v1alpha1\nkind: Application\n';

function read(text: string) {
  const { settings, problems } = readApplicationSettings('shop/berth.yaml', new TextEncoder().encode(text));
  return {
    settings,
    problems: problems.map(
      ({ code, line, column, field, help }) => `${code} ${line}:${column ?? 1} ${field ?? ''}; ${help}`,
    ),
  };
}

test('everything that can be said', () => {
  const { settings, problems } = read(`${HEAD}metadata: {name: shop}
spec:
  helm:
    releaseName: shop
    namespace: shop
    valuesFiles: [values-prod.yaml]
    values: {replicas: 2}
    includeCRDs: false
    skipHooks: true
    skipTests: true
    kubeVersion: "1.32"
    apiVersions: [monitoring.coreos.com/v1]
  substitute: {domain: example.org}
  substituteFrom:
  - {kind: ConfigMap, name: cluster}
  - {kind: Secret, name: keys, optional: true}
  decryption: {provider: sops}
  force: true
`);
  expect(problems).toEqual([]);
  expect(settings.helm).toMatchObject({
    releaseName: { value: 'shop' },
    valuesFiles: [{ value: 'values-prod.yaml' }],
    includeCRDs: false,
    skipHooks: true,
    skipTests: true,
    kubeVersion: { value: '1.32' },
  });
  expect([...settings.substitute].map(([name, { value }]) => [name, value])).toEqual([['domain', 'example.org']]);
  expect(settings.substituteFrom).toMatchObject([
    { kind: 'ConfigMap', name: { value: 'cluster' }, optional: false },
    { kind: 'Secret', name: { value: 'keys' }, optional: true },
  ]);
  expect(settings.decryption).toMatchObject({ provider: 'sops' });
  expect(settings.force).toBe(true);
});

test('nothing said means the defaults', () => {
  const { settings, problems } = read(HEAD);
  expect(problems).toEqual([]);
  expect(settings.helm).toMatchObject({ releaseName: undefined, includeCRDs: true, skipHooks: false });
});

test.each([
  ['', ['1:1 apiVersion', '1:1 kind']],
  [`${HEAD}spec:\n  helm:\n    release: x\n`, ['5:5 spec.helm.release']],
  [`${HEAD}spec:\n  substitute: {port: 80, a-b: x}\n`, ['4:22 spec.substitute.port', '4:31 spec.substitute.a-b']],
  [`${HEAD}spec:\n  decryption: {provider: vault}\n`, ['4:26 spec.decryption.provider']],
  [`${HEAD}spec:\n  substituteFrom: [{kind: Pod, name: x}]\n`, ['4:20 spec.substituteFrom[0].kind']],
  [`${HEAD}spec:\n  helm: {values: [1], includeCRDs: "no"}\n`, ['4:10 spec.helm.values', '4:36 spec.helm.includeCRDs']],
  [`${HEAD}---\nkind: ConfigMap\n`, ['4:1 ']],
  ['kind: Kustomization\napiVersion: berth.dev/v1alpha1\n', ['1:7 kind']],
])('%j is refused with its lines', (text, places) => {
  const { problems } = read(text);
  expect(problems.map((problem) => problem.replace(/;.*/s, ''))).toEqual(
    places.map((place) => `ApplicationSettingsInvalid ${place}`),
  );
});

test('what is no YAML is a problem of its line, too', () => {
  expect(read('kind: [a\n').problems).toHaveLength(1);
  expect(readApplicationSettings('berth.yaml', new Uint8Array([0xff, 0xfe, 0])).problems).toHaveLength(1);
});

test('any text ends in settings or problems', () => {
  const words = fc.constantFrom(
    'spec',
    'helm',
    'substitute',
    'values',
    ':',
    '\n',
    '  ',
    '- ',
    '{',
    '[',
    '&a',
    '*a',
    '"',
    '~',
    '1e9',
    '!!map',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 30 }).map((parts) => HEAD + parts.join('')),
  );
  fc.assert(
    fc.property(text, (any) => {
      const { problems } = readApplicationSettings('berth.yaml', new TextEncoder().encode(any));
      for (const { path, severity } of problems)
        expect({ path, severity }).toEqual({ path: 'berth.yaml', severity: 'error' });
    }),
    { seed: 1 },
  );
});
