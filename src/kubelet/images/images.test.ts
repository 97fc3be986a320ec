import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import type { Secret } from '../../objects/types.ts';
import { createSimEngine, type SimImage } from '../../runtime/index.ts';
import { credentialsFromSecrets } from './image-credentials.ts';
import { defaultPullPolicy, ImageManager, type ImageRequest } from './image-manager.ts';

const drain = () => new Promise<void>((resolve) => setImmediate(resolve));

function startImages(images: Record<string, SimImage>) {
  const clock = new VirtualClock();
  const calls: string[] = [];
  const faults = ({ operation, target }: { operation: string; target: string }) => {
    calls.push(`${operation} ${target}`);
    return undefined;
  };
  const runtime = createSimEngine({ clock, random: new SeededRandom(1), images, faults }).connect('c');
  const manager = new ImageManager(runtime, clock);
  const events: string[] = [];
  const ensure = (image: string, policy: ImageRequest['policy'] = 'IfNotPresent') =>
    manager.ensure({
      image,
      policy,
      credentials: async () => [],
      report: (type, reason, message) => events.push(`${type} ${reason}: ${message}`),
    });
  const finish = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    for (await drain(); !isDone && clock.fireNext(); ) await drain();
    return done;
  };
  const pulls = () => calls.filter((call) => call.startsWith('pullImage'));
  return { manager, ensure, finish, events, pulls };
}

describe('images', () => {
  test('many pods that want one image share one pull', async () => {
    const { ensure, finish, pulls, events } = startImages({ 'app:1': {} });
    const outcomes = await finish(Promise.all(Array.from({ length: 10 }, () => ensure('app:1'))));
    expect(outcomes.every(({ type }) => type === 'ready')).toBe(true);
    expect(pulls()).toHaveLength(1);
    expect(events.filter((event) => event === 'Normal Pulling: Pulling image "app:1"')).toHaveLength(10);
  });

  test('what is on the box is pulled again only when the policy says so', async () => {
    const { ensure, finish, pulls } = startImages({ 'app:1': { present: true } });
    await finish(ensure('app:1'));
    expect(pulls()).toHaveLength(0);
    await finish(ensure('app:1', 'Always'));
    expect(pulls()).toHaveLength(1);
  });

  test.each<[string, ImageRequest['policy'], string, string]>([
    ['app/UPPER', 'Always', 'blocked', 'Warning InspectFailed: Failed to apply default image tag "app/UPPER"'],
    ['app:1', 'Never', 'blocked', 'Warning ErrImageNeverPull: Container image "app:1" is not present'],
    ['none:1', 'IfNotPresent', 'failed', 'Normal Pulling: Pulling image "none:1"'],
  ])('%s with policy %s is %s', async (image, policy, type, event) => {
    const { ensure, finish, events } = startImages({ 'none:1': { pull: 'missing' } });
    expect((await finish(ensure(image, policy))).type).toBe(type);
    expect(events[0]).toContain(event);
  });
});

test.each([
  ['app', 'Always'],
  ['app:latest', 'Always'],
  ['reg.test:5000/app', 'Always'],
  ['app:1', 'IfNotPresent'],
  [`app@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
])('the default policy of %s is %s', (image, policy) => {
  expect(defaultPullPolicy(image)).toBe(policy);
});

test('credentials come from both kinds of secrets, and a broken one counts as empty', () => {
  const secretOf = (key: string, text: string): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: key, uid: key, resourceVersion: '1', creationTimestamp: '' },
    data: { [key]: btoa(text) },
  });
  const auths = { 'reg.test': { auth: btoa('user:pass:word') } };
  const secrets = [
    secretOf('.dockerconfigjson', '{broken'),
    secretOf('.dockerconfigjson', JSON.stringify({ auths })),
    secretOf('.dockercfg', JSON.stringify({ 'reg.test/team': { username: 'a', password: 'b' } })),
    secretOf('other', 'x'),
  ];
  expect(credentialsFromSecrets('reg.test/team/app:1', secrets)).toMatchObject([
    { username: 'user', password: 'pass:word' },
    { username: 'a', password: 'b' },
  ]);
  expect(credentialsFromSecrets('other.test/app:1', secrets)).toEqual([]);
});
