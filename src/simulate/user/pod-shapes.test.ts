import { expect, it } from 'vitest';
import { isPodReady } from '../../objects/index.ts';
import { BAD_IMAGES, SIM_IMAGES } from '../sim-images.ts';
import { SimulatedWorld } from '../simulated-world.ts';
import { renderManifest } from './manifests.ts';
import { POD_SHAPES } from './pod-shapes.ts';

/** Names of the Deployments with a ready pod, two minutes after one of each shape was pushed for each of the images. */
async function playShapes(images: readonly string[]): Promise<readonly string[]> {
  const world = new SimulatedWorld({ seed: 70, engine: { images: SIM_IMAGES, cpuCount: 8 } });
  const files = [...new Set(POD_SHAPES)].flatMap((shape) =>
    images.map((image) => {
      const name = `${image}-${shape.replace(' ', '-')}`;
      const file = {
        kind: 'Deployment',
        namespace: 'default',
        name,
        replicas: 1,
        image: `${image}:1`,
        note: 0,
      } as const;
      return [`${name}.yaml`, renderManifest({ ...file, strategy: 'Recreate', shape })] as const;
    }),
  );
  world.push(Object.fromEntries(files));
  await world.start();
  await world.run(120_000);
  const client = world.registry.client({ user: 'observer', fieldManager: 'observer' });
  const ready = client.list('Pod', { namespace: 'default' }).filter((pod) => isPodReady(pod));
  return ready.map(({ metadata }) => metadata.labels?.['app'] ?? '').sort();
}

it('gives a pod of a good image what it needs to become ready, in every shape', async () => {
  expect(await playShapes(['app'])).toEqual(
    ['environment', 'init-containers', 'limits', 'plain', 'probes', 'volumes'].map((shape) => `app-${shape}`),
  );
});

// Seed 70: a sidecar listened on the port of the readiness probe, and so an image that never listens was healthy.
it('lets no pod of a bad image become ready, whatever runs beside it', async () => {
  expect(await playShapes(Object.keys(BAD_IMAGES))).toEqual([]);
});
