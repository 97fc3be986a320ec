import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isJsonObject } from '../../lib/json.ts';
import { matchesImage, parseDockerConfigJson, type RegistryConfig } from '../registry-credentials.ts';
import { type RegistryCredentials, RuntimeError } from '../runtime.ts';
import { textAt } from './json-path.ts';

export interface LoadDockerConfigOptions {
  /** Asks credential helpers only for what this image may need; left out, for everything that they have. */
  readonly image?: string;
  /** For each run of a credential helper. */
  readonly timeoutMs?: number;
}

export interface LoadedDockerConfig {
  readonly config: RegistryConfig;
  /** What could not be read, one sentence each, without secrets. */
  readonly problems: readonly string[];
}

const HELPER_TIMEOUT_MS = 10_000;
const HELPER_OUTPUT_BYTES_MAX = 256 * 1024;
/** The user name with which a helper says that the secret is an identity token. */
const TOKEN_USER = '<token>';

/**
 * Reads the credentials of Docker's `config.json`: those in the file, and those that `credHelpers` and `credsStore`
 * keep, by running `docker-credential-<helper>`. A file that does not exist holds none.
 */
export async function loadDockerConfigCredentials(
  configPath: string,
  options: LoadDockerConfigOptions = {},
): Promise<LoadedDockerConfig> {
  const text = await readConfig(configPath);
  if (text instanceof Error) return { config: { auths: {} }, problems: [`${configPath}: ${text.message}`] };
  const inFile = parseDockerConfigJson(text);
  if (inFile === undefined) return { config: { auths: {} }, problems: [`${configPath} is not a Docker configuration`] };
  const problems: string[] = [];
  const auths: Record<string, RegistryCredentials> = { ...inFile.auths };
  for (const { registry, helper } of await listHelpers(JSON.parse(text), options, problems)) {
    if (options.image !== undefined && !matchesImage(registry, options.image)) continue;
    try {
      const credentials = await askHelper(helper, registry, options);
      if (credentials !== undefined) auths[registry] = credentials;
    } catch (error) {
      problems.push(`docker-credential-${helper}: ${error instanceof Error ? error.message : 'failed'}`);
    }
  }
  return { config: { auths }, problems };
}

async function readConfig(path: string): Promise<string | Error> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return code === 'ENOENT' ? '{}' : new Error(`cannot be read (${code})`);
  }
}

/** Which helper has which registry; one for a registry wins over the store for all. */
async function listHelpers(
  config: unknown,
  options: LoadDockerConfigOptions,
  problems: string[],
): Promise<readonly { readonly registry: string; readonly helper: string }[]> {
  if (!isJsonObject(config)) return [];
  const helpers = new Map<string, string>();
  const store = config['credsStore'];
  if (typeof store === 'string' && store !== '') {
    try {
      const list: unknown = JSON.parse(await runHelper(store, 'list', '', options));
      for (const registry of isJsonObject(list) ? Object.keys(list) : []) helpers.set(registry, store);
    } catch (error) {
      problems.push(`docker-credential-${store}: ${error instanceof RuntimeError ? error.message : 'sent no JSON'}`);
    }
  }
  const single = config['credHelpers'];
  for (const [registry, helper] of Object.entries(isJsonObject(single) ? single : {})) {
    if (typeof helper === 'string') helpers.set(registry, helper);
  }
  return [...helpers].map(([registry, helper]) => ({ registry, helper }));
}

async function askHelper(
  helper: string,
  registry: string,
  options: LoadDockerConfigOptions,
): Promise<RegistryCredentials | undefined> {
  const output = await runHelper(helper, 'get', registry, options);
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw new RuntimeError('Unknown', 'sent no JSON');
  }
  const username = textAt(answer, 'Username');
  const secret = textAt(answer, 'Secret');
  if (secret === '') return undefined;
  if (username === TOKEN_USER) return { username: '', password: '', identityToken: secret };
  return { username, password: secret };
}

/**
 * Runs a credential helper by its protocol: the registry on stdin, JSON on stdout. What it prints is never part of an
 * error.
 */
function runHelper(
  helper: string,
  verb: 'get' | 'list',
  input: string,
  options: LoadDockerConfigOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (!/^[\w.-]+$/.test(helper)) return reject(new RuntimeError('InvalidSpec', 'is not the name of a helper'));
    const child = spawn(`docker-credential-${helper}`, [verb], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: options.timeoutMs ?? HELPER_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      chunks.push(chunk);
      if (sizeBytes > HELPER_OUTPUT_BYTES_MAX) child.kill('SIGKILL');
    });
    child.on('error', () => reject(new RuntimeError('NotFound', 'cannot be run')));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(new RuntimeError('Unknown', signal === null ? `ended with code ${code}` : 'did not answer in time'));
    });
    // A helper that does not read its input closes the pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
