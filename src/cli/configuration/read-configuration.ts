import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { BerthError, messageOf } from '../../lib/errors.ts';
import { isJsonObject } from '../../lib/json.ts';
import { readClusterFile } from '../live/cluster-file.ts';
import { dataPaths } from '../live/data-paths.ts';
import { type AllowRule, CONFIGURATION_DEFAULTS, type Configuration } from './configuration.ts';
import { defaultDataDirectory, systemConfigurationFile } from './default-places.ts';
import { parseDuration } from './parse-duration.ts';
import { readMetrics } from './read-metrics.ts';
import { readNetwork } from './read-network.ts';
import { readGitHub, readWebhooks } from './read-reports.ts';

/** Options as the command line gives them; what is given wins over the file. */
export interface UpOptions {
  readonly config?: string;
  readonly repo?: string;
  readonly branch?: string;
  readonly path?: readonly string[];
  readonly cluster?: string;
  readonly dataDir?: string;
  readonly runtime?: string;
  readonly statusBranch?: string;
  readonly interval?: string;
  readonly rolloutTimeout?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly sshKeyFile?: string;
  readonly knownHostsFile?: string;
  readonly helm?: string;
  readonly kustomize?: string;
}

const FIELDS = [
  'repository',
  'branch',
  'paths',
  'cluster',
  'dataDirectory',
  'runtime',
  'statusBranch',
  'interval',
  'rolloutTimeout',
  'terminatedPods',
  'tokenFile',
  'username',
  'passwordFile',
  'caFile',
  'sshKeyFile',
  'knownHostsFile',
  'secretsDirectory',
  'ageKeyFile',
  'dockerConfigFile',
  'helm',
  'kustomize',
  'allow',
  'network',
  'github',
  'webhooks',
  'metrics',
] as const;

/** Collects everything that is wrong, so that it is all said at once. */
class Reader {
  readonly problems: string[] = [];
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #placeOf: (field: string) => string;

  constructor(values: Readonly<Record<string, unknown>>, placeOf: (field: string) => string) {
    this.#values = values;
    this.#placeOf = placeOf;
    for (const field of Object.keys(values)) {
      if (!(FIELDS as readonly string[]).includes(field))
        this.fail(field, `unknown field; known are ${FIELDS.join(', ')}`);
    }
  }

  fail(field: string, problem: string): undefined {
    this.problems.push(`${this.#placeOf(field)}${field}: ${problem}`);
    return undefined;
  }

  raw(field: string): unknown {
    return this.#values[field];
  }

  text(field: string): string | undefined {
    const value = this.#values[field];
    if (value === undefined || (typeof value === 'string' && value !== '')) return value as string | undefined;
    return this.fail(field, `must be a text, not ${JSON.stringify(value)}`);
  }

  durationMs(field: string): number | undefined {
    const text = this.text(field);
    if (text === undefined) return undefined;
    return parseDuration(text) ?? this.fail(field, `"${text}" is no duration; write it like 60s or 5m`);
  }

  wholeNumber(field: string): number | undefined {
    const value = this.#values[field];
    if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) return value;
    return this.fail(field, `must be a whole number of at least 0, not ${JSON.stringify(value)}`);
  }

  texts(field: string): readonly string[] | undefined {
    const value = this.#values[field];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')) return value;
    return this.fail(field, 'must be a list of texts with at least one item');
  }
}

/**
 * Puts the options over the configuration file (`--config`, else the system’s where it exists and no `--repo` is given)
 * and the defaults. Throws one `ConfigInvalid` that names everything that is wrong.
 */
export function readConfiguration(options: UpOptions): Configuration {
  const file = options.config ?? (options.repo === undefined ? systemConfigurationFile() : undefined);
  const fromFile =
    file === undefined ? { values: {}, placeOf: () => '' } : readFile(file, options.config !== undefined);
  const given = Object.entries(fromOptions(options)).filter(([, value]) => value !== undefined);
  const reader = new Reader({ ...fromFile.values, ...Object.fromEntries(given) }, fromFile.placeOf);
  const configuration = build(reader);
  if (reader.problems.length > 0 || configuration === undefined) {
    throw new BerthError('ConfigInvalid', {
      detail: reader.problems.join('; '),
      help: 'correct it, or see `berth up --help`',
    });
  }
  return configuration;
}

