import { describe, expect, test } from 'vitest';
import { plainSecrets } from './plain-secrets.ts';
import { type Draft, find } from './testing.ts';

describe('secret values that are no Secret', () => {
  const fieldsOf = (object: Draft) => find(plainSecrets, { before: [], after: [object] });
  const configMap = (data: object, annotations: object = {}): Draft => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'shop', annotations },
    data,
  });
  const pod = (container: object): Draft => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'shop' },
    spec: { containers: [{ name: 'app', image: 'web:1', ...container }] },
  });

  test.each([
    ['a URL of a ConfigMap', configMap({ DB_URL: 'postgres://u:pw@h' }), 'a password in a URL'],
    ['a private key', configMap({ k: '-----BEGIN RSA PRIVATE KEY-----\nMII\n' }), 'a private key'],
    ['a telling key', configMap({ password: 'hunter2' }), 'the key password'],
    ['an annotation', configMap({}, { a: `ghp_${'a1'.repeat(18)}` }), 'a token of GitHub'],
    ['a variable', pod({ env: [{ name: 'DATABASE_URL', value: 'postgres://u:hunter2@db/x' }] }), 'a password in a URL'],
    ['a flag', pod({ args: ['--password=hunter2'] }), 'the value of --password'],
    ['a flag and its value', pod({ command: ['app', '--api-token', 'hunter2'] }), 'the value of --api-token'],
  ])('%s is warned of once', (_, object, message) => {
    const found = fieldsOf(object);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test('what only resembles one is not', () => {
    const data = { url: 'postgres://$(USER):$(PASSWORD)@db', site: 'http://web:8080/@me', token: '$(TOKEN)' };
    expect(fieldsOf(configMap({ ...data, cert: '-----BEGIN CERTIFICATE-----\nMII\n' }))).toEqual([]);
    expect(fieldsOf(pod({ args: ['--token', '--password=$(PW)', '--api-key=/run/key', '--token-file=x'] }))).toEqual(
      [],
    );
  });
});
