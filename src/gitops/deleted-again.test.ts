import { afterEach, describe, expect, it } from 'vitest';
import { configMap, deployment, NAMESPACE, TestLoop } from './testing.ts';

let loop: TestLoop;

afterEach(async () => {
  await loop.stop();
});

async function begin(files: Readonly<Record<string, string>>): Promise<void> {
  loop = new TestLoop();
  loop.push(files);
  await loop.start();
  await loop.run(1_000);
}

function ownedBy(owner: string, name = 'child'): string {
  return configMap(name, 'one').replace('metadata:\n', `metadata:\n  ownerReferences: [${owner}]\n`);
}

const LOST = ownedBy('{apiVersion: v1, kind: ConfigMap, name: nobody, uid: "12345"}');

/** How often the child was made while `ms` of virtual time passed. */
async function countMade(ms: number): Promise<number> {
  let made = 0;
  const stop = loop.test.client.watch('ConfigMap', ({ type, object }) => {
    if (type === 'ADDED' && object.metadata.name === 'child') made++;
  });
  await loop.run(ms);
  stop();
  return made;
}

function deleteChild(): void {
  loop.test.client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'child' });
}

function findChild() {
  return loop.test.client.get('ConfigMap', { namespace: 'shop', name: 'child' });
}

describe('what is deleted again right after it was made', () => {
  it('is put right with growing pauses, at last one of five minutes', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': LOST });
    expect(await countMade(60_000)).toBeLessThan(8);
    await loop.run(1_200_000);
    expect(await countMade(3_600_000)).toBe(12);
  });

  it('has failed, and the verdict says why and does not change each time', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': LOST, 'c.yaml': configMap('page', 'x') });
    await loop.run(30_000);
    expect([loop.phaseOf('root'), loop.messageOf('root')]).toEqual([
      'Failed',
      expect.stringMatching(
        /^ConfigMap\/shop\/child: was deleted \d+ times right after it was made, since 20\S+Z: its owner ConfigMap\/shop\/nobody \(uid 12345\) does not exist, so the garbage collector deletes it$/,
      ),
    ]);
    loop.events.length = 0;
    await loop.run(3_600_000);
    const verdicts = loop.events.flatMap((event) => (event.type === 'verdict' ? [event.verdict.phase] : []));
    expect(new Set(verdicts)).toEqual(new Set(['Failed']));
  });

  it('names an owner in another namespace, and not one of several that is there', async () => {
    await begin({ 'a.yaml': NAMESPACE });
    const far = loop.test.client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'far', namespace: 'default' },
    });
    const owner = `{apiVersion: v1, kind: ConfigMap, name: far, uid: ${far.metadata.uid}}`;
    loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': ownedBy(owner) });
    await loop.run(30_000);
    expect(loop.messageOf('root')).toContain('its owner ConfigMap/shop/far (uid ');
  });

  it('is healthy once it stays', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': LOST });
    await loop.run(30_000);
    loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('child', 'one') });
    await loop.run(60_000);
    expect([loop.phaseOf('root'), findChild()?.data]).toEqual(['Healthy', { key: 'one' }]);
    deleteChild();
    await loop.run(1_000);
    expect(findChild()).toBeDefined();
  });

  it('lets what waits for it be pruned once it stays', async () => {
    const files = { 'a.yaml': NAMESPACE, 'b.yaml': configMap('child', 'one') };
    await begin({ ...files, 'c.yaml': configMap('old', 'x') });
    loop.kubelet.isReady = () => false;
    loop.push({ ...files, 'b.yaml': configMap('child', 'two'), 'd.yaml': deployment('web') });
    await loop.run(1_000);
    for (let round = 0; round < 3; round++) {
      deleteChild();
      await loop.run(2_500);
    }
    for (const pod of loop.test.client.list('Pod')) loop.kubelet.setReady(pod, true);
    await loop.run(5_000);
    const old = () => loop.test.client.get('ConfigMap', { namespace: 'shop', name: 'old' });
    expect([loop.messageOf('root'), old()?.kind]).toEqual([
      expect.stringContaining('was deleted 3 times'),
      'ConfigMap',
    ]);
    await loop.run(30_000);
    expect([loop.phaseOf('root'), old()]).toEqual(['Healthy', undefined]);
  });

  it('by somebody whom nobody knows has failed as well', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('child', 'one') });
    const stop = loop.test.client.watch('ConfigMap', ({ type }) => {
      if (type === 'ADDED') loop.test.clock.defer(deleteChild);
    });
    deleteChild();
    await loop.run(30_000);
    stop();
    expect([loop.phaseOf('root'), loop.messageOf('root')]).toEqual([
      'Degraded',
      expect.stringMatching(/ConfigMap\/shop\/child: was deleted \d+ times right after it was made, since 20\S+Z$/),
    ]);
    await loop.run(330_000);
    expect([loop.phaseOf('root'), findChild()?.data]).toEqual(['Healthy', { key: 'one' }]);
  });

  it('does not hold up what a person deletes now and then', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('child', 'one') });
    for (let round = 0; round < 10; round++) {
      await loop.run(31_000);
      deleteChild();
      await loop.run(1_000);
      expect(findChild()).toBeDefined();
    }
    expect(loop.phaseOf('root')).toBe('Healthy');
  });
});