/** The data directory that a configuration file names, else the usual one: all that a client needs of it. */
export function readDataDirectory(file: string): string {
  const value = readFile(file, true).values['dataDirectory'];
  return typeof value === 'string' && value !== '' ? resolve(value) : defaultDataDirectory();
}

/**
 * The fields that options set, by the names that they have in the file; what else a command takes is not configuration.
 */
function fromOptions(options: UpOptions): Record<string, unknown> {
  const named: Record<string, unknown> = {
    ...options,
    repository: options.repo,
    paths: options.path,
    dataDirectory: options.dataDir ?? (process.env['BERTH_DATA_DIR'] || undefined),
  };
  return Object.fromEntries(FIELDS.map((field) => [field, named[field]]));
}

function readFile(
  path: string,
  isNamed: boolean,
): { readonly values: Record<string, unknown>; readonly placeOf: (field: string) => string } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (!isNamed && (error as NodeJS.ErrnoException).code === 'ENOENT') return { values: {}, placeOf: () => '' };
    throw new BerthError('ConfigInvalid', { object: path, verb: 'read', detail: messageOf(error), cause: error });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new BerthError('ConfigInvalid', {
      object: path,
      verb: 'read',
      detail: problem.message.split('\n')[0] ?? '',
      cause: problem,
    });
  }
  const values: unknown = document.toJS({ maxAliasCount: 0 });
  if (values !== null && !isJsonObject(values)) {
    throw new BerthError('ConfigInvalid', {
      object: path,
      verb: 'read',
      detail: 'must hold fields, such as `repository: /srv/git/site.git`',
    });
  }
  const placeOf = (field: string) => {
    const node = document.get(field, true) as { readonly range?: readonly [number, number, number] } | undefined;
    const position = node?.range === undefined ? undefined : lines.linePos(node.range[0]);
    return position === undefined ? '' : `${path}:${position.line}:${position.col}: `;
  };
  return { values: values ?? {}, placeOf };
}

function build(reader: Reader): Configuration | undefined {
  const repository = reader.text('repository');
  if (repository === undefined && reader.raw('repository') === undefined) {
    reader.fail('repository', 'is needed: give --repo PATH-or-URL, or set it in the configuration file');
  }
  const dataDirectory = reader.text('dataDirectory') ?? defaultDataDirectory();
  const credentials = optional({
    tokenFile: filePath(reader, 'tokenFile'),
    username: reader.text('username'),
    passwordFile: filePath(reader, 'passwordFile'),
    caFile: filePath(reader, 'caFile'),
    privateKeyFile: filePath(reader, 'sshKeyFile'),
    knownHostsFile: filePath(reader, 'knownHostsFile'),
  });
  const secretsDirectory = filePath(reader, 'secretsDirectory');
  const ageKeyFile = filePath(reader, 'ageKeyFile');
  const dockerConfigFile = filePath(reader, 'dockerConfigFile');
  const helm = filePath(reader, 'helm');
  const kustomize = filePath(reader, 'kustomize');
  const cluster = readCluster(reader, resolve(dataDirectory));
  const configuration = {
    branch: reader.text('branch') ?? CONFIGURATION_DEFAULTS.branch,
    paths: readPaths(reader),
    cluster,
    dataDirectory: resolve(dataDirectory),
    runtime: readRuntime(reader),
    statusBranch: reader.text('statusBranch') ?? CONFIGURATION_DEFAULTS.statusBranch,
    intervalMs: reader.durationMs('interval') ?? CONFIGURATION_DEFAULTS.intervalMs,
    rolloutTimeoutMs: reader.durationMs('rolloutTimeout') ?? CONFIGURATION_DEFAULTS.rolloutTimeoutMs,
    terminatedPods: reader.wholeNumber('terminatedPods') ?? CONFIGURATION_DEFAULTS.terminatedPods,
    credentials,
    ...(secretsDirectory === undefined ? {} : { secretsDirectory }),
    ...(ageKeyFile === undefined ? {} : { ageKeyFile }),
    ...(dockerConfigFile === undefined ? {} : { dockerConfigFile }),
    ...(helm === undefined ? {} : { helm }),
    ...(kustomize === undefined ? {} : { kustomize }),
    allow: readAllow(reader),
    metrics: readMetricsField(reader),
    network: readNetworkField(reader),
    ...readReportFields(reader, repository, cluster),
  };
  if (configuration.branch === configuration.statusBranch) {
    reader.fail('statusBranch', `must not be the branch that is deployed (${configuration.branch})`);
  }
  return repository === undefined
    ? undefined
    : { ...configuration, repository: isLocal(repository) ? resolve(repository) : repository };
}

