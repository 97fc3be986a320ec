import type { SecretFolder } from '../../host/secret-files.ts';
import { configMapKeyProblems, objectNameProblems } from '../../objects/index.ts';
import type { KindTypes } from '../../objects/types.ts';

type Secret = KindTypes['Secret'];

/** Marks the Secrets that come from the folder; nobody else's are touched. */
export const SOURCE_LABEL = 'berth.dev/source';
export const SOURCE_VALUE = 'secrets-directory';

export interface SecretsSnapshot {
  /** What lies in the folder now. */
  readonly folders: readonly SecretFolder[];
  /** Folders that are there and cannot be read now: their Secrets stay. */
  readonly unreadable: ReadonlySet<string>;
  readonly secrets: readonly Secret[];
  /** Namespaces that exist and are not on their way out. */
  readonly namespaces: ReadonlySet<string>;
}

/** The Secret that a folder asks for. */
export interface WantedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

export type SecretAction =
  | { readonly type: 'apply'; readonly secret: WantedSecret }
  /** Its type changed, which no update can do. */
  | { readonly type: 'recreate'; readonly secret: WantedSecret }
  | { readonly type: 'delete'; readonly namespace: string; readonly name: string };

export interface SecretActions {
  readonly actions: readonly SecretAction[];
  /** By `namespace/name` of the folder. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Compares the folder with the Secrets that came from it. */
export function computeSecrets({ folders, unreadable, secrets, namespaces }: SecretsSnapshot): SecretActions {
  const actions: SecretAction[] = [];
  const problems = new Map<string, string>();
  const wanted = new Set<string>();
  const present = new Map(secrets.map((secret) => [keyOf(secret.metadata), secret]));
  for (const folder of folders) {
    const key = `${folder.namespace}/${folder.name}`;
    wanted.add(key);
    const problem = nameProblem(folder);
    const existing = present.get(key);
    if (problem !== undefined) problems.set(key, problem);
    else if (existing !== undefined && !isOurs(existing)) {
      problems.set(key, 'a Secret of this name exists that does not come from here; remove one of the two');
    } else if (namespaces.has(folder.namespace)) {
      const secret = secretOf(folder);
      actions.push({ type: existing === undefined || existing.type === secret.type ? 'apply' : 'recreate', secret });
    }
  }
  for (const [key, secret] of present) {
    const { namespace = '', name } = secret.metadata;
    if (isOurs(secret) && !wanted.has(key) && !unreadable.has(key) && !unreadable.has(namespace)) {
      actions.push({ type: 'delete', namespace, name });
    }
  }
  return { actions, problems };
}

function keyOf({ namespace = '', name }: Secret['metadata']): string {
  return `${namespace}/${name}`;
}

function isOurs({ metadata }: Secret): boolean {
  return metadata.labels?.[SOURCE_LABEL] === SOURCE_VALUE;
}

function nameProblem({ namespace, name, files }: SecretFolder): string | undefined {
  const [first] = [
    ...objectNameProblems({ kind: 'Namespace' }, namespace).map((problem) => `the namespace ${problem}`),
    ...objectNameProblems({ kind: 'Secret' }, name).map((problem) => `the name ${problem}`),
    ...[...files.keys()].flatMap((key) => configMapKeyProblems(key).map((problem) => `the key ${key} ${problem}`)),
  ];
  return first;
}

/** Types whose keys the API server asks for, by the keys that tell them (kubernetes.io, Types of Secret). */
const TYPES: readonly (readonly [type: string, keys: readonly string[]])[] = [
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
];

function secretOf({ namespace, name, files }: SecretFolder): WantedSecret {
  const type = TYPES.find(([, keys]) => keys.every((key) => files.has(key)))?.[0] ?? 'Opaque';
  const data = Object.fromEntries([...files].map(([key, bytes]) => [key, toBase64(bytes)]));
  return { namespace, name, type, data };
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
