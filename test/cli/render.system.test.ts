import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BerthBuild } from './berth-process.ts';

const FIXTURES = fileURLToPath(new URL('../../src/manifests/render/fixtures/features', import.meta.url));
const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: web:1
          envFrom:
            - secretRef: {name: keys}
`;
const FILES = {
  'base/kustomization.yaml': 'resources: [web.yaml]\nsecretGenerator:\n- name: keys\n  literals: [word=hunter2]\n',
  'base/web.yaml': WEB,
  'production/kustomization.yaml':
    'resources: [../base]\nnamespace: shop\nimages:\n- name: web\n  newTag: "2"\npatches:\n- path: replicas.yaml\n',
  'production/replicas.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n',
  'broken/kustomization.yaml': 'resources: [../base]\npatches:\n- target: {kind: Deployment}\n  path: typo.yaml\n',
  'broken/typo.yaml': '- op: add\n  path: /spec/replica\n  value: 2\n',
};

let berth: BerthBuild;
let site: string;

beforeAll(() => {
  berth = new BerthBuild();
  site = join(berth.folder, 'site');
  write(FILES);
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('-c', 'user.name=Test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message=First');
  // What is on the disk and what was committed are not the same from here on.
  write({ 'production/replicas.yaml': FILES['production/replicas.yaml'].replace('replicas: 3', 'replicas: 4') });
});

afterAll(() => berth.close());

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(site, path)), { recursive: true });
    writeFileSync(join(site, path), text);
  }
}

function git(...args: readonly string[]): void {
  execFileSync('git', ['-C', site, ...args]);
}

const at = (folder: string) => join(site, folder);

test('a link out of the repository is no folder of it', async () => {
  symlinkSync('/etc', join(site, 'link'));
  for (const command of ['render', 'validate']) {
    const { code, stderr } = await berth.run([command, join(site, 'link')]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/link out of the repository .*site, to \/etc/)]);
  }
});

describe('berth render', () => {
  test.each(['patches-merge', 'generators', 'replacements'])('%s comes out as kubectl prints it', async (name) => {
    const { code, stdout } = await berth.run(['render', join(FIXTURES, name)]);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(join(FIXTURES, name, 'expected.yaml'), 'utf8'));
  });

  test('what is on the disk, or as of a commit, as YAML or JSON', async () => {
    const now = await berth.run(['render', at('production'), '-o', 'json']);
    expect(now.code).toBe(0);
    const list = JSON.parse(now.stdout) as { readonly kind: string; readonly items: readonly { kind: string }[] };
    expect(list.items.find(({ kind }) => kind === 'Deployment')).toMatchObject({ spec: { replicas: 4 } });
    const then = await berth.run(['render', at('production'), '--at', 'main']);
    expect(then).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('replicas: 3\n') });
    const never = await berth.run(['render', at('production'), '--at', 'nowhere']);
    expect(never).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('nowhere') });
  });

  test('a trace tells who wrote what, and no secret', async () => {
    const all = await berth.run(['render', at('production'), '--trace', 'Deployment/web']);
    expect(all.code).toBe(0);
    expect(all.stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['Deployment/shop/web', 'base/web.yaml:1-17'],
      ['metadata.namespace', 'shop', 'production/kustomization.yaml:2'],
      ['spec.replicas', '4', 'production/replicas.yaml:6'],
      ['spec.template.spec.containers[0].image', 'web:2', 'production/kustomization.yaml:4'],
      [
        'spec.template.spec.containers[0].envFrom[0].secretRef.name',
        expect.stringMatching(/^keys-/),
        expect.any(String),
      ],
      [''],
    ]);
    const one = await berth.run([
      'render',
      at('production'),
      '--trace',
      'Deployment/shop/web#spec.selector.matchLabels.app',
    ]);
    expect(one.stdout).toMatch(/spec\.selector\.matchLabels\.app +web +base\/web\.yaml:8\n/);
    const secret = await berth.run([
      'render',
      at('production'),
      '--trace',
      'base/kustomization.yaml#data.word',
      '-o',
      'json',
    ]);
    expect(JSON.parse(secret.stdout)).toMatchObject([
      { object: expect.stringContaining('Secret/shop/keys-'), fields: [{ value: '<redacted>', line: 4 }] },
    ]);
    const wrong = await berth.run(['render', at('production'), '--trace', 'Deployment/gone']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Deployment/shop/web') });
  });

  test('what cannot be rendered is said with its line, and nothing is printed', async () => {
    const { code, stdout, stderr } = await berth.run(['render', at('gone')]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('there is no folder');
    write({ 'missing/kustomization.yaml': 'resources:\n- ../base\n- gone.yaml\n' });
    const missing = await berth.run(['render', at('missing')]);
    expect(missing).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('missing/kustomization.yaml:3:3'),
    });
  });
});

describe('berth validate', () => {
  test('ends with 1 and every finding at the line that wrote it', async () => {
    const { code, stdout } = await berth.run(['validate', at('broken')]);
    expect(code).toBe(1);
    expect(stdout).toContain('broken/typo.yaml:3');
    expect(stdout).toContain('did you mean "replicas"');
  });

  test('ends with 0 where nothing is wrong, and says so for machines, too', async () => {
    const { code, stdout } = await berth.run(['validate', at('base'), at('production'), '-o', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      isValid: true,
      folders: [
        { objects: 2, problems: [] },
        { objects: 2, problems: [{ code: 'ReferenceMissing', severity: 'warning' }, { severity: 'warning' }] },
      ],
    });
  });

  test('takes what one of several folders declares as there for the others, and their variables, too', async () => {
    write({
      'many/shop/web.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page, namespace: many}\n',
      'many/data/all.yaml':
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: many}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: many}\ndata: {size: big}\n',
      'many/own/kustomization.yaml': 'resources: [page.yaml]\n',
      'many/own/page.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own, namespace: gone}\ndata: {size: "\${size}"}\n`,
      'many/own/berth.yaml':
        'apiVersion: berth.dev/v1alpha1\nkind: Application\nspec:\n  substituteFrom: [{kind: ConfigMap, name: vars, namespace: many}]\n',
    });
    const alone = await berth.run(['validate', at('many/shop')]);
    expect(alone.stdout).toContain('there is no Namespace "many"');
    const { code, stdout } = await berth.run(['validate', at('many/own'), at('many/shop'), at('many/data')]);
    expect(code).toBe(0);
    expect(stdout).not.toContain('"many"');
    expect(stdout).not.toContain('to take variables from');
    expect(stdout).toContain('there is no Namespace "gone"');
    write({ 'many/broken/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 7}\n' });
    const unknown = await berth.run(['validate', at('many/shop'), at('many/broken')]);
    expect(unknown.code).toBe(1);
    expect(unknown.stdout).not.toContain('there is no Namespace');
  });
});
