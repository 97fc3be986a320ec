import { LIMITS } from '../../lib/limits.ts';
import { isObjectId } from '../git-object.ts';
import { setCloneRef } from '../local/own-clone.ts';
import { RefReader } from '../local/ref-reader.ts';
import {
  classifyRefusal,
  type FetchRequest,
  type PushOutcome,
  type PushRequest,
  type RemoteTransport,
} from '../remote-transport.ts';
import { redactUrl } from '../repository-address.ts';
import { SourceError } from '../source.ts';
import { readAuthorization, type SourceCredentials } from '../source-credentials.ts';
import { type GitProgram, type GitResult, type GitRun, runGit } from './git-process.ts';

export interface SystemTransportOptions {
  readonly url: string;
  readonly kind: 'http' | 'ssh' | 'file';
  readonly username?: string | undefined;
  readonly credentials: SourceCredentials;
  readonly program: GitProgram;
}

/** Fetches and pushes with system git: the only way for ssh, and for what is too large for this process. */
export class SystemTransport implements RemoteTransport {
  readonly #options: SystemTransportOptions;

  constructor(options: SystemTransportOptions) {
    this.#options = options;
  }

  async listRefs(prefix: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const pattern = prefix.endsWith('/') ? `${prefix}*` : prefix;
    const result = await this.#run({ args: ['ls-remote', '--quiet', '--', this.#options.url, pattern], signal });
    this.#refuseFailure(result, 'read');
    const refs = new Map<string, string>();
    for (const line of result.stdout.split('\n')) {
      const [id = '', ref] = line.split('\t');
      if (ref?.startsWith(prefix) && isObjectId(id)) refs.set(ref, id);
    }
    return refs;
  }

  async fetch(request: FetchRequest): Promise<string> {
    const { clone, ref, depth, signal } = request;
    const depthArgs = depth === undefined ? [] : [`--depth=${depth}`];
    const flags = [
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
      '--quiet',
      '--force',
    ];
    const args = ['--git-dir', clone, 'fetch', ...flags, ...depthArgs, '--', this.#options.url, `+${ref}:${ref}`];
    const result = await this.#run({ args, signal });
    if (/couldn't find remote ref/.test(result.stderr)) {
      throw new SourceError('BranchMissing', `${this.#options.url} does not have ${ref} any more`);
    }
    this.#refuseFailure(result, 'read');
    const id = await new RefReader(clone).read(ref);
    if (id === undefined) throw new SourceError('Unknown', `git fetch did not bring ${ref}`);
    return id;
  }

  async push(request: PushRequest): Promise<PushOutcome> {
    const { clone, ref, id, expected, isRewrite } = request;
    const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
    const args = [
      '--git-dir',
      clone,
      'push',
      '--porcelain',
      '--no-verify',
      lease,
      '--',
      this.#options.url,
      `${id}:${ref}`,
    ];
    const result = await this.#run({ args });
    if (result.exitCode === 0) {
      await setCloneRef(clone, ref, id);
      return 'done';
    }
    const refusal = /^!\t\S+\t(.*)$/m.exec(result.stdout)?.[1];
    if (refusal === undefined) this.#refuseFailure(result, 'write');
    const outcome = classifyRefusal(refusal ?? '', isRewrite);
    if (outcome !== 'refused') return outcome;
    throw new SourceError('ReadOnly', `${this.#options.url} refuses pushes to ${ref}: ${redactUrl(refusal ?? '')}`);
  }

  async close(): Promise<void> {}

  async #run(run: Omit<GitRun, 'signal'> & { readonly signal?: AbortSignal | undefined }): Promise<GitResult> {
    const { signal, ...rest } = run;
    const environment = await this.#environment();
    return runGit(this.#options.program, {
      ...rest,
      environment,
      timeoutMs: LIMITS.gitTransferMs,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Credentials go through the environment, which only this user and root can see, never through arguments. */
  async #environment(): Promise<Record<string, string>> {
    const { kind, credentials, username } = this.#options;
    if (kind === 'file') return { GIT_ALLOW_PROTOCOL: 'file' };
    if (kind === 'ssh')
      return { GIT_ALLOW_PROTOCOL: 'ssh', GIT_SSH_COMMAND: sshCommand(credentials), GIT_SSH_VARIANT: 'ssh' };
    const config: [string, string][] = [];
    const authorization = await readAuthorization(credentials, username);
    if (authorization !== undefined)
      config.push([`http.${this.#options.url}.extraHeader`, `Authorization: ${authorization}`]);
    if (credentials.caFile !== undefined) config.push(['http.sslCAInfo', credentials.caFile]);
    const environment: Record<string, string> = {
      GIT_ALLOW_PROTOCOL: 'http:https',
      GIT_CONFIG_COUNT: String(config.length),
    };
    for (const [index, [key, value]] of config.entries()) {
      environment[`GIT_CONFIG_KEY_${index}`] = key;
      environment[`GIT_CONFIG_VALUE_${index}`] = value;
    }
    return environment;
  }

  #refuseFailure(result: GitResult, use: 'read' | 'write'): void {
    if (result.exitCode !== 0) throw explainFailure(this.#options.url, use, result.stderr);
  }
}

/**
 * How git starts ssh: nothing is asked, no configuration of the user is read, and a host whose key is not known is
 * refused rather than believed.
 */
export function sshCommand(credentials: SourceCredentials): string {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
  ];
  if (credentials.knownHostsFile !== undefined) {
    options.push(`UserKnownHostsFile=${quoteForSsh(credentials.knownHostsFile)}`, 'GlobalKnownHostsFile=/dev/null');
  }
  if (credentials.privateKeyFile !== undefined) options.push('IdentitiesOnly=yes', 'IdentityAgent=none');
  const identity = credentials.privateKeyFile === undefined ? [] : ['-i', credentials.privateKeyFile];
  const words = ['ssh', '-F', 'none', ...identity, ...options.flatMap((option) => ['-o', option])];
  return words.map(quoteForShell).join(' ');
}

