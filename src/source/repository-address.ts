import { BerthError } from '../lib/errors.ts';

/** Where a repository is, and so who carries its objects. None of these holds a password. */
export type RepositoryAddress =
  | { readonly kind: 'path'; readonly description: string; readonly path: string }
  | { readonly kind: 'http'; readonly description: string; readonly url: string; readonly username: string | undefined }
  | { readonly kind: 'ssh'; readonly description: string; readonly url: string }
  | { readonly kind: 'file'; readonly description: string; readonly url: string; readonly path: string };

/**
 * Understands what a person gives as a repository: a path, an https, ssh or file URL, or the short form
 * `user@host:path`. Throws `ConfigInvalid`, without repeating a password.
 */
export function parseRepositoryAddress(
  text: string,
  options: { readonly allowPlainHttp?: boolean } = {},
): RepositoryAddress {
  if (text.trim() === '' || /[\r\n\0]/.test(text)) throw invalid('the repository is empty', 'give a path or a URL');
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseWithoutScheme(text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw invalid(`${redactUrl(text)} is not a URL`, 'correct it');
  if (url.password !== '') {
    throw invalid(
      `the URL of ${url.host} has a password in it, which process lists and logs would show`,
      'put it into a file and name that with --token-file or --password-file',
    );
  }
  switch (url.protocol) {
    case 'https:':
      return httpAddress(url);
    case 'http:':
      if (options.allowPlainHttp !== true && !isLoopback(url.hostname)) {
        throw invalid(
          `${url.href} would be fetched without encryption`,
          'use https, or allow plain http in the configuration',
        );
      }
      return httpAddress(url);
    case 'ssh:':
    case 'git+ssh:':
    case 'ssh+git:':
      return sshAddress(url.href.replace(/^[^:]+:/, 'ssh:'), url.hostname, url.username);
    case 'file:':
      return { kind: 'file', description: url.href, url: url.href, path: decodeURIComponent(url.pathname) };
    default:
      throw invalid(`${url.protocol}// is not supported`, 'use a path, https://, ssh:// or file://');
  }
}

/**
 * The text with user and password of any URL in it taken out: for messages of others that repeat what they were given.
 */
export function redactUrl(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, '$1');
}

/**
 * Git's rule: a colon before the first slash makes it a host; a path with a colon is written with `./` or from the
 * root.
 */
function parseWithoutScheme(text: string): RepositoryAddress {
  const scp = /^(?:([^@/\s]+)@)?(\[[^\]]+\]|[^:/\s]+):(.+)$/.exec(text);
  if (scp === null) return { kind: 'path', description: text, path: text };
  return sshAddress(text, scp[2] ?? '', scp[1] ?? '');
}

function httpAddress(url: URL): RepositoryAddress {
  const username = url.username === '' ? undefined : decodeURIComponent(url.username);
  url.username = '';
  url.hash = '';
  const href = url.href.replace(/\/+$/, '');
  return { kind: 'http', description: href, url: href, username };
}

/** A host or user that starts with a dash would be an option of the ssh program. */
function sshAddress(url: string, host: string, user: string): RepositoryAddress {
  if (host.startsWith('-') || user.startsWith('-'))
    throw invalid('the host or user of the repository starts with a dash', 'correct it');
  return { kind: 'ssh', description: url, url };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function invalid(detail: string, help: string): BerthError {
  return new BerthError('ConfigInvalid', { object: 'repository', verb: 'open', detail, help });
}
