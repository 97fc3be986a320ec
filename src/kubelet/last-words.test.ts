import { expect, test } from 'vitest';
import { createPod, getPod } from './testing/test-node.ts';
import { useTestNode } from './testing/use-test-node.ts';
import { lastWordsPlace } from './volumes/pod-volumes.ts';

const start = useTestNode();

/** TestStatusNormalizationEnforcesMaxBytes (status_manager_test.go). */
test.each([
  ['one container', 1, 'x'.repeat(5_000), 4_096],
  ['three containers', 3, 'x'.repeat(5_000), 4_096],
  ['four containers', 4, 'x'.repeat(5_000), 3_072],
  ['a character that does not fit', 5, 'é'.repeat(2_000), 2_456],
])('what containers leave behind is limited: %s', async (_what, count, said, bytes) => {
  const process = { exit: { afterMs: 5_000, code: 1 } };
  const node = await start({ images: { 'app:1': { present: true, process } } });
  const containers = Array.from({ length: count }, (_, index) => ({ name: `c${index}`, image: 'app:1' }));
  createPod(node, 'job', { restartPolicy: 'Never', containers });
  await node.until(() => getPod(node, 'job').status?.phase === 'Running');
  const { uid } = getPod(node, 'job').metadata;
  const bytesOf = new TextEncoder().encode(said);
  for (const { name } of containers)
    node.volumeFiles.fill(node.volumeFiles.hostPath(lastWordsPlace(uid, name, 0)), bytesOf);
  await node.until(() => getPod(node, 'job').status?.phase === 'Failed');
  const statuses = getPod(node, 'job').status?.containerStatuses ?? [];
  const messages = statuses.map(({ state }) => state?.terminated?.message ?? '');
  expect(messages.map((message) => Buffer.byteLength(message))).toEqual(Array.from({ length: count }, () => bytes));
});
