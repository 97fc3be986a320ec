import { afterEach, expect, it } from 'vitest';
import { NAMESPACE, TestLoop } from './testing.ts';

const NODE = 'apiVersion: v1\nkind: Node\nmetadata: {name: box, labels: {disk: ssd}}\n';

const loop = new TestLoop();

afterEach(() => loop.stop());

it('takes from a node that reports what Git gave it, and deletes one that nobody made but Git', async () => {
  const { client } = loop.test;
  client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'box', labels: { zone: 'z1' } } });
  const made = client.get('Node', { name: 'box' });
  if (made === undefined) throw new Error('no node');
  const nodeInfo = {
    ...{ architecture: 'amd64', bootID: '', containerRuntimeVersion: 'docker://20', kernelVersion: '6', machineID: '' },
    ...{ kubeProxyVersion: '', kubeletVersion: 'v1.32.0', operatingSystem: 'linux', osImage: '', systemUUID: '' },
  };
  client.updateStatus({ ...made, status: { nodeInfo } });
  const other = NODE.replace('box', 'other');
  loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': NODE, 'c.yaml': other });
  await loop.start();
  await loop.run(60_000);
  expect(client.get('Node', { name: 'box' })?.metadata.labels).toMatchObject({ disk: 'ssd', zone: 'z1' });
  expect(client.get('Node', { name: 'other' })).toBeDefined();
  loop.push({ 'a.yaml': NAMESPACE });
  await loop.run(600_000);
  const left = client.get('Node', { name: 'box' })?.metadata;
  expect(left?.uid).toBe(made.metadata.uid);
  expect(left?.labels).toMatchObject({ zone: 'z1' });
  expect(left?.labels).not.toHaveProperty('disk');
  expect(client.get('Node', { name: 'other' })).toBeUndefined();
  const told = loop.events.flatMap((event) => (event.type === 'pruned' ? event.changes : []));
  expect(told.map(({ id, action, reason }) => `${id.name} ${action}: ${reason}`).sort()).toEqual([
    'box skipped: its node agent made it; what Git set goes, what others set stays',
    'other deleted: no longer declared',
  ]);
});
