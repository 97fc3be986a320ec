import { afterEach, expect, it } from 'vitest';
import { NAMESPACE, TestLoop } from './testing.ts';

const SET = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: 1
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db:1}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;
const OTHER = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n';

let loop: TestLoop;

afterEach(() => loop.stop());

it.each([
  [
    'a set that goes alone',
    { 'a.yaml': NAMESPACE },
    ['StatefulSet: no longer declared; its claims and their data stay'],
  ],
  [
    'a set that goes with its namespace, which takes the claims along',
    { 'c.yaml': OTHER },
    ['StatefulSet: no longer declared', 'Namespace: no longer declared'],
  ],
])('what becomes of the claims is told once of %s', async (_what, files, expected) => {
  loop = new TestLoop();
  loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': SET, 'c.yaml': OTHER });
  await loop.start();
  await loop.run(10_000);
  loop.events.length = 0;
  loop.push({ 'c.yaml': OTHER, ...files });
  await loop.run(600_000);
  const pruned = loop.events.flatMap((event) =>
    event.type === 'pruned' ? event.changes.map(({ id, reason }) => `${id.kind}: ${reason}`) : [],
  );
  expect(pruned).toEqual(expected);
});