function quoteForShell(word: string): string {
  return /^[A-Za-z0-9_./=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** ssh splits file lists at spaces unless they are quoted. */
function quoteForSsh(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}

interface FailureRule {
  readonly pattern: RegExp;
  readonly reason:
    | 'ObjectCorrupt'
    | 'HostKeyUnknown'
    | 'Unauthorized'
    | 'RepositoryMissing'
    | 'Unreachable'
    | 'ReadOnly';
  readonly text: string;
}

/**
 * What git and ssh print, in the order in which it is asked for: the first match wins, because a cause is printed
 * before its effect.
 */
const FAILURE_RULES: readonly FailureRule[] = [
  {
    pattern:
      /bad object|is corrupt|index file .* too small|unable to (?:read|parse) (?:[0-9a-f]{40}|object)|not send all necessary/i,
    reason: 'ObjectCorrupt',
    text: 'an object that the fetch builds on is damaged',
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    reason: 'HostKeyUnknown',
    text: 'the key of the host is not the one in the known_hosts file; if that is on purpose, put the new one there',
  },
  {
    pattern: /Host key verification failed|No \S+ host key is known/,
    reason: 'HostKeyUnknown',
    text: 'the key of the host is not known; compare it with the published one and add it (`ssh-keyscan`) to known_hosts',
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE/,
    reason: 'Unauthorized',
    text: 'ssh refuses a private key that others can read; run `chmod 600` on it',
  },
  {
    pattern: /marked as read only|Write access to repository not granted|read-only/i,
    reason: 'ReadOnly',
    text: 'these credentials may read but not push',
  },
  {
    pattern:
      /Permission denied|Authentication failed|could not read (?:Username|Password)|prompts disabled|error: 40[13]/i,
    reason: 'Unauthorized',
    text: 'the credentials are refused',
  },
  {
    pattern: /Repository not found|does not appear to be a git repository|not found|does not exist|error: 404/i,
    reason: 'RepositoryMissing',
    text: 'the repository is not there, or not for these credentials',
  },
];

function explainFailure(url: string, use: 'read' | 'write', stderr: string): SourceError {
  const said = redactUrl(stderr)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:@+|Please make sure|and the repository exists)/.test(line));
  const cause = new Error(said.join('\n').slice(0, 2_000));
  const rule = FAILURE_RULES.find(
    ({ pattern, reason }) => pattern.test(stderr) && (use === 'write' || reason !== 'ReadOnly'),
  );
  if (rule === undefined) return new SourceError('Unreachable', `${url}: ${said.at(0) ?? 'git gave no reason'}`, cause);
  // Reading went well before a push, so whoever may not push may only read.
  const reason =
    use === 'write' && (rule.reason === 'Unauthorized' || rule.reason === 'RepositoryMissing')
      ? 'ReadOnly'
      : rule.reason;
  return new SourceError(
    reason,
    `${url}: ${reason === 'ReadOnly' ? 'these credentials may read but not push' : rule.text}`,
    cause,
  );
}
