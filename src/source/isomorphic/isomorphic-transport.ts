import fs from 'node:fs';
import { isObjectId, ZERO_ID } from '../git-object.ts';
import { setCloneRef } from '../local/own-clone.ts';
import {
  classifyRefusal,
  type FetchRequest,
  type PushOutcome,
  type PushRequest,
  type RemoteTransport,
} from '../remote-transport.ts';
import { redactUrl } from '../repository-address.ts';
import { SourceError } from '../source.ts';
import type { SourceCredentials } from '../source-credentials.ts';
import { GitHttpClient } from './git-http-client.ts';
import { PackIndexCheck } from './pack-index-check.ts';

export interface IsomorphicTransportOptions {
  readonly url: string;
  readonly username: string | undefined;
  readonly credentials: SourceCredentials;
}

/** Fetches and pushes over http(s) inside this process with isomorphic-git. */
export class IsomorphicTransport implements RemoteTransport {
  readonly #options: IsomorphicTransportOptions;

  constructor(options: IsomorphicTransportOptions) {
    this.#options = options;
  }

  listRefs(prefix: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return this.#withClient({ use: 'read', signal }, async (http) => {
      const git = await import('isomorphic-git');
      const refs = await git.listServerRefs({ http, url: this.#options.url, protocolVersion: 2, prefix });
      return new Map(refs.filter(({ oid }) => isObjectId(oid)).map(({ ref, oid }) => [ref, oid]));
    });
  }

  fetch(request: FetchRequest): Promise<string> {
    return this.#withClient({ use: 'read', signal: request.signal, head: request.ref }, async (http) => {
      const git = await import('isomorphic-git');
      await new PackIndexCheck(request.clone).run();
      const result = await git.fetch({
        fs,
        http,
        gitdir: request.clone,
        url: this.#options.url,
        remote: 'origin',
        ref: request.ref,
        remoteRef: request.ref,
        singleBranch: true,
        tags: false,
        cache: {},
        ...(request.depth === undefined ? {} : { depth: request.depth }),
      });
      const id = result.fetchHead;
      if (id === null) throw new SourceError('BranchMissing', `${this.#options.url} has no ${request.ref}`);
      await setCloneRef(request.clone, request.ref, id);
      return id;
    });
  }

  push(request: PushRequest): Promise<PushOutcome> {
    return this.#withClient({ use: 'write' }, async (http) => {
      const git = await import('isomorphic-git');
      // The library pushes a ref, not an id; nothing reads this one.
      const localRef = `refs/berth/push/${request.ref}`;
      await setCloneRef(request.clone, localRef, request.id);
      try {
        const result = await git.push({
          fs,
          http,
          gitdir: request.clone,
          url: this.#options.url,
          remote: 'origin',
          ref: localRef,
          remoteRef: request.ref,
          force: request.isRewrite,
          cache: {},
          // What the server advertises is what it will compare with, so nobody's commit is overwritten.
          onPrePush: ({ remoteRef }) => (remoteRef.oid ?? ZERO_ID) === (request.expected ?? ZERO_ID),
        });
        if (!result.ok)
          throw new SourceError(
            'ReadOnly',
            `${this.#options.url} did not take the push: ${result.error ?? 'no reason given'}`,
          );
      } catch (error) {
        return this.#explainPush(request, error);
      }
      await setCloneRef(request.clone, request.ref, request.id);
      return 'done';
    });
  }

  async close(): Promise<void> {}

  #explainPush(request: PushRequest, error: unknown): PushOutcome {
    const code = codeOf(error);
    if (code === 'UserCanceledError' || code === 'PushRejectedError') return 'moved';
    if (code !== 'GitPushError') throw error;
    const text = error instanceof Error ? error.message : '';
    const outcome = classifyRefusal(text, request.isRewrite);
    if (outcome !== 'refused') return outcome;
    throw new SourceError(
      'ReadOnly',
      `${this.#options.url} refuses pushes to ${request.ref}: ${redactUrl(text)}`,
      error,
    );
  }

  async #withClient<T>(
    operation: { readonly use: 'read' | 'write'; readonly signal?: AbortSignal | undefined; readonly head?: string },
    work: (http: GitHttpClient) => Promise<T>,
  ): Promise<T> {
    const { use, ...limits } = operation;
    const { credentials, username } = this.#options;
    const http = new GitHttpClient({ credentials, username, ...limits });
    try {
      return await work(http);
    } catch (error) {
      throw this.#explain(use, http.lastStatus, error);
    } finally {
      http.close();
    }
  }

  #explain(use: 'read' | 'write', status: number, error: unknown): unknown {
    if (error instanceof SourceError) return error;
    const { url } = this.#options;
    const code = codeOf(error);
    if (code === 'NotFoundError')
      return new SourceError('BranchMissing', `${url} does not have the branch any more`, error);
    if (code === 'HttpError') return explainStatus(url, use, status, error);
    if (code === 'SmartHttpError') {
      return new SourceError(
        'RepositoryInvalid',
        `${url} does not answer like a Git server; is it the address for cloning?`,
        error,
      );
    }
    if (error instanceof DOMException || (error instanceof Error && error.name === 'AbortError')) return error;
    const text = error instanceof Error ? redactUrl(error.message) : 'unknown error';
    return new SourceError('Unknown', `${url}: ${text}`, error);
  }
}

/**
 * What an HTTP status means here. A credential that could read and may not push is told apart, because nothing else
 * stops for it. Forges answer 404 for a private repository to whoever may not see it.
 */
function explainStatus(url: string, use: 'read' | 'write', status: number, cause: unknown): SourceError {
  if (use === 'write' && [401, 403, 404].includes(status)) {
    return new SourceError(
      'ReadOnly',
      `${url} does not take pushes with these credentials (HTTP ${status}); give them write access`,
      cause,
    );
  }
  if (status === 401 || status === 403 || status === 203) {
    return new SourceError(
      'Unauthorized',
      `${url} refuses these credentials (HTTP ${status}); check the token file and its rights`,
      cause,
    );
  }
  if (status === 404 || status === 410) {
    return new SourceError(
      'RepositoryMissing',
      `${url} is not there, or not for these credentials (HTTP ${status})`,
      cause,
    );
  }
  return new SourceError('Unreachable', `${url} answers with HTTP ${status}`, cause);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
