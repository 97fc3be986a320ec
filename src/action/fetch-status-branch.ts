import { spawn } from 'node:child_process';
import { LIMITS } from '../lib/limits.ts';

export interface FetchStatusBranchOptions {
  readonly checkout: string;
  /** `https://github.com/team/site.git`. */
  readonly url: string;
  readonly branch: string;
  readonly token: string;
}

/** What of the runner's environment git needs to get to the forge: where programs are, proxies, and certificates. */
const KEPT_VARIABLES: readonly string[] = [
  'PATH',
  'HOME',
  ...['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'],
  ...['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'GIT_SSL_NO_VERIFY', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE'],
];

/**
 * Brings the tip of the status branch into the checkout's objects, where a checkout of one branch has left it out.
 * Resolves with whether it is there now; why it is not does not matter: a plan works without. The token goes through
 * the environment, where no list of processes shows it, and hooks do not run.
 */
export async function fetchStatusBranch(options: FetchStatusBranchOptions): Promise<boolean> {
  const { checkout, url, branch, token } = options;
  const ref = `refs/remotes/origin/${branch}`;
  if (await runGit(checkout, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], {})) return true;
  const header = `AUTHORIZATION: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const credential: Record<string, string> =
    token === ''
      ? {}
      : { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `http.${url}.extraheader`, GIT_CONFIG_VALUE_0: header };
  const fetch = [
    'fetch',
    '--quiet',
    '--no-tags',
    '--depth=1',
    '--no-recurse-submodules',
    url,
    `+refs/heads/${branch}:${ref}`,
  ];
  return runGit(checkout, fetch, credential);
}

function runGit(
  checkout: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<boolean> {
  const safe = [
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'safe.directory=*',
    '-c',
    'protocol.allow=never',
    '-c',
    'protocol.http.allow=always',
    '-c',
    'protocol.https.allow=always',
  ];
  const child = spawn('git', [...safe, ...args], {
    cwd: checkout,
    stdio: 'ignore',
    timeout: LIMITS.gitCommandMs,
    env: { ...keptEnvironment(), GIT_TERMINAL_PROMPT: '0', ...environment },
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

function keptEnvironment(): NodeJS.ProcessEnv {
  const kept = KEPT_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}
