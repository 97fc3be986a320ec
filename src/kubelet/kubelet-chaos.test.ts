import { expect, test } from 'vitest';
import { randomInteger, randomItem, SeededRandom } from '../lib/random.ts';
import type { SimCall, SimFault } from '../runtime/index.ts';
import { createPod, findPod, isReady, startTestNode, type TestNode } from './testing/test-node.ts';

const PODS = 6;

/** At most one container runs per (pod uid, container name), at every moment. */
function checkNoDoubles(node: TestNode): void {
  const running = node.engine.containers().filter(({ status }) => status === 'running');
  const keys = running.map(({ pod, name }) => `${pod.uid}/${name}`);
  expect(new Set(keys).size, 'no container runs twice').toBe(keys.length);
}

async function disturb(node: TestNode, random: SeededRandom): Promise<void> {
  const { engine, client } = node;
  const containers = engine.containers();
  const sandboxes = engine.sandboxes();
  switch (randomInteger(random, 0, 7)) {
    case 0:
      if (containers.length > 0) engine.killContainer(randomItem(random, containers).id);
      return;
    case 1:
      if (sandboxes.length > 0) engine.killSandbox(randomItem(random, sandboxes).id);
      return;
    case 2:
      if (containers.length > 0) engine.removeByHand(randomItem(random, containers).id);
      return;
    case 3:
      return node.crash();
    case 4:
      engine.setAvailable(false, { killContainers: randomInteger(random, 0, 1) === 1 });
      await node.advance(randomInteger(random, 100, 3_000));
      engine.setAvailable(true);
      return;
    case 5: {
      const pods = client.list('Pod');
      if (pods.length === 0) return;
      const { name } = randomItem(random, pods).metadata;
      const gracePeriodSeconds = randomInteger(random, 0, 3);
      client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name }, { gracePeriodSeconds });
      return;
    }
    case 6:
      return engine.loseEvents();
    default:
      await node.advance(randomInteger(random, 1, 20_000));
  }
}

function faultsFrom(random: SeededRandom, isCalm: () => boolean) {
  return (_call: SimCall): SimFault | undefined => {
    if (isCalm() || randomInteger(random, 0, 30) !== 0) return undefined;
    const reason = randomItem(random, ['Unknown', 'Timeout', 'EngineUnavailable'] as const);
    const refuse = { kind: 'refuse', reason, message: 'injected' } as const;
    return randomItem<SimFault>(random, [refuse, { kind: 'lose-answer' }, { kind: 'delay', delayMs: 2_000 }]);
  };
}

test.each(Array.from({ length: 20 }, (_, seed) => seed + 1))(
  'whatever happens to it, the node converges (seed %i)',
  async (seed) => {
    const random = new SeededRandom(seed);
    let isCalm = false;
    const node = await startTestNode({
      images: { 'app:1': { present: true } },
      faults: faultsFrom(random.fork(), () => isCalm),
      timings: { callTimeout: [1_000, 2_000] },
    });
    const createMissing = () => {
      for (let i = 0; i < PODS; i++) if (findPod(node, `web-${i}`) === undefined) createPod(node, `web-${i}`);
    };
    for (let step = 0; step < 60; step++) {
      createMissing();
      await disturb(node, random);
      for (let i = 0; i < 5; i++) {
        await node.advance(randomInteger(random, 1, 400));
        checkNoDoubles(node);
      }
    }
    isCalm = true;
    await node.until(() => {
      createMissing();
      checkNoDoubles(node);
      const isSettled = (name: string) =>
        findPod(node, name)?.metadata.deletionTimestamp === undefined && isReady(node, name);
      return Array.from({ length: PODS }, (_, i) => isSettled(`web-${i}`)).every(Boolean);
    }, 1_800_000);
    await node.advance(700_000);
    const uids = new Set(node.client.list('Pod').map(({ metadata }) => metadata.uid));
    expect(uids.size).toBe(PODS);
    expect(node.engine.containers().filter(({ status }) => status === 'running')).toHaveLength(PODS);
    expect(node.engine.sandboxes().filter(({ pod }) => !uids.has(pod.uid))).toEqual([]);
    expect((await listFiles(node)).every((uid) => uids.has(uid))).toBe(true);
    await node.stop();
  },
);

async function listFiles(node: TestNode): Promise<readonly string[]> {
  const listing = node.volumeFiles.list({ area: 'disk', path: 'pods' });
  await node.advance(10);
  return listing;
}
