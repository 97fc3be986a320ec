import { afterEach, describe, expect, it } from 'vitest';
import { configMap, deployment, NAMESPACE, TestLoop } from './testing.ts';

const QUOTA =
  'apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: small, namespace: shop}\nspec: {hard: {pods: "1"}}\n';
const RANGE =
  'apiVersion: v1\nkind: LimitRange\nmetadata: {name: range, namespace: shop}\nspec: {limits: [{type: Container, default: {cpu: "1"}}]}\n';

let loop: TestLoop;

async function push(files: Readonly<Record<string, string>>): Promise<void> {
  loop.push({ 'a.yaml': NAMESPACE, ...files });
  await loop.run(2_000);
}

function left(): readonly string[] {
  const { client } = loop.test;
  const kinds = ['ResourceQuota', 'LimitRange', 'ConfigMap'] as const;
  return kinds.flatMap((kind) =>
    client
      .list(kind, { namespace: 'shop' })
      .flatMap(({ metadata }) => (metadata.name === 'kube-root-ca.crt' ? [] : metadata.name)),
  );
}

afterEach(() => loop.stop());

describe('a quota that holds a rollout up and is not declared any more', () => {
  it('is deleted before the rollout is healthy, the rest after it', async () => {
    loop = new TestLoop();
    const old = { 'old.yaml': configMap('old', 'x') };
    await push({ 'b.yaml': deployment('web', { replicas: 1 }), 'q.yaml': QUOTA, 'r.yaml': RANGE, ...old });
    await loop.start();
    await loop.run(10_000);
    await push({ 'b.yaml': deployment('web', { replicas: 3 }), 'q.yaml': QUOTA, 'r.yaml': RANGE, ...old });
    await loop.run(60_000);
    expect([loop.phaseOf('root'), left()]).toEqual(['Progressing', ['small', 'range', 'old']]);
    loop.events.length = 0;
    await push({ 'b.yaml': deployment('web', { replicas: 3 }) });
    await loop.run(600_000);
    expect([loop.phaseOf('root'), left()]).toEqual(['Healthy', []]);
    const pruned = loop.events.flatMap((event) =>
      event.type === 'pruned' ? [event.changes.map(({ id }) => id.name).sort()] : [],
    );
    expect(pruned).toEqual([['range', 'small'], ['old']]);
  });
});
