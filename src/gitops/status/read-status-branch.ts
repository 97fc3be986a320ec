import { parse } from 'yaml';
import { messageOf } from '../../lib/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { readSimpleYaml } from '../../manifests/index.ts';
import { findBranch } from '../../source/find-branch.ts';
import { type CommitInfo, type Source, SourceError } from '../../source/source.ts';
import type { Observations } from './observations.ts';
import { type BoxRules, type FinishedJobStatus, STATUS_API_VERSION } from './status-document.ts';

/** What the status branch says of one cluster. It is advice: whoever may push can have written it. */
export interface PublishedStatus {
  readonly commit: CommitInfo;
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly observedAt: string;
  /** The commit that the box has seen last. */
  readonly sourceCommit: string;
  readonly branch: string;
  readonly paths: readonly string[];
  readonly applications: readonly PublishedApplication[];
  readonly settings: Partial<BoxRules>;
  readonly observed: Observations;
  /** Redacted live objects. */
  readonly objects: readonly JsonObject[];
}

export interface PublishedApplication {
  readonly name: string;
  readonly path: string;
  readonly phase: string;
  readonly appliedCommit: string;
  readonly attemptedCommit: string;
  readonly finishedJobs: readonly FinishedJobStatus[];
}

/** Why there is nothing to read, as a clause. */
export interface StatusMissing {
  readonly missing: string;
}

type StatusSource = Pick<Source, 'resolveRevision' | 'readTree' | 'readBlob'>;

export interface ReadStatusOptions {
  readonly source: StatusSource;
  readonly branch: string;
  /** The folder to read; where it is left out, the only one. */
  readonly cluster?: string | undefined;
}

/** Reads what a box has published, from the branch itself or from that of a remote as a checkout has it. */
export async function readStatusBranch({
  source,
  branch,
  cluster,
}: ReadStatusOptions): Promise<PublishedStatus | StatusMissing> {
  const commit = await findBranch(source, branch);
  if (commit === undefined)
    return { missing: `there is no branch ${branch}; a checkout with the whole history has it` };
  const folders = (await source.readTree(commit.tree)).filter(({ type }) => type === 'tree');
  const names = folders.map(({ name }) => name);
  const wanted = cluster ?? (names.length === 1 ? names[0] : undefined);
  const folder = folders.find(({ name }) => name === wanted);
  if (folder === undefined) return { missing: describeFolders(branch, wanted, names) };
  try {
    return await readFolder(source, commit, folder.id);
  } catch (error) {
    // What the branch holds is anybody's; a source that fails, or a mistake of ours, is not the branch's fault.
    if (!(error instanceof UnreadableStatus) && !(error instanceof SourceError && error.reason === 'BlobTooLarge'))
      throw error;
    return { missing: `${branch}:${folder.name} cannot be read: ${error.message.split('\n')[0] ?? ''}` };
  }
}

/** What stands on the branch is not what a box writes. */
class UnreadableStatus extends Error {
  override readonly name = 'UnreadableStatus';
}

/** Parses what somebody else has written; whatever the parser says against it is the text's fault. */
function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UnreadableStatus(messageOf(error), { cause: error });
  }
}

function describeFolders(branch: string, wanted: string | undefined, names: readonly string[]): string {
  const list = names.length === 0 ? 'it has no cluster' : `it has ${names.join(', ')}`;
  return wanted === undefined
    ? `${branch} is of several clusters (${names.join(', ')}); name one with --cluster`
    : `${branch} says nothing of the cluster ${wanted}; ${list}`;
}

