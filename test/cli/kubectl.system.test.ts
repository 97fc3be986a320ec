import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTool } from '../charts/find-tool.ts';
import { BerthBuild, type Outcome, type RunOptions } from './berth-process.ts';
import { TestRepository } from './test-repository.ts';

const CONFIG_MAP = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {a: ${value}}\n`;

let berth: BerthBuild;
/** With the kubectl of the tests first in PATH, and a folder for temporary files that can be looked into. */
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  const kubectl = await findTool('kubectl');
  berth = new BerthBuild();
  const [bin, temporary, home] = ['bin', 'tmp', 'home'].map((name) => join(berth.folder, name));
  for (const folder of [bin, temporary, home]) mkdirSync(String(folder));
  symlinkSync(kubectl, join(String(bin), 'kubectl'));
  environment = {
    PATH: `${bin}:${process.env['PATH']}`,
    TMPDIR: String(temporary),
    HOME: String(home),
    BERTH_DATA_DIR: join(berth.folder, 'data'),
  };
  const repository = await TestRepository.create(berth.folder);
  const up = berth.start(['up', '--repo', repository.path, '--runtime', 'sim', '--cluster', 'box1'], { environment });
  await up.waitFor(/site is healthy/);
});

afterAll(() => berth.close());

function kubectl(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return berth.run(['kubectl', ...words], { environment, ...options });
}

test('berth kubectl runs kubectl, passes its words, input and exit code on, and leaves nothing behind', async () => {
  expect(await kubectl(['get', 'nodes', '-o', 'name'])).toMatchObject({ code: 0, stdout: 'node/box1\n' });
  expect(await kubectl(['apply', '-f', '-'], { input: CONFIG_MAP('b') })).toMatchObject({
    code: 0,
    stdout: 'configmap/made created\n',
  });
  expect(await kubectl(['diff', '-f', '-'], { input: CONFIG_MAP('c') })).toMatchObject({ code: 1 });
  const refused = await kubectl(['apply', '-f', '-'], { input: CONFIG_MAP('b').replace('\ndata:', '\ndate:') });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('unknown field "date"') });
  const temporary = readdirSync(String(environment['TMPDIR']));
  expect(temporary.filter((name) => name.startsWith('berth-kubectl-'))).toEqual([]);
});

test('kubectl explains fields, and says which Berth does not carry out', async () => {
  expect((await kubectl(['explain', 'deployment.spec.strategy'])).stdout).toMatch(/rollingUpdate\s+<RollingUpdate/);
  expect((await kubectl(['explain', 'ingress'])).stdout).toContain('does not route Ingresses yet');
});

test('berth kubeconfig writes a file that kubectl works with until it is revoked', async () => {
  const file = join(berth.folder, 'box1.kubeconfig');
  expect(await berth.run(['kubeconfig', '--file', file], { environment })).toMatchObject({ code: 0, stdout: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const printed = await berth.run(['kubeconfig'], { environment });
  expect(printed).toMatchObject({ code: 0, stdout: readFileSync(file, 'utf8'), stderr: '' });

  // Of another box's kubeconfig kubectl knows no more than a wrong token.
  const wrong = join(berth.folder, 'wrong.kubeconfig');
  writeFileSync(wrong, printed.stdout.replace(/token: .*/, 'token: wrong'), { mode: 0o600 });
  const asked = (kubeconfig: string) => kubectl(['--kubeconfig', kubeconfig, 'get', 'nodes', '-o', 'name']);
  expect(await asked(file)).toMatchObject({ code: 0, stdout: 'node/box1\n' });
  expect(await asked(wrong)).toMatchObject({ code: 1, stderr: expect.stringContaining('Unauthorized') });
  expect(await berth.run(['kubeconfig', '--revoke'], { environment })).toMatchObject({ code: 0 });
  expect(await asked(file)).toMatchObject({ code: 1, stderr: expect.stringContaining('refused') });
});

test('a kubeconfig that cannot be written opens no port, and leaves nothing behind', async () => {
  const file = join(berth.folder, 'nowhere', 'box1.kubeconfig');
  expect(await berth.run(['kubeconfig', '--file', file], { environment })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('error[UsageInvalid]'),
  });
  expect(await berth.run(['kubeconfig', '--file', berth.folder], { environment })).toMatchObject({ code: 2 });
  expect((await berth.run(['kubeconfig', '--revoke'], { environment })).stderr).toContain('no port was open');
  expect(readdirSync(berth.folder).filter((name) => name.endsWith('.new'))).toEqual([]);
});

test('a machine without kubectl is told so', async () => {
  const without = { ...environment, PATH: '/nonexistent' };
  expect(await kubectl(['get', 'nodes'], { environment: without })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('KubectlMissing'),
  });
});
