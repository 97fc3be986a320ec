import { readFile } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { LIMITS } from '../../lib/limits.ts';
import { SourceError } from '../source.ts';
import { readAuthorization, type SourceCredentials } from '../source-credentials.ts';
import { addAdvertisedHead } from './advertised-head.ts';

export interface GitHttpClientOptions {
  readonly credentials: SourceCredentials;
  readonly username: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The branch that a server without a HEAD is taken to have as one. */
  readonly head?: string;
}

/**
 * The HTTP under one operation of isomorphic-git: with credentials read anew, time and size limits, and redirects as
 * git follows them (a renamed repository), where credentials go to the first host only and never from https to http.
 */
export class GitHttpClient implements HttpClient {
  readonly #options: GitHttpClientOptions;
  readonly #signal: AbortSignal;
  readonly #agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  /** Where the server has moved this repository: prefix of the old URL and of the new one. */
  #moved: { readonly from: string; readonly to: string } | undefined;
  #origin: string | undefined;
  /** Status of the last answer, for errors that the library does not tell apart. */
  lastStatus = 0;

  constructor(options: GitHttpClientOptions) {
    this.#options = options;
    const deadline = AbortSignal.timeout(LIMITS.gitTransferMs);
    this.#signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
    // Bound here, because isomorphic-git calls it apart from its object.
    this.request = this.request.bind(this);
  }

  async request(request: GitHttpRequest): Promise<GitHttpResponse> {
    const body = request.body === undefined ? undefined : await collect(request.body);
    let url = this.#relocate(request.url);
    this.#origin ??= new URL(url).origin;
    for (let hop = 0; hop <= LIMITS.gitRedirects; hop++) {
      const response = await this.#send(url, request, body);
      const location = response.headers.location;
      const status = response.statusCode ?? 0;
      if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return this.#present(url, response);
      response.resume();
      const next = new URL(location, url);
      if (next.protocol !== new URL(url).protocol && next.protocol !== 'https:') {
        throw new SourceError(
          'Unreachable',
          `${new URL(url).host} redirects to ${next.protocol}//, which is not followed`,
        );
      }
      this.#remember(url, next.href);
      url = next.href;
    }
    throw new SourceError('Unreachable', `${new URL(url).host} redirects more than ${LIMITS.gitRedirects} times`);
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #send(url: string, request: GitHttpRequest, body: Buffer | undefined): Promise<IncomingMessage> {
    const target = new URL(url);
    const { credentials, username } = this.#options;
    const authorization = target.origin === this.#origin ? await readAuthorization(credentials, username) : undefined;
    const ca = credentials.caFile === undefined ? undefined : await readCertificates(credentials.caFile);
    const headers = {
      ...request.headers,
      'user-agent': 'git/berth',
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-length': String(body.length) }),
    };
    const { signal } = { signal: this.#signal };
    const options = { method: request.method ?? 'GET', headers, signal, timeout: LIMITS.gitServerSilenceMs };
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(this.#explain(target, error));
      const outgoing =
        target.protocol === 'https:'
          ? https.request(target, { ...options, agent: this.#agents.https, ...(ca === undefined ? {} : { ca }) })
          : http.request(target, { ...options, agent: this.#agents.http });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer for ${LIMITS.gitServerSilenceMs / 1000} s`)));
      outgoing.on('error', fail);
      outgoing.on('response', resolve);
      outgoing.end(body);
    });
  }

  #present(url: string, response: IncomingMessage): GitHttpResponse {
    this.lastStatus = response.statusCode ?? 0;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(response.headers)) {
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    return {
      url,
      headers,
      statusCode: this.lastStatus,
      statusMessage: response.statusMessage ?? '',
      body: this.#needsHead(url)
        ? this.#withHead(this.#bounded(new URL(url), response))
        : this.#bounded(new URL(url), response),
    };
  }

  #needsHead(url: string): boolean {
    return (
      this.#options.head !== undefined && this.lastStatus === 200 && url.endsWith('/info/refs?service=git-upload-pack')
    );
  }

  async *#withHead(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, unknown> {
    yield addAdvertisedHead(await collect(body), this.#options.head ?? '');
  }

  async *#bounded(url: URL, response: IncomingMessage): AsyncGenerator<Uint8Array, void, unknown> {
    let bytes = 0;
    try {
      for await (const chunk of response) {
        bytes += chunk.length;
        if (bytes > LIMITS.gitResponseBytes) {
          throw new SourceError(
            'TooLarge',
            `${url.host} sent more than ${LIMITS.gitResponseBytes} bytes; install git, or make the repository smaller`,
          );
        }
        yield chunk;
      }
    } catch (error) {
      throw this.#explain(url, error);
    }
  }

  #explain(url: URL, error: unknown): unknown {
    if (error instanceof SourceError) return error;
    if (this.#options.signal?.aborted) return this.#options.signal.reason;
    if (this.#signal.aborted)
      return new SourceError('Unreachable', `${url.host} took longer than ${LIMITS.gitTransferMs / 1000} s`, error);
    const why = error instanceof Error ? error.message : 'unknown error';
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const help = /CERT|SELF_SIGNED|UNABLE_TO_/.test(code) ? '; trust its certificate with a caFile' : '';
    return new SourceError('Unreachable', `${url.host} cannot be reached: ${why}${help}`, error);
  }

  /**
   * The part of both URLs that differs is where the repository moved; later requests of this operation go there at
   * once.
   */
  #remember(from: string, to: string): void {
    const tail = /\/(?:info\/refs\?.*|git-upload-pack|git-receive-pack)$/.exec(from)?.[0];
    if (tail !== undefined && to.endsWith(tail))
      this.#moved = { from: from.slice(0, -tail.length), to: to.slice(0, -tail.length) };
  }

  #relocate(url: string): string {
    const moved = this.#moved;
    return moved !== undefined && url.startsWith(`${moved.from}/`) ? moved.to + url.slice(moved.from.length) : url;
  }
}

async function readCertificates(file: string): Promise<string[]> {
  const { rootCertificates } = await import('node:tls');
  try {
    return [...rootCertificates, await readFile(file, 'utf8')];
  } catch (error) {
    throw new SourceError('Unauthorized', `the certificate file ${file} cannot be read`, error);
  }
}

async function collect(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
