import { afterEach, describe, expect, it } from 'vitest';
import type { DataKeys } from '../host/data-keys.ts';
import { NoCharts } from '../host/sim/no-charts.ts';
import type { DataKeyResult } from '../manifests/decrypt/index.ts';
import { dataKeyOf, encryptSecret } from '../manifests/decrypt/testing/encrypt-sops.ts';
import { noModelValidators } from '../manifests/index.ts';
import { ManifestApplicationLoader } from './manifest-application-loader.ts';
import { configMap, NAMESPACE, TestLoop } from './testing.ts';

const RECIPIENT = 'age1l44xcng8dqj32nlv6d930qvvrny05hglzcv9qpc7kxjc6902ma4qufys29';
const MISSING: DataKeyResult = { type: 'missing', message: 'the key is missing', help: 'add it' };

/** Keys of a machine that come and go. */
class TestKeys implements DataKeys {
  result: DataKeyResult = { type: 'key', key: dataKeyOf(1) };
  #onChange = () => {};

  unwrap(): Promise<DataKeyResult> {
    return Promise.resolve(this.result);
  }

  watch(onChange: () => void): Promise<() => void> {
    this.#onChange = onChange;
    return Promise.resolve(() => {});
  }

  set(result: DataKeyResult): void {
    this.result = result;
    this.#onChange();
  }
}

let loop: TestLoop;
const keys = new TestKeys();

async function begin(files: Readonly<Record<string, string>>): Promise<void> {
  loop = new TestLoop({
    createLoader: (source, { client, clock }) =>
      new ManifestApplicationLoader({
        source,
        clock,
        validators: { validators: noModelValidators, load: async () => {} },
        exists: () => true,
        find: (id) => client.getObject({ apiVersion: 'v1', ...id }),
        charts: new NoCharts(),
        dataKeys: keys,
      }),
  });
  loop.push({ 'namespace.yaml': NAMESPACE, ...files });
  await loop.start();
  await loop.run(5_000);
}

afterEach(() => loop.stop());

const settings = (spec: string) => `apiVersion: berth.dev/v1alpha1\nkind: Application\nspec:\n${spec}`;
const secretData = () =>
  loop.test.client.getObject({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 's' });
const problems = () => loop.reconciler.applications[0]?.verdict.problems ?? [];

describe('an application with encrypted files', () => {
  it('gets its Secrets decrypted, and nothing that is told of it shows a value', async () => {
    keys.result = { type: 'key', key: dataKeyOf(1) };
    const secret = await encryptSecret('s', { password: 'hunter2' }, [RECIPIENT]);
    await begin({ 's.yaml': secret, 'berth.yaml': settings('  decryption: {provider: sops}\n') });
    expect(secretData()).toMatchObject({ data: { password: btoa('hunter2') } });
    const told = JSON.stringify([
      loop.events,
      loop.reconciler.applications.map(({ record, verdict }) => [record, verdict]),
    ]);
    expect(told).toContain('"s"');
    expect(told).not.toMatch(new RegExp(`hunter2|${btoa('hunter2')}`));
  });

  it('waits for the key without harm, and goes on as soon as it is there', async () => {
    keys.result = MISSING;
    const secret = await encryptSecret('s', { password: 'hunter2' }, [RECIPIENT]);
    await begin({ 's.yaml': secret, 'berth.yaml': settings('  decryption: {provider: sops}\n') });
    expect(loop.phaseOf('root')).toBe('Invalid');
    expect(problems()).toMatchObject([{ code: 'DecryptionKeyMissing', path: 's.yaml', line: 1 }]);
    keys.set({ type: 'key', key: dataKeyOf(1) });
    await loop.run(5_000);
    expect(loop.phaseOf('root')).toBe('Healthy');
    expect(secretData()).toBeDefined();
  });
});

describe('an application with variables', () => {
  it('is told which are missing, and not what comes of that', async () => {
    const page = `${configMap('page', 'x')}immutable: ${['$', '{flag}'].join('')}\n`;
    await begin({
      'page.yaml': page,
      'berth.yaml': settings('  substituteFrom:\n  - {kind: ConfigMap, name: cluster}\n'),
    });
    expect(problems()).toMatchObject([{ code: 'ReferenceMissing', path: 'berth.yaml' }]);
    expect(problems()).toHaveLength(1);
  });

  it('follows the objects that they come from', async () => {
    const page = configMap('page', ['$', '{word}-$', '{more:=x}'].join(''));
    const spec = '  substitute: {more: y}\n  substituteFrom:\n  - {kind: ConfigMap, namespace: shop, name: cluster}\n';
    await begin({ 'page.yaml': page, 'berth.yaml': settings(spec) });
    expect(problems()).toMatchObject([{ code: 'ReferenceMissing', path: 'berth.yaml', line: 6 }]);
    const { client } = loop.test;
    client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const cluster = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cluster', namespace: 'shop' } };
    client.create({ ...cluster, data: { word: 'one', more: 'hidden' } });
    await loop.run(5_000);
    const data = () => client.get('ConfigMap', { namespace: 'shop', name: 'page' })?.data;
    expect(data()).toEqual({ key: 'one-y' });
    client.apply({ ...cluster, data: { word: 'two' } }, { fieldManager: 'test', force: true });
    await loop.run(5_000);
    expect(data()).toEqual({ key: 'two-y' });
  });
});
