import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/objects/types.ts';
import { type BerthProgram, bundleBerth } from '../docker/testing/berth-program.ts';
import { configMap, deployment } from '../docker/testing/manifests.ts';
import { TestBox } from '../docker/testing/test-box.ts';
import { pause, waitUntil } from '../docker/testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  program = await bundleBerth();
});

afterEach(() => box?.remove());
afterAll(() => program?.remove());

async function createBox(...args: readonly string[]): Promise<void> {
  box = await TestBox.create({ program: program.path, runtime: 'sim', args });
}

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

async function find(path: string): Promise<KubernetesObject | undefined> {
  const { status, body } = await box.berth.call('GET', path);
  return status === 200 ? (JSON.parse(body) as KubernetesObject) : undefined;
}

const uidOf = async (path: string) => (await find(path))?.metadata?.uid;

async function replicasOf(name: string): Promise<unknown> {
  const { spec } = (await find(`${DEPLOYMENTS}/${name}`)) as { spec?: { replicas?: number } };
  return spec?.replicas;
}

const applicationOf = async (name: string) =>
  (await box.berth.status()).applications.find((application) => application.name === name);

test('each folder is an application, and an error or a wait in one never delays another', async () => {
  await createBox('--path', 'apps/*');
  const waiting = deployment('waiting', { container: 'envFrom: [{configMapRef: {name: nothing}}]' });
  const files = {
    'apps/broken/a.yaml': 'kind: [\n',
    'apps/slow/a.yaml': waiting,
    'apps/good/a.yaml': configMap('page', { version: '1' }),
  };
  const first = await box.repository.push(files);
  await box.start();
  await box.berth.reaches(first, 'Healthy', { application: 'good' });
  await box.berth.reaches(first, 'Invalid', { application: 'broken' });
  await box.berth.reaches(first, 'Progressing', { application: 'slow' });
  const second = await box.repository.push({ ...files, 'apps/good/a.yaml': configMap('page', { version: '2' }) });
  await box.berth.reaches(second, 'Healthy', { application: 'good', withinMs: 5_000 });
  expect(await applicationOf('broken')).toMatchObject({ phase: 'Invalid', attemptedCommit: second });

  const { 'apps/broken/a.yaml': _, ...mended } = files;
  const third = await box.repository.push({ ...mended, 'apps/broken/a.yaml': configMap('mended', { a: '1' }) });
  await box.berth.reaches(third, 'Healthy', { application: 'broken' });
  const { 'apps/good/a.yaml': __, ...without } = files;
  await box.repository.push(without);
  await waitUntil('the folder that is gone is deleted', async () => (await find(`${CONFIG_MAPS}/page`)) === undefined);
  expect(await applicationOf('good')).toBeUndefined();
});

test.each([
  ['a', 'b'],
  ['b', 'a'],
])('an object that moves from application %s to %s stays the same object', async (from, to) => {
  await createBox('--path', 'apps/*');
  const others = {
    'apps/a/own.yaml': configMap('own-a', { a: '1' }),
    'apps/b/own.yaml': configMap('own-b', { a: '1' }),
  };
  const first = await box.repository.push({ ...others, [`apps/${from}/web.yaml`]: deployment('web') });
  await box.start();
  for (const application of ['a', 'b']) await box.berth.reaches(first, 'Healthy', { application });
  const uid = await uidOf(`${DEPLOYMENTS}/web`);
  const podUids = (await box.berth.pods()).map(({ metadata }) => metadata.uid);
  const second = await box.repository.push({ ...others, [`apps/${to}/web.yaml`]: deployment('web') });
  for (const application of ['a', 'b']) await box.berth.reaches(second, 'Healthy', { application });
  await pause(700);
  expect(await uidOf(`${DEPLOYMENTS}/web`)).toBe(uid);
  expect((await box.berth.pods()).map(({ metadata }) => metadata.uid)).toEqual(podUids);
  const third = await box.repository.push(others);
  for (const application of ['a', 'b']) await box.berth.reaches(third, 'Healthy', { application });
  await waitUntil('its new owner deletes it', async () => (await uidOf(`${DEPLOYMENTS}/web`)) === undefined);
});

test('two applications that declare the same field differently conflict, and what runs is kept', async () => {
  await createBox('--path', 'apps/*');
  const first = await box.repository.push({ 'apps/a/web.yaml': configMap('page', { version: '1' }) });
  await box.start();
  await box.berth.reaches(first, 'Healthy', { application: 'a' });
  const second = await box.repository.push({
    'apps/a/web.yaml': configMap('page', { version: '1' }),
    'apps/b/web.yaml': configMap('page', { version: '2' }),
  });
  const { problems } = await box.berth.reaches(second, 'Invalid', { application: 'b' });
  expect(problems).toMatchObject([{ code: 'FieldConflict', place: expect.stringContaining('apps/b/web.yaml:') }]);
  expect(problems[0]?.message).toContain('data.version');
  expect(await applicationOf('a')).toMatchObject({ phase: 'Healthy' });
  expect(await find(`${CONFIG_MAPS}/page`)).toMatchObject({ data: { version: '1' } });
});

test('what is no longer declared goes only when its successor is healthy', async () => {
  await createBox();
  const first = await box.repository.push({ 'old.yaml': deployment('old') });
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  const successor = { 'new.yaml': deployment('new', { container: 'envFrom: [{configMapRef: {name: settings}}]' }) };
  const second = await box.repository.push(successor);
  await box.berth.reaches(second, 'Progressing');
  await pause(1_000);
  expect((await box.berth.pods()).filter(({ metadata }) => metadata.name.startsWith('old-'))).toHaveLength(1);
  const settings = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data: { a: '1' },
  });
  expect((await box.berth.call('POST', CONFIG_MAPS, settings)).status).toBe(201);
  await box.berth.reaches(second, 'Healthy');
  await waitUntil('the old one is deleted', async () => (await uidOf(`${DEPLOYMENTS}/old`)) === undefined);
  await waitUntil('its pods, too', async () => (await box.berth.pods()).length === 1);
});

test('what is set through the scale subresource is left to whoever set it, and an edit by a person is put right', async () => {
  await createBox();
  const files = (version: string) => ({ 'web.yaml': deployment('web', { replicas: 2, version }) });
  const first = await box.repository.push(files('1'));
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  const patch = (path: string, replicas: number) =>
    box.berth.call('PATCH', path, { spec: { replicas } }, 'application/merge-patch+json');
  expect((await patch(`${DEPLOYMENTS}/web/scale`, 3)).status).toBe(200);
  const second = await box.repository.push(files('2'));
  await box.berth.reaches(second, 'Healthy');
  expect(await replicasOf('web')).toBe(3);
  expect(box.berth.output).toMatch(/left to its owner: spec\.replicas/);
  const third = await box.repository.push(files('3'));
  await box.berth.reaches(third, 'Healthy');
  expect(await replicasOf('web')).toBe(3);

  const label = { spec: { template: { metadata: { labels: { version: 'edited' } } } } };
  const edited = await box.berth.call('PATCH', `${DEPLOYMENTS}/web`, label, 'application/merge-patch+json');
  expect(edited.status).toBe(200);
  await waitUntil('the edit is put right', async () => {
    const { spec } = (await find(`${DEPLOYMENTS}/web`)) as {
      spec?: { template?: { metadata?: { labels?: { version?: string } } } };
    };
    return spec?.template?.metadata?.labels?.version === '3';
  });
  expect(box.berth.output).toMatch(/drift put right/);
});
