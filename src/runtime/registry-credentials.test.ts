import { describe, expect, it } from 'vitest';
import { matchesImage, parseDockerConfigJson, parseDockercfg, selectCredentials } from './registry-credentials.ts';

// The examples of "Interpretation of config.json" on Kubernetes' page about images, and those of the kubelet's keyring.
describe('credentials match', () => {
  it.each`
    key                              | image                               | expected
    ${'my-registry.example/images'}  | ${'my-registry.example/images'}     | ${true}
    ${'my-registry.example/images'}  | ${'my-registry.example/images/app'} | ${true}
    ${'my-registry.example/images'}  | ${'my-registry.example/other'}      | ${false}
    ${'*.my-registry.example'}       | ${'sub.my-registry.example/images'} | ${true}
    ${'*.my-registry.example'}       | ${'a.b.my-registry.example/images'} | ${false}
    ${'*.my-registry.example'}       | ${'my-registry.example/images'}     | ${false}
    ${'pre*.my-registry.example'}    | ${'prefix.my-registry.example/a'}   | ${true}
    ${'*.example:5000'}              | ${'a.example:5000/b'}               | ${true}
    ${'*.example:5000'}              | ${'a.example/b'}                    | ${false}
    ${'a.example'}                   | ${'a.example:5000/b'}               | ${false}
    ${'host?.example'}               | ${'host1.example/b'}                | ${true}
    ${'host[12].example'}            | ${'host2.example/b'}                | ${true}
    ${'host[12].example'}            | ${'host3.example/b'}                | ${false}
    ${'https://ghcr.io'}             | ${'ghcr.io/org/app:1'}              | ${true}
    ${'https://ghcr.io/v2/'}         | ${'ghcr.io/org/app:1'}              | ${true}
    ${'http://127.0.0.1:5000/'}      | ${'127.0.0.1:5000/app'}             | ${true}
    ${'https://index.docker.io/v1/'} | ${'busybox'}                        | ${true}
    ${'index.docker.io'}             | ${'org/app:2'}                      | ${true}
    ${'docker.io'}                   | ${'busybox'}                        | ${true}
    ${'docker.io/org'}               | ${'org/app'}                        | ${true}
    ${'docker.io/org'}               | ${'busybox'}                        | ${false}
    ${'https://index.docker.io/v1/'} | ${'ghcr.io/org/app'}                | ${false}
    ${'ghcr.io'}                     | ${'ghcr.io.evil.example/app'}       | ${false}
    ${'[.example'}                   | ${'a.example/app'}                  | ${false}
    ${'ghcr.io'}                     | ${'NOT AN IMAGE'}                   | ${false}
  `('"$key" for $image: $expected', ({ key, image, expected }) => {
    expect(matchesImage(key, image)).toBe(expected);
  });
});

describe('selectCredentials', () => {
  const user = (username: string) => ({ username, password: 'x' });

  it('takes the most specific first, and each only once', () => {
    const first = { auths: { 'ghcr.io': user('all'), 'ghcr.io/org': user('org'), 'quay.io': user('other') } };
    const second = { auths: { '*.io': user('glob'), 'ghcr.io': user('all') } };
    const names = selectCredentials('ghcr.io/org/app', [first, second]).map(({ username }) => username);
    expect(names).toEqual(['org', 'all', 'glob']);
  });

  it('finds none for another registry', () => {
    expect(selectCredentials('busybox', [{ auths: { 'ghcr.io': user('a') } }])).toEqual([]);
  });
});

describe('a configuration', () => {
  const auth = Buffer.from('user:pass:wörd').toString('base64');

  it.each([
    ['auth', { auth }, { username: 'user', password: 'pass:wörd' }],
    ['fields', { username: 'u', password: 'p' }, { username: 'u', password: 'p' }],
    ['auth over fields', { auth, username: 'u', password: 'p' }, { username: 'user', password: 'pass:wörd' }],
    ['a token', { identitytoken: 't' }, { username: '', password: '', identityToken: 't' }],
    ['nothing', {}, undefined],
    ['a broken auth', { auth: '%%%' }, undefined],
  ])('gives credentials from %s', (_title, entry, expected) => {
    const text = JSON.stringify({ 'r.example': entry });
    const auths = expected === undefined ? {} : { 'r.example': expected };
    expect(parseDockercfg(text)).toEqual({ auths });
    expect(parseDockerConfigJson(`{"auths":${text}}`)).toEqual({ auths });
  });

  it.each(['', 'no json', '[]', '"x"', '{"auths":[]}'])('that is %j is none', (text) => {
    expect(parseDockerConfigJson(text)).toBeUndefined();
  });

  it('without credentials is empty', () => {
    expect(parseDockerConfigJson('{"HttpHeaders":{}}')).toEqual({ auths: {} });
  });
});