async function readFolder(source: StatusSource, commit: CommitInfo, tree: string): Promise<PublishedStatus> {
  const entries = await source.readTree(tree);
  const read = async (name: string, maxBytes: number) => {
    const entry = entries.find((one) => one.name === name && one.type === 'blob');
    if (entry === undefined) throw new UnreadableStatus(`it has no ${name}`);
    return new TextDecoder().decode(await source.readBlob(entry.id, maxBytes));
  };
  // While the one is parsed, the other, which may have tens of megabytes, is inflated in a thread of its own.
  const reading = read('live.json', LIMITS.liveStateBytes);
  reading.catch(() => undefined);
  const statusText = await read('status.yaml', LIMITS.manifestFileBytes);
  const status = parsed(() => readYaml(statusText));
  const liveText = await reading;
  const live = parsed((): unknown => JSON.parse(liveText));
  if (!isJsonObject(status) || status['apiVersion'] !== STATUS_API_VERSION) {
    throw new UnreadableStatus(`status.yaml is not of ${STATUS_API_VERSION}`);
  }
  if (!Array.isArray(live)) throw new UnreadableStatus('live.json is no list');
  const origin = object(status['source']);
  const cluster = object(status['cluster']);
  return {
    commit,
    cluster: { name: text(cluster['name']), uid: text(cluster['uid']) },
    observedAt: text(status['observedAt']),
    sourceCommit: text(origin['commit']),
    branch: text(origin['branch']),
    paths: texts(origin['paths']),
    applications: list(status['applications']).map(readApplication),
    settings: readSettings(object(status['settings'])),
    observed: readObserved(object(status['observed'])),
    objects: live.filter((value: unknown) => isJsonObject(value)),
  };
}

/** What Berth writes, the quick reader can read; whatever else it is, the full parser judges. */
function readYaml(text: string): unknown {
  const documents = readSimpleYaml(text);
  const [only] = documents ?? [];
  return documents?.length === 1 ? only?.value : parse(text, { maxAliasCount: 0 });
}

function readApplication(value: JsonValue): PublishedApplication {
  const { name, path, phase, appliedCommit, attemptedCommit, finishedJobs } = object(value);
  return {
    name: text(name),
    path: text(path),
    phase: text(phase),
    appliedCommit: text(appliedCommit),
    attemptedCommit: text(attemptedCommit),
    finishedJobs: list(finishedJobs).map(readFinishedJob),
  };
}

function readFinishedJob(value: JsonValue): FinishedJobStatus {
  const job = object(value);
  return {
    object: text(job['object']),
    outcome: job['outcome'] === 'Failed' ? 'Failed' : 'Complete',
    reason: text(job['reason']),
    message: text(job['message']),
  };
}

function readSettings(settings: JsonObject): Partial<BoxRules> {
  const { node, serviceCidr, clusterDomain, rolloutTimeoutSeconds, allow } = settings;
  const rules = Object.entries(object(allow)).filter(([, rule]) => isJsonObject(rule));
  return {
    ...(typeof node === 'string' ? { node } : {}),
    ...(typeof serviceCidr === 'string' ? { serviceCidr } : {}),
    ...(typeof clusterDomain === 'string' ? { clusterDomain } : {}),
    ...(typeof rolloutTimeoutSeconds === 'number' ? { rolloutTimeoutSeconds } : {}),
    allow: Object.fromEntries(rules.map(([namespace, rule]) => [namespace, object(rule)])),
  };
}

function readObserved(observed: JsonObject): Observations {
  const workloads = list(observed['workloads']).flatMap((value) => {
    const { workload, images, startMs, readyMs, stopMs, starts } = object(value);
    if (typeof workload !== 'string' || typeof startMs !== 'number' || typeof readyMs !== 'number') return [];
    const stop = typeof stopMs === 'number' ? { stopMs: within(stopMs) } : {};
    const times = { startMs: within(startMs), readyMs: within(readyMs), ...stop };
    return [{ workload, images: texts(images), ...times, starts: typeof starts === 'number' ? starts : 1 }];
  });
  const pulls = list(observed['pulls']).flatMap((value) => {
    const { image, pullMs } = object(value);
    return typeof image === 'string' && typeof pullMs === 'number' ? [{ image, pullMs: within(pullMs) }] : [];
  });
  return { workloads, pulls };
}

/** Longest duration that is believed. */
const LONGEST_MS = 3_600_000;

function within(ms: number): number {
  return Number.isFinite(ms) ? Math.min(LONGEST_MS, Math.max(0, Math.round(ms))) : 0;
}

function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: JsonValue | undefined): readonly string[] {
  return list(value).filter((item) => typeof item === 'string');
}
