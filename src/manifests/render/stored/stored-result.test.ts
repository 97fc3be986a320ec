import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataKeyOf, encryptSecret } from '../../decrypt/testing/encrypt-sops.ts';
import { RenderCache, writeObjects } from '../index.ts';
import { renderEncrypted, renderFiles } from '../testing/render-files.ts';
import { decodeResult, encodeResult } from './stored-result.ts';

const FILES = {
  'base/kustomization.yaml': 'resources: [web.yaml]\nconfigMapGenerator: [{name: made, files: [app.ini]}]\n',
  'base/web.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  a: "1"\n  b: 0x1F\n  c: >\n    folded\n    text\n  d: ~\n  __proto__: x\n',
  'base/app.ini': 'ö = 1\n',
  'overlay/kustomization.yaml': 'resources: [../base]\nnamePrefix: p-\npatches: [{path: p.yaml}]\n',
  'overlay/p.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: "2"}\n',
};

function rendered(files: Readonly<Record<string, string>> = FILES) {
  const cache = new RenderCache();
  const result = renderFiles(files, 'overlay', cache);
  const stored = cache.finished.get('overlay');
  if (stored === undefined) throw new Error('nothing was rendered');
  return { result, stored, bytes: encodeResult('overlay', stored) ?? new Uint8Array() };
}

describe('a stored result', () => {
  test('is in everything what was stored', () => {
    const { result, stored, bytes } = rendered();
    const decoded = decodeResult('overlay', bytes);
    expect(decoded?.dependencies).toEqual(stored.dependencies);
    expect(decoded?.value).toEqual(stored.value);
    expect(writeObjects(decoded?.value.objects ?? [])).toBe(writeObjects(result.objects));
    const web = decoded?.value.objects.find(({ name }) => name === 'p-web');
    expect(web?.writtenAt(['data', 'a'])).toEqual({ path: 'overlay/p.yaml', line: 4, exists: true });
  });

  test('spares the work of a new process, and holds as long as the files are the same', () => {
    const { result, bytes } = rendered();
    const restart = () => {
      const cache = new RenderCache();
      const decoded = decodeResult('overlay', bytes);
      if (decoded !== undefined) cache.finished.restore('overlay', decoded);
      return cache;
    };
    const cache = restart();
    expect(writeObjects(renderFiles(FILES, 'overlay', cache).objects)).toBe(writeObjects(result.objects));
    expect(cache.counts).toEqual({ parsed: 0, built: 0 });
    const changed = { ...FILES, 'base/app.ini': 'ö = 2\n' };
    const after = restart();
    expect(writeObjects(renderFiles(changed, 'overlay', after).objects)).toBe(
      writeObjects(renderFiles(changed, 'overlay').objects),
    );
    expect(after.counts.built).toBeGreaterThan(0);
  });

  test('that is damaged, of another key or another format is none', () => {
    const { bytes } = rendered();
    expect(decodeResult('other', bytes)).toBeUndefined();
    expect(decodeResult('overlay', new Uint8Array())).toBeUndefined();
    const text = new TextDecoder().decode(bytes);
    const encode = (changed: string) => new TextEncoder().encode(changed);
    expect(decodeResult('overlay', encode(text.replace('berth-render 1', 'berth-render 2')))).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, isCut) => {
        const damaged = isCut ? bytes.slice(0, at) : Uint8Array.from(bytes);
        if (!isCut) damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(decodeResult('overlay', damaged)).toBeUndefined();
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test('never has problems, and never anything that was decrypted', async () => {
    const broken = new RenderCache();
    renderFiles({ ...FILES, 'overlay/p.yaml': 'a: [' }, 'overlay', broken);
    const withProblems = broken.finished.get('overlay');
    expect(withProblems && encodeResult('overlay', withProblems)).toBeUndefined();
    const secret = await encryptSecret('s', { password: 'hunter2' }, [
      'age1l44xcng8dqj32nlv6d930qvvrny05hglzcv9qpc7kxjc6902ma4qufys29',
    ]);
    const cache = new RenderCache();
    const files = { 'kustomization.yaml': 'resources: [s.yaml]\n', 's.yaml': secret };
    await renderEncrypted(files, () => Promise.resolve({ type: 'key', key: dataKeyOf(1) }), { cache });
    const decrypted = cache.finished.get('');
    expect(decrypted?.value.objects).toHaveLength(1);
    expect(decrypted && encodeResult('', decrypted)).toBeUndefined();
    // Not even where the lookup of its key were forgotten.
    expect(decrypted && encodeResult('', { ...decrypted, dependencies: new Map() })).toBeUndefined();
  });
});
