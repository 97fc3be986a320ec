import { generateIdentity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DataKeyResult, WrappedKey } from '../decrypt/index.ts';
import { encryptBinary, encryptDotenv, encryptSecret, encryptYaml } from '../decrypt/testing/encrypt-sops.ts';
import { unwrapWith } from '../decrypt/testing/unwrap-with.ts';
import { RenderCache, writeObjects } from './index.ts';
import { renderEncrypted, renderFiles } from './testing/render-files.ts';

let identity = '';
let secret = '';
let recipients: readonly string[] = [];
beforeAll(async () => {
  identity = await generateIdentity();
  recipients = [await identityToRecipient(identity)];
  secret = await encryptSecret('s', { password: 'hunter2' }, recipients);
});
const unwrap = (keys: readonly WrappedKey[]) => unwrapWith([identity], keys);
const withoutKey = (): Promise<DataKeyResult> =>
  Promise.resolve({ type: 'missing', message: 'the key is missing', help: 'add it' });

describe('files that sops encrypted', () => {
  test('a Secret is decrypted before anything is done with it, and keeps its lines', async () => {
    const files = { 'kustomization.yaml': 'resources: [s.yaml]\nnamePrefix: p-\n', 's.yaml': secret };
    const { objects, problems } = await renderEncrypted(files, unwrap);
    expect(problems).toEqual([]);
    expect(objects[0]?.object).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'p-s' },
      stringData: { password: 'hunter2' },
    });
    const line = secret.split('\n').findIndex((text) => text.includes('password:')) + 1;
    expect(objects[0]?.writtenAt(['stringData', 'password'])).toEqual({ path: 's.yaml', line, exists: true });
    expect(objects[0]?.isSensitive(['stringData', 'password'])).toBe(true);
  });

  test('the hash of a generated Secret is that of its plain content', async () => {
    const generator = 'secretGenerator:\n- name: g\n  files: [tls.key, c=conf.yaml]\n  envs: [app.env]\n';
    const files = {
      'kustomization.yaml': generator,
      'tls.key': await encryptBinary('KEY\n', { recipients }),
      'conf.yaml': await encryptBinary('a: b\n', { recipients }),
      'app.env': await encryptDotenv({ USER: 'me' }, { recipients }),
    };
    const plain = {
      'kustomization.yaml': generator,
      'tls.key': 'KEY\n',
      'conf.yaml': 'a: b\n',
      'app.env': 'USER=me\n',
    };
    const { objects, problems } = await renderEncrypted(files, unwrap);
    expect(problems).toEqual([]);
    expect(writeObjects(objects)).toBe(writeObjects(renderFiles(plain).objects));
  });

  test('without decryption everything is as kubectl leaves it', () => {
    const files = { 'kustomization.yaml': 'resources: [s.yaml]\n', 's.yaml': secret };
    const [object] = renderFiles(files).objects;
    expect(object?.object['sops']).toBeDefined();
    expect(JSON.stringify(object?.object)).not.toContain('hunter2');
  });

  test('a missing key is a problem of the file, until it is there', async () => {
    const files = { 'kustomization.yaml': 'resources: [s.yaml]\n', 's.yaml': secret };
    const cache = new RenderCache();
    for (let round = 0; round < 2; round++) {
      const { problems } = await renderEncrypted(files, withoutKey, { cache });
      expect(problems).toMatchObject([{ code: 'DecryptionKeyMissing', path: 's.yaml', line: 1, help: 'add it' }]);
    }
    expect((await renderEncrypted(files, unwrap, { cache })).problems).toEqual([]);
    const { built } = cache.counts;
    expect((await renderEncrypted(files, unwrap, { cache })).objects).toHaveLength(1);
    expect(cache.counts.built).toBe(built);
    expect((await renderEncrypted(files, withoutKey, { cache })).problems).toHaveLength(1);
  });

  test('without keys that anybody may have, words stand in, and everything else is judged', async () => {
    const withhold = () => Promise.resolve({ type: 'withheld' as const });
    const files = {
      'kustomization.yaml':
        'resources: [s.yaml]\nsecretGenerator: [{name: g, files: [tls.key], envs: [app.env]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n',
      's.yaml': secret,
      'tls.key': await encryptBinary('KEY\n', { recipients }),
      'app.env': await encryptDotenv({ USER: 'me' }, { recipients }),
    };
    const { objects, problems } = await renderEncrypted(files, withhold);
    expect(problems).toEqual([]);
    const find = (name: string) => objects.find((object) => object.name === name)?.object;
    expect(find('s')).toMatchObject({ stringData: { password: 'withheld' } });
    expect(find('s')?.['sops']).toBeUndefined();
    expect(find('g')?.['data']).toEqual({ 'tls.key': btoa('withheld'), USER: btoa('withheld') });
    const wrong = { ...files, 'kustomization.yaml': 'resources: [s.yaml, nothing.yaml]\n' };
    expect((await renderEncrypted(wrong, withhold)).problems).toMatchObject([{ code: 'RenderFileMissing' }]);
  });

  test('a file that was changed is a problem at its line', async () => {
    const files = { 'kustomization.yaml': 'resources: [s.yaml]\n', 's.yaml': secret.replace('password', 'token') };
    const { problems } = await renderEncrypted(files, unwrap);
    expect(problems).toMatchObject([{ code: 'DecryptionFailed', path: 's.yaml' }]);
    expect(problems[0]?.message).toContain('stringData.token');
  });
});

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "x-y-z", b: "$(M) $(P)"}\n';

