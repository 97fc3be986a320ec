import { expect, test } from 'vitest';
import { createTestRegistry } from '../../api/testing.ts';
import { silentLogger } from '../../lib/logger.ts';
import { ImageCollector } from './image-collector.ts';
import { OwnImages } from './own-images.ts';

test('an image that somebody removed while Berth was down is not its own any more, and the engine is asked once', async () => {
  const own = new OwnImages({
    volumeFiles: { readTail: async () => undefined, writeFile: async () => {} },
    logger: silentLogger,
  });
  await own.add('r.test/stays:1', { id: 'sha256:1', namesBefore: undefined });
  await own.add('r.test/gone:1', { id: 'sha256:2', namesBefore: undefined });
  let asked = 0;
  let isUp = false;
  const { client, clock } = createTestRegistry();
  const collector = new ImageCollector({
    client,
    clock,
    own,
    logger: silentLogger,
    runtime: {
      listImages: async () => {
        asked++;
        return [{ id: 'sha256:1', names: ['r.test/stays:1'], sizeBytes: 1 }];
      },
      removeImage: async () => false,
    },
    cache: { podUids: () => [], pod: () => ({ sandboxes: [], containers: [] }) },
    nodeName: 'box',
    isEngineUp: () => isUp,
    readDisk: async () => undefined,
    onRemoved: () => {},
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  collector.start();
  await settle();
  expect([asked, [...(await own.all()).keys()]]).toEqual([0, ['sha256:1', 'sha256:2']]);
  isUp = true;
  for (let round = 0; round < 3; round++) {
    clock.fireNext();
    await settle();
  }
  expect([asked, [...(await own.all()).keys()]]).toEqual([1, ['sha256:1']]);
  collector.stop();
});
