import { afterEach, describe, expect, it } from 'vitest';
import { deployment, NAMESPACE, TestLoop } from './testing.ts';

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };

let loop: TestLoop;

async function begin(files: Readonly<Record<string, string>>): Promise<void> {
  loop = new TestLoop();
  loop.push(files);
  await loop.start();
  await loop.run(10_000);
}

async function push(files: Readonly<Record<string, string>>): Promise<void> {
  loop.events.length = 0;
  loop.push(files);
  await loop.run(30_000);
}

function files(replicas: number | undefined, others: Readonly<Record<string, string>> = {}, image = 'app:1') {
  const web = deployment('web', replicas === undefined ? { image } : { image, replicas });
  return { 'a.yaml': NAMESPACE, 'b.yaml': web, ...others };
}

function autoscaler(minReplicas: number): Readonly<Record<string, string>> {
  const spec = `minReplicas: ${minReplicas}, maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}`;
  const metadata = '{name: web, namespace: shop}';
  return {
    'hpa.yaml': `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: ${metadata}\nspec: {${spec}}\n`,
  };
}

async function scale(replicas: number): Promise<void> {
  const person = loop.test.client.as({ user: 'ann', fieldManager: 'kubectl' });
  person.patch(WEB, 'merge', { spec: { replicas } }, { subresource: 'scale' });
  await loop.run(10_000);
}

function replicas(): number | undefined {
  return loop.test.client.get('Deployment', { namespace: 'shop', name: 'web' })?.spec?.replicas;
}

function ceded(): readonly string[] {
  return loop.events.flatMap((event) => (event.type === 'applied' ? event.changes.flatMap((one) => one.ceded) : []));
}

afterEach(() => loop.stop());

describe('what a person has scaled', () => {
  it('stays while Git says the number that it said, which is shown', async () => {
    await begin(files(2));
    await scale(5);
    expect(replicas()).toBe(5);
    await push(files(2, {}, 'app:2'));
    expect([replicas(), ceded()]).toEqual([5, ['spec.replicas (kubectl)']]);
  });

  it('gives way to another number in Git, and can be scaled again', async () => {
    await begin(files(2));
    await scale(5);
    await push(files(3));
    expect([replicas(), ceded()]).toEqual([3, []]);
    await scale(4);
    expect(replicas()).toBe(4);
    await push(files(2));
    expect(replicas()).toBe(2);
  });

  it('gives way to the first number that Git says', async () => {
    await begin(files(undefined));
    await scale(5);
    await push(files(undefined, {}, 'app:2'));
    expect(replicas()).toBe(5);
    await push(files(2));
    expect(replicas()).toBe(2);
  });

  it('stays after the entry of a version that noted no number', async () => {
    await begin(files(2));
    await scale(5);
    const [key = '', entry] = [...loop.state.readInventory('root')].find(([, { kind }]) => kind === 'Deployment') ?? [];
    if (entry === undefined) throw new Error('nothing was applied');
    const { replicas: noted, ...older } = entry;
    expect(noted).toBe(2);
    loop.state.putInventoryEntry('root', key, older);
    await scale(6);
    expect(replicas()).toBe(6);
    expect(loop.state.getInventoryEntry('root', key)?.replicas).toBe(2);
  });
});

describe('what an autoscaler has scaled', () => {
  it('stays while it lives, whatever number Git says', async () => {
    await begin(files(2, autoscaler(5)));
    await loop.run(60_000);
    expect(replicas()).toBe(5);
    await push(files(3, autoscaler(5)));
    expect([replicas(), ceded()]).toEqual([5, ['spec.replicas (kube-controller-manager)']]);
  });

  it('is Git’s again when the autoscaler goes, in the same commit and in later ones', async () => {
    await begin(files(2, autoscaler(5)));
    await loop.run(60_000);
    await push(files(2));
    expect(replicas()).toBe(2);
    await push(files(3));
    expect(replicas()).toBe(3);
  });

  it('stays when a person deletes an autoscaler that Git declares, as it is made anew', async () => {
    await begin(files(2, autoscaler(5)));
    await loop.run(60_000);
    const sizes: unknown[] = [];
    loop.test.client.delete({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      namespace: 'shop',
      name: 'web',
    });
    for (let second = 0; second < 30; second++) {
      await loop.run(1_000);
      sizes.push(replicas());
    }
    expect(new Set(sizes)).toEqual(new Set([5]));
  });
});
