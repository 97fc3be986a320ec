import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestRegistry, type TestRegistry } from '../../api/testing.ts';
import type { SecretFiles, SecretListing } from '../../host/secret-files.ts';
import { BerthError } from '../../lib/errors.ts';
import { type LogFields, type Logger, silentLogger } from '../../lib/logger.ts';
import { SecretsDirectoryController } from './secrets-directory-controller.ts';

class TestFiles implements SecretFiles {
  listing: SecretListing | BerthError = { folders: [], problems: [] };
  reads = 0;
  #onChange = () => {};

  read(): Promise<SecretListing> {
    this.reads++;
    return this.listing instanceof BerthError ? Promise.reject(this.listing) : Promise.resolve(this.listing);
  }

  watch(onChange: () => void): Promise<() => void> {
    this.#onChange = onChange;
    return Promise.resolve(() => {});
  }

  set(
    folders: Readonly<Record<string, Readonly<Record<string, string>>>>,
    problems: SecretListing['problems'] = [],
  ): void {
    const listed = Object.entries(folders).map(([path, files]) => {
      const [namespace = '', name = ''] = path.split('/');
      const encoded = Object.entries(files).map(([key, text]) => [key, new TextEncoder().encode(text)] as const);
      return { namespace, name, files: new Map(encoded) };
    });
    this.listing = { folders: listed, problems };
    this.#onChange();
  }
}

let registry: TestRegistry;
let files: TestFiles;
let controller: SecretsDirectoryController;
let warnings: LogFields[];

beforeEach(() => {
  registry = createTestRegistry();
  files = new TestFiles();
  warnings = [];
  const logger: Logger = { ...silentLogger, warn: (_message, fields = {}) => warnings.push(fields) };
  const client = registry.client.as({ user: 'system:berth', fieldManager: 'berth-secrets-directory' });
  controller = new SecretsDirectoryController({ client, files, clock: registry.clock, logger });
});
afterEach(() => controller.stop());

async function settle(ms = 1_000): Promise<void> {
  const { clock } = registry;
  const endMs = clock.monotonicMs() + ms;
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const due = clock.nextDueMs();
    if (due === undefined || due > endMs) break;
    clock.fireNext();
  }
  clock.moveTo(endMs);
}

const find = (name: string, namespace = 'shop') => registry.client.get('Secret', { namespace, name });
const makeNamespace = (name = 'shop') =>
  registry.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

describe('a folder of Secrets', () => {
  test('becomes Secrets of the types that their keys tell, once their namespace is there', async () => {
    files.set({
      'shop/db': { password: 'hunter2' },
      'shop/cert': { 'tls.crt': 'C', 'tls.key': 'K' },
      'shop/pull': { '.dockerconfigjson': '{"auths":{}}' },
    });
    await controller.start();
    expect(find('db')).toBeUndefined();
    expect(controller.declares('shop', 'db')).toBe(true);
    makeNamespace();
    await settle();
    expect(find('db')).toMatchObject({ type: 'Opaque', data: { password: btoa('hunter2') } });
    expect(find('cert')?.type).toBe('kubernetes.io/tls');
    expect(find('pull')?.type).toBe('kubernetes.io/dockerconfigjson');
    expect(warnings).toEqual([]);
  });

  test('is followed: keys change and go, types change, Secrets go', async () => {
    makeNamespace();
    files.set({ 'shop/db': { password: 'one', user: 'me' }, 'shop/other': { a: 'b' } });
    await controller.start();
    files.set({ 'shop/db': { password: 'two' } });
    await settle();
    expect(find('db')?.data).toEqual({ password: btoa('two') });
    expect(find('other')).toBeUndefined();
    files.set({ 'shop/db': { 'ssh-privatekey': 'k' } });
    await settle();
    expect(find('db')).toMatchObject({ type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': btoa('k') } });
  });

  test('puts edits right, and writes nothing when nothing changed', async () => {
    makeNamespace();
    files.set({ 'shop/db': { password: 'one' } });
    await controller.start();
    await settle();
    const before = find('db');
    const reads = files.reads;
    await settle(600_000);
    expect(files.reads).toBe(reads);
    expect(find('db')).toBe(before);
    registry.client.patch({ apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'db' }, 'merge', {
      data: { password: btoa('mine') },
    });
    await settle();
    expect(find('db')?.data).toEqual({ password: btoa('one') });
    registry.client.delete({ apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'db' });
    await settle();
    expect(find('db')).toBeDefined();
  });

  test('what cannot be read leaves its Secret as it is, and is told once', async () => {
    makeNamespace();
    files.set({ 'shop/db': { password: 'one' } });
    await controller.start();
    files.set({}, [{ path: '/etc/berth/secrets/shop/db', message: 'others may read it (mode 0644)' }]);
    await settle();
    files.listing = new BerthError('ConfigInvalid', { detail: 'it does not exist' });
    makeNamespace('other');
    await settle(90_000);
    expect(find('db')?.data).toEqual({ password: btoa('one') });
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatchObject({ message: 'others may read it (mode 0644)' });
    files.set({});
    await settle(90_000);
    expect(find('db')).toBeUndefined();
  });

  test("never touches anybody else's Secret", async () => {
    makeNamespace();
    const own = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop', name: 'db' }, data: { a: 'eA==' } };
    registry.client.create(own);
    files.set({ 'shop/db': { password: 'hunter2' }, 'shop/Bad_Name': { a: 'b' }, 'shop/key': { 'a b': 'c' } });
    await controller.start();
    expect(find('db')?.data).toEqual({ a: 'eA==' });
    expect(warnings.map(({ what }) => what)).toEqual(['shop/db', 'shop/Bad_Name', 'shop/key']);
    expect(JSON.stringify(warnings)).not.toContain('hunter2');
    files.set({});
    await settle();
    expect(find('db')).toBeDefined();
  });
});
