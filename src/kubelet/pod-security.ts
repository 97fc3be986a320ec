import { BASELINE_CAPABILITIES } from '../objects/baseline-capabilities.ts';
import type { FieldPath, FieldProblem } from '../objects/field-problem.ts';
import { evaluatePodSecurity, SAFE_SYSCTLS } from '../objects/pod-security/index.ts';
import type { Pod } from '../objects/types.ts';
import type { Container, PodSpec } from './observed-pod.ts';
import { sysctlName } from './sysctl-name.ts';

/** What the box's own configuration, never Git, allows the pods of one namespace. */
export interface PodPermissions {
  readonly privileged?: boolean;
  /** `hostNetwork`, `hostPID`, `hostIPC`. */
  readonly hostNamespaces?: boolean;
  /** Directories of the host; what lies below them may be mounted. */
  readonly hostPaths?: readonly string[];
  /** Linux capabilities beyond the engine's default, without `CAP_`; `*` is all. */
  readonly capabilities?: readonly string[];
  /** Names of sysctls beyond the safe ones; a trailing `*` stands for the rest. */
  readonly sysctls?: readonly string[];
  /** Probes and hooks that name another host than the pod. */
  readonly probeHosts?: boolean;
}

export interface PodSecurityPolicy {
  /** By namespace. A namespace that is not named has no permissions. */
  readonly namespaces: Readonly<Record<string, PodPermissions>>;
  /**
   * Never mounted, whatever is allowed: the data directory, the engine's socket and state. `/` and their parents are
   * added.
   */
  readonly protectedPaths: readonly string[];
  /**
   * Where Berth keeps persistent volumes, a folder each: a volume may name one of them although they lie in a protected
   * path.
   */
  readonly storageDirectory?: string;
}

const NOBODY: PodPermissions = {};
const ENGINE_PATHS = ['/var/run/docker.sock', '/run/docker.sock', '/var/run/docker', '/run/docker', '/var/lib/docker'];
const MORE_ENGINE_PATHS = ['/run/containerd', '/var/run/containerd', '/var/lib/containerd'];

type Report = (path: FieldPath, message: string) => void;

interface Rule {
  readonly isAllowed: (permissions: PodPermissions) => boolean;
  readonly message: string;
}

/**
 * What of the Baseline level a box allows or refuses as a whole, by the reason of the violation. Paths, capabilities
 * and sysctls are allowed one by one.
 */
const RULES: Readonly<Record<string, Rule>> = {
  'host namespaces': {
    isAllowed: ({ hostNamespaces }) => hostNamespaces === true,
    message: "a pod must not share the host's namespaces",
  },
  privileged: {
    isAllowed: ({ privileged }) => privileged === true,
    message: 'privileged containers are not allowed',
  },
  procMount: { isAllowed: ({ privileged }) => privileged === true, message: 'an unmasked /proc is not allowed' },
  // A probe runs on the host: one that names another address could ask the host's own services ("Host Probes",
  // Baseline).
  'probe or lifecycle host': {
    isAllowed: ({ probeHosts }) => probeHosts === true,
    message: 'a probe or hook must not name a host',
  },
};

/**
 * "What would make a repository own the machine is refused unless the local configuration allows it": the Baseline
 * level of the Pod Security Standards, with the exceptions that the box's configuration makes for a namespace.
 * `basePath` is where the pod spec lies in the object that is judged (`['spec', 'template', 'spec']`).
 */
export function podSecurityProblems(
  spec: PodSpec,
  namespace: string,
  policy: PodSecurityPolicy,
  basePath: FieldPath = ['spec'],
): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const allowed = policy.namespaces[namespace] ?? NOBODY;
  const report: Report = (path, message) =>
    problems.push({
      code: 'FieldValueForbidden',
      severity: 'error',
      path: [...basePath, ...path],
      at: 'value',
      message: `Forbidden: ${message}`,
      help: `allow it for namespace ${namespace} in the configuration of this box, or take it out`,
    });
  for (const { reason, field } of evaluatePodSecurity('baseline', { annotations: {}, spec })) {
    const rule = RULES[reason];
    if (rule !== undefined && !rule.isAllowed(allowed)) report(field, rule.message);
  }
  checkVolumes(spec, allowed, policy, report);
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    if (!isListed(sysctlName(name), [...SAFE_SYSCTLS, ...(allowed.sysctls ?? [])])) {
      report(['securityContext', 'sysctls'], `sysctl "${name}" can reach beyond the pod`);
    }
  }
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      checkContainer(container, allowed, (path, message) => report([list, index, ...path], message));
    }
  }
  return problems;
}

/** The first problem of a stored pod as one sentence, for a pod that came past the admission. */
export function podRefusal(pod: Pod, policy: PodSecurityPolicy): string | undefined {
  if (pod.spec === undefined) return undefined;
  return podSecurityProblems(pod.spec, pod.metadata.namespace ?? 'default', policy)[0]?.message;
}

function checkVolumes(spec: PodSpec, allowed: PodPermissions, policy: PodSecurityPolicy, report: Report): void {
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    if (volume.hostPath === undefined) continue;
    const message = hostPathProblem(volume.hostPath.path, allowed, policy);
    if (message !== undefined) report(['volumes', index, 'hostPath', 'path'], message);
  }
}

/** Why a path of the host must not be mounted; called again with the real path before the mount. */
export function hostPathProblem(path: string, allowed: PodPermissions, policy: PodSecurityPolicy): string | undefined {
  const clean = normalizePath(path);
  if (clean === undefined) return `"${path}" is not an absolute path without ".."`;
  const guarded = [...policy.protectedPaths, ...ENGINE_PATHS, ...MORE_ENGINE_PATHS];
  const hit = guarded.find((other) => isBelow(clean, other) || isBelow(other, clean));
  if (clean === '/' || hit !== undefined) return `"${path}" gives away the machine and is never mounted`;
  if ((allowed.hostPaths ?? []).some((prefix) => isBelow(clean, prefix))) return undefined;
  return `hostPath "${path}" is not allowed`;
}

export function permissionsOf(policy: PodSecurityPolicy, namespace: string): PodPermissions {
  return policy.namespaces[namespace] ?? NOBODY;
}

function normalizePath(path: string): string | undefined {
  if (!path.startsWith('/')) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : `/${parts.join('/')}`;
}

function isBelow(path: string, parent: string): boolean {
  const clean = normalizePath(parent) ?? parent;
  return clean === '/' || path === clean || path.startsWith(`${clean}/`);
}

function checkContainer(container: Container, allowed: PodPermissions, report: Report): void {
  const context = container.securityContext;
  const permitted = (allowed.capabilities ?? []).map(bareCapability);
  for (const [index, capability] of (context?.capabilities?.add ?? []).entries()) {
    const name = bareCapability(capability);
    if (BASELINE_CAPABILITIES.includes(name) || permitted.includes(name) || permitted.includes('*')) continue;
    report(['securityContext', 'capabilities', 'add', index], `capability ${capability} is not allowed`);
  }
  if ((container.volumeDevices ?? []).length > 0 && allowed.privileged !== true) {
    report(['volumeDevices'], 'block devices are not allowed');
  }
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    if (mount.mountPropagation !== 'Bidirectional' || allowed.privileged === true) continue;
    report(['volumeMounts', index, 'mountPropagation'], 'mounts must not reach the host');
  }
}

function bareCapability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

function isListed(name: string, list: readonly string[]): boolean {
  return list.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name));
}
