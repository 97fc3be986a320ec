import type { ContainerResources, ContainerSecurity, ContainerSpec } from '../runtime.ts';
import { containerLabels } from './labels.ts';

export interface ContainerConfigOptions {
  readonly clusterUid: string;
  readonly cgroupParent?: string;
  /**
   * Scores below this one are raised to it: an engine without the right to lower them cannot start such a container.
   */
  readonly oomScoreFloor: number;
  /** The image's configured user; needed only for a group without a user. */
  readonly imageUser: string;
}

const CPU_PERIOD_US = 100_000;
/** The kernel refuses quotas below a millisecond. */
const CPU_QUOTA_MIN_US = 1_000;
const CPU_SHARES_MIN = 2;
const CPU_SHARES_MAX = 262_144;

/** The body of the create call of a container that joins its pod's sandbox. */
export function computeContainerConfig(spec: ContainerSpec, options: ContainerConfigOptions): Record<string, unknown> {
  const sandbox = `container:${spec.sandboxId}`;
  return {
    Image: spec.image,
    ...commandOf(spec),
    Env: spec.env.map(({ name, value }) => `${name}=${value}`),
    ...(spec.workingDir === undefined ? {} : { WorkingDir: spec.workingDir }),
    ...userOf(spec.security, options.imageUser),
    Labels: containerLabels(options.clusterUid, spec),
    // Kubernetes ignores an image's HEALTHCHECK: only its own probes count.
    Healthcheck: { Test: ['NONE'] },
    Tty: spec.tty,
    OpenStdin: spec.stdin,
    StdinOnce: spec.stdinOnce,
    StopTimeout: Math.ceil(spec.stopGraceMs / 1000),
    HostConfig: {
      NetworkMode: sandbox,
      IpcMode: sandbox,
      ...(spec.sharePidNamespace === true ? { PidMode: sandbox } : {}),
      RestartPolicy: { Name: 'no' },
      // A mount, unlike a bind in the short form, never creates a missing folder on the host.
      Mounts: spec.mounts.map((mount) => ({
        Type: 'bind',
        Source: mount.hostPath,
        Target: mount.containerPath,
        ReadOnly: mount.readOnly,
        BindOptions: { Propagation: 'rprivate' },
      })),
      ...resourcesOf(spec.resources, options.oomScoreFloor),
      ...(options.cgroupParent === undefined ? {} : { CgroupParent: options.cgroupParent }),
      ...securityOf(spec.security),
      LogConfig: {
        Type: 'json-file',
        Config: { 'max-size': String(spec.log.maxSizeBytes), 'max-file': String(spec.log.maxFiles) },
      },
    },
  };
}

/**
 * "If you supply a command but no args for a Container, only the supplied command is used; the default entrypoint and
 * the default command of the image are ignored. If you supply only args, the default entrypoint is run with them"
 * (Kubernetes, Define a Command and Arguments for a Container). Docker by itself drops the image's arguments when the
 * entrypoint is overridden, so each field maps onto one.
 */
function commandOf(spec: ContainerSpec): Record<string, unknown> {
  return {
    ...(spec.command === undefined || spec.command.length === 0 ? {} : { Entrypoint: spec.command }),
    ...(spec.args === undefined || spec.args.length === 0 ? {} : { Cmd: spec.args }),
  };
}

/** Docker has no group without a user: the image's own user stands in. */
function userOf(security: ContainerSecurity, imageUser: string): Record<string, unknown> {
  const { runAsUser, runAsGroup } = security;
  if (runAsUser === undefined && runAsGroup === undefined) return {};
  const user = runAsUser ?? (imageUser.split(':')[0] || '0');
  return { User: runAsGroup === undefined ? String(user) : `${user}:${runAsGroup}` };
}

/**
 * As the kubelet converts them: a request of 1000m is 1024 shares, with a floor of 2; a limit is a quota per period of
 * 100 ms. Memory and swap together get the memory limit, so that a container cannot swap.
 */
function resourcesOf(resources: ContainerResources, oomScoreFloor: number): Record<string, unknown> {
  const { cpuRequestMillis, cpuLimitMillis, memoryLimitBytes } = resources;
  const shares = Math.floor(((cpuRequestMillis ?? 0) * 1024) / 1000);
  return {
    CpuShares: Math.min(CPU_SHARES_MAX, Math.max(CPU_SHARES_MIN, shares)),
    ...(cpuLimitMillis === undefined
      ? {}
      : {
          CpuPeriod: CPU_PERIOD_US,
          CpuQuota: Math.max(CPU_QUOTA_MIN_US, Math.floor((cpuLimitMillis * CPU_PERIOD_US) / 1000)),
        }),
    ...(memoryLimitBytes === undefined ? {} : { Memory: memoryLimitBytes, MemorySwap: memoryLimitBytes }),
    OomScoreAdj: Math.max(oomScoreFloor, resources.oomScoreAdjust),
  };
}

/** The engine's default seccomp and AppArmor profiles apply unless the container is privileged. */
function securityOf(security: ContainerSecurity): Record<string, unknown> {
  return {
    Privileged: security.privileged,
    ReadonlyRootfs: security.readOnlyRootFilesystem,
    CapAdd: security.capabilitiesAdd,
    CapDrop: security.capabilitiesDrop,
    GroupAdd: security.supplementalGroups.map(String),
    SecurityOpt: security.noNewPrivileges ? ['no-new-privileges'] : [],
  };
}
