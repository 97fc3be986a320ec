import { afterEach, expect, it } from 'vitest';
import { noDataKeys } from '../host/data-keys.ts';
import { NoCharts } from '../host/sim/no-charts.ts';
import { randomInteger, randomItem, SeededRandom } from '../lib/random.ts';
import { noModelValidators } from '../manifests/index.ts';
import type { ApplicationLoader } from './application.ts';
import { ManifestApplicationLoader } from './manifest-application-loader.ts';
import { configMap, NAMESPACE, TestLoop } from './testing.ts';

/*
 * A commit that changes little is loaded, planned and applied from what is known of the last one. What comes of it must
 * be what looking at everything brings about: the same commits go through two loops, and the loader of the second one
 * forgets what it loaded before.
 */

const BROKEN = 'broken.yaml';
const NAMES = ['a', 'b', 'c', 'd'];
const SKIPPED = 'metadata:\n  annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}\n';

type Files = Record<string, string>;

const loops: TestLoop[] = [];

afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.stop();
});

function newLoop(isForgetful: boolean): TestLoop {
  const loop = new TestLoop({
    createLoader: (source, { clock }) => {
      const validators = { validators: noModelValidators, load: async () => {} };
      const sight = { exists: () => false, find: () => undefined, dataKeys: noDataKeys, charts: new NoCharts() };
      const create = () => new ManifestApplicationLoader({ source, validators, clock, ...sight });
      const remembering = create();
      const forgetful: ApplicationLoader = { open: (folder) => create().open(folder) };
      return isForgetful ? forgetful : remembering;
    },
  });
  loops.push(loop);
  return loop;
}

/** One change of a repository or of the world. */
function change(random: SeededRandom, files: Files, round: number): (loop: TestLoop) => void {
  const name = randomItem(random, NAMES);
  const file = `${name}.yaml`;
  switch (randomInteger(random, 0, 8)) {
    case 0:
      delete files[file];
      return () => {};
    case 1:
      files[file] = configMap(name, 'x').replace('metadata:\n', SKIPPED);
      return () => {};
    case 2:
      files[file] = `# ${round}\n${files[file] ?? configMap(name, 'x')}`;
      return () => {};
    case 3:
      files[BROKEN] = `${configMap('broken', 'x')}dta: {}\n`;
      return () => {};
    case 4:
      return ({ test }) => {
        const object = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: 'shop' },
          data: { key: 'person' },
        };
        test.client.apply(object, { fieldManager: 'kubectl', force: true });
      };
    case 5:
      return ({ test }) => {
        const reference = { apiVersion: 'v1', kind: 'ConfigMap', name, namespace: 'shop' };
        if (test.client.getObject(reference) !== undefined) test.client.delete(reference);
      };
    default:
      files[file] = configMap(name, `round-${round}`);
      return () => {};
  }
}

function outcomeOf(loop: TestLoop) {
  const applied = loop.events.flatMap((event) => (event.type === 'applied' ? [event] : []));
  return {
    phase: loop.phaseOf('root'),
    message: loop.messageOf('root'),
    objects: loop.test.client
      .list('ConfigMap', { namespace: 'shop' })
      .map(({ metadata, data }) => [metadata.name, data]),
    inventory: [...loop.state.readInventory('root').keys()],
    changes: applied.map(({ counts, changes }) => ({
      counts,
      changes: changes.map(({ id, action }) => [id.name, action]),
    })),
  };
}

it.each([1, 2, 3, 4, 5, 6])('brings about what looking at everything does (seed %i)', async (seed) => {
  const random = new SeededRandom(seed);
  const pair = [newLoop(false), newLoop(true)] as const;
  const files: Files = { 'namespace.yaml': NAMESPACE };
  for (const name of NAMES) files[`${name}.yaml`] = configMap(name, 'first');
  for (const loop of pair) {
    loop.push(files);
    await loop.start();
    await loop.run(5_000);
  }
  for (let round = 0; round < 16; round++) {
    // A commit with an error is refused; the next one mends it.
    delete files[BROKEN];
    const act = change(random, files, round);
    // Somebody may act just before a commit is brought in, or have been put right before.
    const pauseMs = randomItem(random, [0, 5_000]);
    for (const loop of pair) {
      act(loop);
      await loop.run(pauseMs);
      loop.push(files);
      await loop.run(5_000);
    }
    expect(outcomeOf(pair[0]), `round ${round}`).toEqual(outcomeOf(pair[1]));
  }
  expect(pair[0].events.filter(({ type }) => type === 'applied').length).toBeGreaterThan(3);
});