describe('what was decrypted stays in Secrets', () => {
  const replacement = (options: string) =>
    `- source: {kind: Secret, fieldPath: stringData.password}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a]${options}}]\n`;
  const overwritten = `- source: {kind: ConfigMap, fieldPath: metadata.name}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a], options: {delimiter: "-", index: 0}}]\n`;
  test.each([
    ['a replacement', `replacements:\n${replacement('')}`],
    ['a part of a replacement', `replacements:\n${replacement(', options: {delimiter: "-", index: 1}')}${overwritten}`],
    [
      'a var',
      'vars: [{name: P, objref: {kind: Secret, name: s, apiVersion: v1}, fieldref: {fieldpath: stringData.password}}, {name: M, objref: {kind: ConfigMap, name: c, apiVersion: v1}}]\nconfigurations: [v.yaml]\n',
    ],
    [
      'a changed kind',
      'patches: [{target: {kind: Secret}, options: {allowKindChange: true}, patch: "[{op: replace, path: /kind, value: ConfigMap}]"}]\n',
    ],
  ])('%s cannot carry it out', async (_, fields) => {
    const files = {
      'kustomization.yaml': `resources: [s.yaml, c.yaml]\n${fields}`,
      's.yaml': secret,
      'c.yaml': CONFIG,
      'v.yaml': 'varReference: [{path: data, kind: ConfigMap}]\n',
    };
    const { objects, problems } = await renderEncrypted(files, unwrap);
    expect(objects).toEqual([]);
    expect(problems).toMatchObject([{ code: 'RenderRefused', message: expect.stringContaining('ConfigMap/') }]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  test('another Secret may have it', async () => {
    const fields = `replacements:\n- source: {kind: Secret, name: s, fieldPath: stringData.password}\n  targets: [{select: {kind: Secret, name: t}, fieldPaths: [stringData.p], options: {create: true}}]\n`;
    const files = {
      'kustomization.yaml': `resources: [s.yaml, t.yaml]\n${fields}`,
      's.yaml': secret,
      't.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: t}\n',
    };
    const { objects } = await renderEncrypted(files, unwrap);
    expect(objects[1]?.object['stringData']).toEqual({ p: 'hunter2' });
  });

  test('no problem shows it, whatever is wrong', async () => {
    const text = await encryptYaml(
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'hunter2', b: true, c: 7 } },
      { recipients, rule: { encrypted_regex: '^data$' }, isEncrypted: ([first]) => first === 'data' },
    );
    const patches = ['[{op: test, path: /data/a, value: x}]', '[{op: add, path: /data/a/x, value: x}]'];
    for (const patch of patches) {
      const fields = `patches: [{target: {kind: Secret}, patch: "${patch}"}]\n`;
      const files = { 'kustomization.yaml': `resources: [s.yaml]\n${fields}`, 's.yaml': text };
      const { problems } = await renderEncrypted(files, unwrap);
      expect(problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(problems)).not.toContain('hunter2');
    }
    const numbers = `replacements:\n- source: {kind: Secret, fieldPath: data.a}\n  targets: [{select: {kind: Secret}, fieldPaths: [data.c, data.b]}]\n`;
    const files = { 'kustomization.yaml': `resources: [s.yaml]\n${numbers}`, 's.yaml': text };
    const { problems } = await renderEncrypted(files, unwrap);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});
