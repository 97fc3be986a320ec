import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CASES, type Files } from './cases.ts';
import { planCase } from './plan-files.ts';

/*
 * A fork's branch may hold anything. Whatever it is made to break, a plan ends soon, within its memory, with an error that names the limit or the mistake.
 */

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-hostile-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const BASE = CASES[0]?.base ?? {};
const WEB = BASE['web.yaml'] ?? '';
/** Nine lists of nine aliases, each of the one before: 9⁹ values. */
const BOMB = `a: &a0 [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, index) => `b${index}: &a${index + 1} [${`*a${index}, `.repeat(9)}]\n`).join('')}`;

const MANY = Object.fromEntries(
  ['a', 'b', 'c'].map((name) => [
    `${name}.yaml`,
    WEB.replace('name: web', `name: ${name}`).replace('replicas: 2', 'replicas: 9000'),
  ]),
);

const HOSTILE: readonly (readonly [name: string, files: Files, code: string, message: RegExp])[] = [
  ['more pods than can be played', MANY, 'LimitReached', /rehearsalPods/],
  ['a billion replicas', { 'web.yaml': WEB.replace('replicas: 2', 'replicas: 1000000000') }, 'FieldValueInvalid', /./],
  [
    'an alias bomb',
    { 'bomb.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n${BOMB}` },
    'LimitExceeded',
    /manifestAlias/,
  ],
  [
    'deep nesting',
    {
      'deep.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: deep}\ndata: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`,
    },
    'LimitExceeded',
    /manifestDepth/,
  ],
  [
    'a cycle of kustomizations',
    {
      'kustomization.yaml': 'resources: [a]\n',
      'a/kustomization.yaml': 'resources: [../b]\n',
      'b/kustomization.yaml': 'resources: [../a]\n',
    },
    'RenderFailed',
    /leads back to a kustomization/,
  ],
  [
    'a remote base',
    { 'kustomization.yaml': 'resources: ["https://registry.invalid/x?ref=1"]\n' },
    'KustomizeNeeded',
    /./,
  ],
  ['a path out of the repository', { 'kustomization.yaml': 'resources: [../../../../etc/passwd]\n' }, '', /./],
  [
    'a pod that crashes the count of its ports',
    { 'web.yaml': WEB.replace('containerPort: 8080', 'containerPort: 99999999999999999999') },
    '',
    /./,
  ],
];

test.each(HOSTILE)('%s', { timeout: 30_000 }, async (name, files, code, message) => {
  const startMs = performance.now();
  const report = await planCase(folder, {
    name: name.replaceAll(/\W+/g, '-'),
    base: BASE,
    head: { ...BASE, ...files },
  });
  expect(report.result).toBe('error');
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  if (code !== '') expect(errors.map((finding) => finding.code)).toContain(code);
  expect(errors.map((finding) => finding.message).join('\n')).toMatch(message);
  expect(performance.now() - startMs).toBeLessThan(20_000);
});
