import { afterEach, expect, it } from 'vitest';
import { deployment, NAMESPACE, TestLoop } from './testing.ts';

let loop: TestLoop;

afterEach(() => loop.stop());

const set = (strategy: string) => `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: shop}
spec:
  ${strategy}
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: "app:1"}]}}
`;
const web = (strategy: string) => deployment('web').replace('spec:', `spec:\n  ${strategy}`);

it.each([
  ['Deployment', 'strategy', web(''), web('strategy: {type: Recreate}'), { type: 'Recreate' }],
  ['StatefulSet', 'updateStrategy', set(''), set('updateStrategy: {type: OnDelete}'), { type: 'OnDelete' }],
] as const)(
  'a %s leaves the settings of a rolling update that nobody gave behind with its type, and gets them back',
  async (kind, field, rolling, other, expected) => {
    loop = new TestLoop();
    const strategyOf = async (text: string) => {
      loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': text });
      await loop.run(30_000);
      const spec = loop.test.client.get(kind, { namespace: 'shop', name: 'web' })?.spec;
      return [loop.phaseOf('root'), (spec as unknown as Record<string, unknown> | undefined)?.[field]];
    };
    loop.push({ 'a.yaml': NAMESPACE });
    await loop.start();
    const before = await strategyOf(rolling);
    expect(await strategyOf(other)).toEqual(['Healthy', expected]);
    expect(await strategyOf(rolling)).toEqual(before);
  },
);

it('a strategy whose settings somebody else has given is refused', async () => {
  loop = new TestLoop();
  loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': web('') });
  await loop.start();
  await loop.run(5_000);
  const program = loop.test.client.as({ user: 'ann', fieldManager: 'tuner' });
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
  program.patch(reference, 'merge', { spec: { strategy: { rollingUpdate: { maxSurge: 2 } } } });
  loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': web('strategy: {type: Recreate}') });
  await loop.run(5_000);
  expect([loop.phaseOf('root'), loop.messageOf('root')]).toEqual(['Invalid', expect.stringContaining('rollingUpdate')]);
});
