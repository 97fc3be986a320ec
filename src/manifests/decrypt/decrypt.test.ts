import { generateIdentity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type DataKeyResult, DecryptError, readEncryptedContent, readEncryptedManifest } from './index.ts';
import type { WrappedKey } from './sops-metadata.ts';
import { encryptBinary, encryptDotenv, encryptJson, encryptSecret, encryptYaml } from './testing/encrypt-sops.ts';
import { unwrapWith } from './testing/unwrap-with.ts';

let identity = '';
let recipient = '';
beforeAll(async () => {
  identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
});

async function keyOf(keys: readonly WrappedKey[]): Promise<Uint8Array> {
  const result: DataKeyResult = await unwrapWith([identity], keys);
  if (result.type !== 'key') throw new Error('no key');
  return result.key;
}

async function decryptManifest(text: string): Promise<string> {
  const encrypted = readEncryptedManifest(text);
  if (encrypted === undefined) throw new Error('not encrypted');
  return encrypted.decrypt(await Promise.all(encrypted.keys.map(keyOf))).text;
}

async function decryptContent(text: string, key: string, purpose: 'file' | 'env' = 'file'): Promise<string> {
  const encrypted = readEncryptedContent(new TextEncoder().encode(text), key, purpose);
  if (encrypted === undefined) throw new Error('not encrypted');
  return new TextDecoder().decode(encrypted.decrypt(await keyOf(encrypted.keys)));
}

describe('manifests', () => {
  test('a Secret is what it was, and each value is on its line', async () => {
    const text = await encryptSecret('s', { password: 'hunter2', lines: 'a\nb\n', tricky: 'x: "y" # z' }, [recipient]);
    const decrypted = await decryptManifest(text);
    expect(parse(decrypted)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { password: 'hunter2', lines: 'a\nb\n', tricky: 'x: "y" # z' },
    });
    const lineOf = (lines: string, word: string) => lines.split('\n').findIndex((line) => line.includes(word));
    expect(lineOf(decrypted, 'tricky')).toBe(lineOf(text, 'tricky'));
    expect(decrypted.split('\n')).toHaveLength(text.split('\n').length);
  });

  test('several documents that were encrypted together, and some that were put together', async () => {
    const [one, two] = [
      await encryptSecret('a', { k: '1' }, [recipient]),
      await encryptSecret('b', { k: '2' }, [recipient]),
    ];
    const plain = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {sops: "no"}\n';
    const decrypted = await decryptManifest(`${one}---\n${plain}---\n${two}`);
    expect(decrypted.split('---\n').map((text) => parse(text).metadata.name)).toEqual(['a', 'c', 'b']);
    expect(decrypted.split('---\n').map((text) => parse(text).stringData?.k)).toEqual(['1', undefined, '2']);
  });

  test('a JSON manifest', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'eA==' } };
    const options = {
      rule: { encrypted_regex: '^data$' },
      isEncrypted: (path: readonly string[]) => path[0] === 'data',
    };
    const text = await encryptJson(secret, { recipients: [recipient], ...options });
    expect(JSON.parse(await decryptManifest(text))).toEqual(secret);
    const { sops, ...rest } = JSON.parse(text);
    expect(JSON.parse(await decryptManifest(JSON.stringify({ sops, ...rest })))).toEqual(secret);
  });

  test('what is not encrypted is no matter of ours', () => {
    expect(readEncryptedManifest('a: b\n')).toBeUndefined();
    expect(readEncryptedManifest('# ENC[AES256_GCM,\nsops: {x: 3}\n')).toBeUndefined();
    expect(readEncryptedManifest('a: "ENC[AES256_GCM,data:x]"\nsops: text\n')).toBeUndefined();
  });

  test.each<[string, (text: string) => string, string]>([
    ['a value of another field', (text) => text.replace('    password:', '    other:'), 'for another field'],
    ['a changed name', (text) => text.replace('name: s', 'name: t'), 'its MAC does not fit'],
    ['a value in plain', (text) => text.replace(/(password: ).*/, '$1new'), 'stringData.password should be encrypted'],
    ['a value that is gone', (text) => text.replace(/ +password: .*\n/, ''), 'its MAC does not fit'],
    ['no MAC', (text) => text.replace(/mac: .*/, 'mac: ""'), 'has no MAC'],
    ['another kind', (text) => text.replace('kind: Secret', 'kind: ConfigMap'), 'a value of a ConfigMap is encrypted'],
    ['two rules', (text) => text.replace('encrypted_regex', 'encrypted_suffix: x\n    encrypted_regex'), 'has both'],
    ['a bad rule', (text) => text.replace('^(data', '((data'), 'no regular expression'],
    ['an alias', (text) => text.replace('name: s', 'name: &n s'), 'no anchors'],
    ['broken YAML', (text) => `${text}\n}: x\n`, 'no valid YAML'],
    ['other keys', (text) => text.replace('    age:', '    pgp:'), 'for PGP only'],
    ['nobody', (text) => text.replace('    age:', '    nothing:'), 'for nobody'],
  ])('%s is refused', async (_, change, message) => {
    const text = await encryptSecret('s', { password: 'hunter2', other: 'hunter3' }, [recipient]);
    await expect(decryptManifest(change(text))).rejects.toThrow(message);
    await expect(decryptManifest(change(text))).rejects.toThrow(DecryptError);
    await expect(decryptManifest(change(text))).rejects.not.toThrow(/hunter|ENC/);
  });

  test('a name that is encrypted is said to be', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'eA==' } };
    const text = await encryptYaml(secret, { recipients: [recipient] });
    await expect(decryptManifest(text)).rejects.toThrow('apiVersion is encrypted');
  });
});

