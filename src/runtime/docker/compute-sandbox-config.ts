import type { SandboxSpec } from '../runtime.ts';
import { sandboxLabels } from './labels.ts';

export interface SandboxConfigOptions {
  readonly clusterUid: string;
  readonly image: string;
  readonly network: string;
  /** Left out where the engine cannot have it. */
  readonly cgroupParent?: string;
  /**
   * Scores below this one are raised to it: an engine without the right to lower them cannot start such a container.
   */
  readonly oomScoreFloor: number;
}

/** The kubelet's score for the sandbox process: killed last of its pod, for it holds the namespaces. */
const SANDBOX_OOM_SCORE = -998;
const SANDBOX_CPU_SHARES = 2;

/** The body of the create call of a pod's sandbox. */
export function computeSandboxConfig(spec: SandboxSpec, options: SandboxConfigOptions): Record<string, unknown> {
  const { servers, searches, options: resolverOptions } = spec.dns;
  const ports = spec.hostNetwork ? [] : spec.portMappings;
  return {
    Image: options.image,
    // A pod in the host's network has the host's name.
    ...(spec.hostNetwork ? {} : { Hostname: spec.hostname }),
    Labels: sandboxLabels(options.clusterUid, spec),
    Healthcheck: { Test: ['NONE'] },
    ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])),
    HostConfig: {
      NetworkMode: spec.hostNetwork ? 'host' : options.network,
      IpcMode: 'shareable',
      RestartPolicy: { Name: 'no' },
      PortBindings: groupPorts(ports),
      // These reach Docker's own resolver; where the sandbox's resolv.conf can be rewritten, that one is not asked at
      // all.
      Dns: servers,
      DnsSearch: searches,
      DnsOptions: resolverOptions,
      ...(Object.keys(spec.sysctls).length === 0 ? {} : { Sysctls: spec.sysctls }),
      ...(options.cgroupParent === undefined ? {} : { CgroupParent: options.cgroupParent }),
      OomScoreAdj: Math.max(options.oomScoreFloor, SANDBOX_OOM_SCORE),
      CpuShares: SANDBOX_CPU_SHARES,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      LogConfig: { Type: 'none' },
    },
  };
}

function portKey(port: SandboxSpec['portMappings'][number]): string {
  return `${port.containerPort}/${port.protocol.toLowerCase()}`;
}

function groupPorts(ports: SandboxSpec['portMappings']): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const key = portKey(port);
    bindings[key] = [...(bindings[key] ?? []), { HostIp: port.hostIp, HostPort: String(port.hostPort) }];
  }
  return bindings;
}
