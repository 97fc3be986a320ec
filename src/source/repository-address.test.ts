import { describe, expect, it } from 'vitest';
import { parseRepositoryAddress, redactUrl } from './repository-address.ts';

describe('parseRepositoryAddress', () => {
  it.each([
    ['/srv/app.git', { kind: 'path', path: '/srv/app.git' }],
    ['./a:b', { kind: 'path', path: './a:b' }],
    ['repos/app', { kind: 'path', path: 'repos/app' }],
    ['https://example.org/a/b.git/', { kind: 'http', url: 'https://example.org/a/b.git', username: undefined }],
    ['https://ada@example.org/a', { kind: 'http', url: 'https://example.org/a', username: 'ada' }],
    ['http://127.0.0.1:3000/a', { kind: 'http', url: 'http://127.0.0.1:3000/a' }],
    ['http://localhost/a', { kind: 'http', url: 'http://localhost/a' }],
    ['ssh://git@example.org:2222/a.git', { kind: 'ssh', url: 'ssh://git@example.org:2222/a.git' }],
    ['git+ssh://git@example.org/a.git', { kind: 'ssh', url: 'ssh://git@example.org/a.git' }],
    ['git@github.com:o/r.git', { kind: 'ssh', url: 'git@github.com:o/r.git' }],
    ['host:path', { kind: 'ssh', url: 'host:path' }],
    ['file:///srv/my%20app.git', { kind: 'file', url: 'file:///srv/my%20app.git', path: '/srv/my app.git' }],
  ])('takes %s', (text, expected) => {
    expect(parseRepositoryAddress(text)).toMatchObject(expected);
  });

  it.each([
    ['', /is empty/],
    ['https://', /is not a URL/],
    ['https://ada:hunter2@example.org/a', /has a password in it/],
    ['http://example.org/a', /without encryption/],
    ['http://127.0.0.1.evil.org/a', /without encryption/],
    ['git://example.org/a', /git:\/\/ is not supported/],
    ['ext::sh -c id', /./],
    ['ssh://-oProxyCommand=id/a', /./],
    ['-oProxyCommand=id:a', /starts with a dash/],
    ['a\nb', /is empty/],
  ])('refuses %j without repeating a password', (text, message) => {
    let error: unknown;
    try {
      const address = parseRepositoryAddress(text);
      // A scheme that git would hand to a helper program is a host name here, and only ssh is ever asked for it.
      expect(address.kind).toBe('ssh');
      return;
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'ConfigInvalid', message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('hunter2');
  });

  it('allows plain http where the configuration says so', () => {
    expect(parseRepositoryAddress('http://git.lan/a', { allowPlainHttp: true }).kind).toBe('http');
  });
});

it('takes credentials out of URLs in what others print', () => {
  expect(redactUrl("fatal: unable to access 'https://a:b@h/x' or ssh://k@h/y")).toBe(
    "fatal: unable to access 'https://h/x' or ssh://h/y",
  );
});
