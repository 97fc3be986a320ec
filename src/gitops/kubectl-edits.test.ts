import { afterEach, describe, expect, it } from 'vitest';
import { deployment, NAMESPACE, TestLoop } from './testing.ts';

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };

let loop: TestLoop;

async function begin(files: Readonly<Record<string, string>>): Promise<void> {
  loop = new TestLoop();
  loop.push(files);
  await loop.start();
  await loop.run(10_000);
}

async function patch(fieldManager: string, change: object, subresource?: 'scale'): Promise<void> {
  const person = loop.test.client.as({ user: 'ann', fieldManager });
  person.patch(WEB, 'strategic', change as never, subresource === undefined ? {} : { subresource });
  await loop.run(5_000);
}

function web() {
  const found = loop.test.client.get('Deployment', { namespace: 'shop', name: 'web' });
  if (found === undefined) throw new Error('there is no web');
  return found;
}

const files = { 'a.yaml': NAMESPACE, 'b.yaml': deployment('web') };
const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-11-27T20:00:00Z' };
const template = { metadata: { annotations } };

afterEach(() => loop.stop());

describe('what kubectl adds to an object of Git', () => {
  it('is taken away again: labels, fields and items', async () => {
    await begin(files);
    const before = web().spec;
    await patch('kubectl-label', { metadata: { labels: { extra: '1' } } });
    const containers = [{ name: 'app', env: [{ name: 'FOO', value: 'bar' }] }];
    await patch('kubectl-set', { spec: { template: { spec: { containers } } } });
    await patch('kubectl-patch', { spec: { minReadySeconds: 7 } });
    await patch('kubectl', { spec: { progressDeadlineSeconds: 77 } });
    expect([web().metadata.labels, web().spec]).toEqual([undefined, before]);
    const { resourceVersion } = web().metadata;
    await loop.run(60_000);
    expect(web().metadata.resourceVersion).toBe(resourceVersion);
  });

  it('stays where it operates the object: a restart, a pause, a size that Git does not give', async () => {
    await begin(files);
    await patch('kubectl-rollout', { spec: { template } });
    await patch('kubectl-edit', { spec: { replicas: 3 } });
    await patch('kubectl-rollout', { spec: { paused: true } });
    const { resourceVersion } = web().metadata;
    loop.push({ ...files, 'b.yaml': deployment('web').replace('spec:', 'spec:\n  minReadySeconds: 1') });
    await loop.run(5_000);
    expect(web().metadata.resourceVersion).not.toBe(resourceVersion);
    expect(web().spec).toMatchObject({ replicas: 3, paused: true, minReadySeconds: 1, template });
  });

  it('stays where it holds the object back from being deleted', async () => {
    await begin(files);
    await patch('kubectl-edit', { metadata: { finalizers: ['example.com/hold'], labels: { extra: '1' } } });
    expect(web().metadata).toMatchObject({ finalizers: ['example.com/hold'] });
    expect(web().metadata.labels).toBeUndefined();
  });

  it('stays where the object says that it is merged, and where another program adds it', async () => {
    const merged = deployment('web').replace(
      'metadata:',
      'metadata:\n  annotations: {kustomize.toolkit.fluxcd.io/ssa: Merge}',
    );
    await begin({ ...files, 'b.yaml': merged });
    await patch('kubectl-label', { metadata: { labels: { extra: '1' } } });
    expect(web().metadata.labels).toEqual({ extra: '1' });
    await loop.stop();
    await begin(files);
    await patch('dashboard', { metadata: { labels: { extra: '1' } } });
    expect(web().metadata.labels).toEqual({ extra: '1' });
  });

  it('is no matter of an object that was made by hand before Git declared it', async () => {
    await begin({ 'a.yaml': NAMESPACE });
    const person = loop.test.client.as({ user: 'ann', fieldManager: 'kubectl-create' });
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' } };
    const made = person.create({ ...service, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
    const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{port: 80}]}\n';
    loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': text });
    await loop.run(5_000);
    expect([loop.phaseOf('root'), loop.test.client.get('Service', { namespace: 'shop', name: 'web' })?.spec]).toEqual([
      'Healthy',
      made['spec'],
    ]);
  });
});
