import { afterEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

/** After TestServiceAccountCreation. */
it.each<[rule: string, isGoing: boolean, deleted: string, after: readonly string[]]>([
  ['one that was deleted from a live namespace comes back', false, 'default', ['default', 'robot']],
  ['another that was deleted stays away', false, 'robot', ['default']],
  ['one that was deleted from a namespace that is going stays away', true, 'default', []],
])('the default account: %s', (_rule, isGoing, deleted, after) => {
  plane = startTestControlPlane();
  const { client } = plane;
  client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'shop' } });
  // Something that holds the namespace up for as long as this test takes.
  const metadata = { name: 'held', namespace: 'shop', finalizers: ['own/held'] };
  client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  plane.settle();
  const accounts = () => client.list('ServiceAccount', { namespace: 'shop' }).map(({ metadata: { name } }) => name);
  expect(accounts()).toEqual(['default', 'robot']);
  if (isGoing) client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
  if (accounts().includes(deleted))
    client.delete({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'shop', name: deleted });
  plane.settle();
  expect(accounts()).toEqual(after);
  expect(client.get('Namespace', { name: 'shop' })).toBeDefined();
});