describe('rules of what is encrypted', () => {
  const plain = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    data: { a_secret: 'cGxhaW4gdGV4dA==', b_open: 'eQ==' },
  };
  test.each<[string, Readonly<Record<string, string | boolean>>, (path: readonly string[]) => boolean]>([
    ['encrypted_suffix', { encrypted_suffix: '_secret' }, (path) => path.some((step) => step.endsWith('_secret'))],
    ['unencrypted_regex', { unencrypted_regex: '^(apiVersion|kind|metadata)$' }, (path) => path[0] === 'data'],
    ['encrypted_regex', { encrypted_regex: 'secret' }, (path) => path.some((step) => step.includes('secret'))],
    [
      'a MAC over encrypted values only',
      { encrypted_regex: '^data$', mac_only_encrypted: true },
      (path) => path[0] === 'data',
    ],
    ['rules by comments', { encrypted_comment_regex: 'x' }, (path) => path[1] === 'a_secret'],
  ])('%s', async (_, rule, isEncrypted) => {
    const text = await encryptYaml(plain, { recipients: [recipient], rule, isEncrypted });
    expect(text).not.toContain('cGxhaW4gdGV4dA==');
    expect(parse(await decryptManifest(text))).toEqual(plain);
  });

  test('without one, what ends with _unencrypted is not', async () => {
    const config = { a: 'x', b_unencrypted: { c: 'y' } };
    const text = await encryptYaml(config, { recipients: [recipient], isEncrypted: ([first]) => first === 'a' });
    expect(parse(await decryptContent(text, 'c.yaml'))).toEqual(config);
  });
});

describe('files of Secrets', () => {
  const config = {
    text: 'a: b',
    lines: 'one\n  two\n',
    n: 7,
    f: 1.5,
    yes: true,
    empty: '',
    none: null,
    list: ['x', { y: 'z' }],
  };

  test('YAML, without what sops added', async () => {
    const text = await encryptYaml(config, { recipients: [recipient] });
    const decrypted = await decryptContent(text, 'config.yaml');
    expect(parse(decrypted)).toEqual(config);
    expect(decrypted).not.toMatch(/sops|ENC|\n\n/);
  });

  test('JSON, in its order', async () => {
    const mixed = { ...config, '10': 'a', '9': 'b' };
    const decrypted = await decryptContent(await encryptJson(mixed, { recipients: [recipient] }), 'config.json');
    expect(JSON.parse(decrypted)).toEqual(mixed);
    expect(decrypted.startsWith('{\n\t"9": "b"')).toBe(true);
  });

  test('dotenv', async () => {
    const env = { USER: 'me', KEY: 'a=b\nc' };
    const text = await encryptDotenv(env, { recipients: [recipient] });
    expect(await decryptContent(text, 'app.env')).toBe('USER=me\nKEY=a=b\\nc\n');
    expect(await decryptContent(text, 'settings', 'env')).toBe('USER=me\nKEY=a=b\\nc\n');
    await expect(decryptContent(text.replace('USER=', 'OTHER='), 'app.env')).rejects.toThrow('for another field');
  });

  test('anything else is in an envelope', async () => {
    const text = await encryptBinary('-----BEGIN KEY-----\n', { recipients: [recipient] });
    expect(await decryptContent(text, 'tls.key')).toBe('-----BEGIN KEY-----\n');
  });

  test('plain files are left alone', () => {
    for (const key of ['a.yaml', 'a.json', 'a.env', 'a.ini', 'a.bin']) {
      expect(readEncryptedContent(new TextEncoder().encode('{"a": "sops"}'), key, 'file')).toBeUndefined();
    }
    expect(() => readEncryptedContent(new TextEncoder().encode('[sops]\n'), 'a.ini', 'file')).toThrow('INI');
  });

  test.each(['@', '@home', '-', '-x', '=', '.', '...', 'a @b', 'a -b', '`', '%', '~', 'null', '0x1f', '1e3'])(
    'the text %j comes back',
    async (text) => {
      const tree = { alone: text, list: [text] };
      const decrypted = await decryptContent(await encryptYaml(tree, { recipients: [recipient] }), 'a.yaml');
      expect([parse(decrypted), parse(decrypted, { version: '1.1' })]).toEqual([tree, tree]);
    },
  );

  test('any texts come back', { timeout: 30_000 }, async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.lorem(),
      fc.constantFrom('yes', '010', ' x', '- a', '|', 'a\n\n'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 4 }), fc.nat(200), async (list, seed) => {
        const tree = { list: list };
        const options = { recipients: [recipient], seed };
        expect(parse(await decryptContent(await encryptYaml(tree, options), 'a.yaml'))).toEqual(tree);
        expect(JSON.parse(await decryptContent(await encryptJson(tree, options), 'a.json'))).toEqual(tree);
      }),
      { numRuns: 40, seed: 1 },
    );
  });
});
