import type { Admission } from '../api/index.ts';
import { hostPathProblem, type PodSecurityPolicy } from '../kubelet/index.ts';
import { jsonEqual } from '../lib/json.ts';
import type { FieldProblem } from '../objects/index.ts';
import type { PersistentVolume } from '../objects/types.ts';

/**
 * "Whoever can push must not thereby be root": refuses volumes whose path no namespace of this box may mount (or not
 * the one that the volume is reserved for). What they lead to is judged again before each mount.
 */
export function createVolumeAdmission(policy: PodSecurityPolicy): Admission {
  return ({ kind, verb, subresource, object, previous }) => {
    if (kind.kind !== 'PersistentVolume' || verb === 'delete' || subresource !== undefined) return undefined;
    const spec = specOf(object);
    // What an earlier configuration let in goes on: only another path is judged again.
    const before = previous === undefined ? undefined : specOf(previous);
    if (before !== undefined && jsonEqual([before?.local, before?.hostPath], [spec?.local, spec?.hostPath]))
      return undefined;
    const source = spec?.local === undefined ? 'hostPath' : 'local';
    const path = spec?.[source]?.path;
    if (typeof path !== 'string' || isOwnFolder(path, policy)) return undefined;
    const problem = problemOf(path, spec?.claimRef?.namespace, policy);
    if (problem === undefined) return undefined;
    return { problems: [{ ...problem, path: ['spec', source, 'path'] }] };
  };
}

function specOf(object: object): PersistentVolume['spec'] {
  return (object as PersistentVolume).spec;
}

/** A folder that lies directly in the storage directory: it holds data of a claim, and nothing of the machine. */
function isOwnFolder(path: string, { storageDirectory }: PodSecurityPolicy): boolean {
  if (storageDirectory === undefined || !path.startsWith(`${storageDirectory}/`)) return false;
  const name = path.slice(storageDirectory.length + 1);
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

function problemOf(path: string, namespace: string | undefined, policy: PodSecurityPolicy): FieldProblem | undefined {
  const namespaces = namespace === undefined ? Object.keys(policy.namespaces) : [namespace];
  const messages = namespaces.map((name) => hostPathProblem(path, policy.namespaces[name] ?? {}, policy));
  if (messages.includes(undefined)) return undefined;
  const message = messages[0] ?? hostPathProblem(path, {}, policy) ?? '';
  const where = namespace === undefined ? 'the namespace whose claims are to use it' : `namespace ${namespace}`;
  return {
    code: 'FieldValueForbidden',
    severity: 'error',
    path: [],
    at: 'value',
    message: `Forbidden: ${message}`,
    help: `allow the path for ${where} in the configuration of this box, or leave the volume to the class local-path`,
  };
}