function isLocal(repository: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(repository) && !/^[^/\s]+@[^/\s]+:/.test(repository);
}

function readPaths(reader: Reader): readonly string[] {
  const paths = reader.texts('paths') ?? CONFIGURATION_DEFAULTS.paths;
  for (const path of paths) {
    if (isAbsolute(path) || path.split('/').includes('..'))
      reader.fail('paths', `"${path}" must lie inside the repository`);
  }
  return paths;
}

/**
 * The name becomes a folder of the status branch. Where none is given, a box keeps the one it has, although the machine
 * may be called otherwise by now.
 */
function readCluster(reader: Reader, dataDirectory: string): string {
  const known = readClusterFile(dataPaths(dataDirectory).cluster)?.name;
  const cluster = reader.text('cluster') ?? known ?? hostname();
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(cluster)) {
    reader.fail('cluster', `"${cluster}" must be 1 to 63 letters, digits, dots, dashes or underscores`);
  }
  return cluster;
}

function readRuntime(reader: Reader): Configuration['runtime'] {
  const runtime = reader.text('runtime') ?? CONFIGURATION_DEFAULTS.runtime;
  if (runtime === 'docker' || runtime === 'sim') return runtime;
  reader.fail('runtime', `"${runtime}" must be docker or sim`);
  return 'docker';
}

function filePath(reader: Reader, field: string): string | undefined {
  const path = reader.text(field);
  return path === undefined ? undefined : resolve(path);
}

function readAllow(reader: Reader): readonly AllowRule[] {
  const value = reader.raw('allow');
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    reader.fail('allow', 'must be a list, such as `- namespace: monitoring` with `hostPaths: [/var/log]`');
    return [];
  }
  return value.flatMap((rule: unknown, index) => readAllowRule(reader, rule, index) ?? []);
}

const FLAGS = ['privileged', 'hostNamespaces', 'probeHosts'] as const;
const LISTS = ['hostPaths', 'capabilities', 'sysctls'] as const;

function readAllowRule(reader: Reader, rule: unknown, index: number): AllowRule | undefined {
  const fail = (problem: string) => reader.fail('allow', `item ${index + 1}: ${problem}`);
  if (!isJsonObject(rule) || typeof rule['namespace'] !== 'string') return fail('needs a namespace');
  const known: readonly string[] = ['namespace', ...FLAGS, ...LISTS];
  for (const field of Object.keys(rule)) {
    if (!known.includes(field)) fail(`unknown field ${field}; known are ${known.join(', ')}`);
  }
  for (const flag of FLAGS) {
    if (rule[flag] !== undefined && typeof rule[flag] !== 'boolean') fail(`${flag} must be true or false`);
  }
  for (const list of LISTS) {
    if (rule[list] !== undefined && !isTextList(rule[list])) fail(`${list} must be a list of texts`);
  }
  const { hostPaths } = rule;
  if (isTextList(hostPaths))
    for (const path of hostPaths) if (!isAbsolute(path)) fail(`host path "${path}" must be absolute`);
  return rule as unknown as AllowRule;
}

function readMetricsField(reader: Reader): Configuration['metrics'] {
  const { value, problems } = readMetrics(reader.raw('metrics'));
  for (const problem of problems) reader.fail('metrics', problem);
  return value;
}

function readNetworkField(reader: Reader): Configuration['network'] {
  const { network, problems } = readNetwork(reader.raw('network'));
  for (const problem of problems) reader.fail('network', problem);
  return network;
}

function readReportFields(
  reader: Reader,
  repository: string | undefined,
  cluster: string,
): Pick<Configuration, 'github' | 'webhooks'> {
  const github = readGitHub(reader.raw('github'), repository, cluster);
  const webhooks = readWebhooks(reader.raw('webhooks'));
  for (const problem of github.problems) reader.fail('github', problem);
  for (const problem of webhooks.problems) reader.fail('webhooks', problem);
  return { ...(github.value === undefined ? {} : { github: github.value }), webhooks: webhooks.value };
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function optional<T extends object>(
  fields: { readonly [K in keyof T]: T[K] | undefined },
): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
