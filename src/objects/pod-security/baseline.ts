import { BASELINE_CAPABILITIES } from '../baseline-capabilities.ts';
import {
  type Container,
  type JudgedPod,
  type LocatedContainer,
  listContainers,
  type PodSecurityViolation,
} from './violation.ts';

export type PodSecurityCheck = (pod: JudgedPod) => readonly PodSecurityViolation[];

/** Namespaced sysctls that reach no other pod, with those of 1.27, 1.29 and 1.32. */
export const SAFE_SYSCTLS: readonly string[] = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const SELINUX_TYPES: readonly string[] = [
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
];

/** What only the baseline level asks; the restricted one asks more of the same. */
export const LOOSE_CHECKS: readonly PodSecurityCheck[] = [hostPathVolumes, addedCapabilities, unconfinedSeccomp];

/**
 * "Baseline: minimally restrictive policy which prevents known privilege escalations" (Pod Security Standards,
 * kubernetes.io; `k8s.io/pod-security-admission/policy`).
 */
export const BASELINE_CHECKS: readonly PodSecurityCheck[] = [
  hostNamespaces,
  privileged,
  hostPorts,
  appArmor,
  seLinux,
  procMount,
  sysctls,
  hostProcess,
  probeHosts,
];

export function eachContainer(
  { spec }: JudgedPod,
  check: (container: Container, path: LocatedContainer['path']) => readonly PodSecurityViolation[],
): readonly PodSecurityViolation[] {
  return listContainers(spec).flatMap(({ container, path }) => check(container, path));
}

/** What the pod's own security context says, and each container's. */
export function eachContext(
  pod: JudgedPod,
  check: (
    context: SecurityContext,
    at: LocatedContainer['path'],
    who: { readonly container: string } | { readonly subject: 'pod' },
  ) => readonly PodSecurityViolation[],
): readonly PodSecurityViolation[] {
  const own = check(pod.spec.securityContext ?? {}, ['securityContext'], { subject: 'pod' });
  const contained = eachContainer(pod, (container, path) =>
    check(container.securityContext ?? {}, [...path, 'securityContext'], { container: container.name }),
  );
  return [...own, ...contained];
}

/** What both kinds of security contexts have. */
export type SecurityContext = Pick<
  NonNullable<Container['securityContext']>,
  'appArmorProfile' | 'seccompProfile' | 'seLinuxOptions' | 'windowsOptions' | 'runAsNonRoot' | 'runAsUser'
>;

function hostNamespaces({ spec }: JudgedPod): readonly PodSecurityViolation[] {
  return (['hostNetwork', 'hostPID', 'hostIPC'] as const).flatMap((field) =>
    spec[field] === true ? [{ reason: 'host namespaces', field: [field], wording: `${field}=true` }] : [],
  );
}

function privileged(pod: JudgedPod): readonly PodSecurityViolation[] {
  return eachContainer(pod, ({ name, securityContext }, path) =>
    securityContext?.privileged === true
      ? [
          {
            reason: 'privileged',
            field: [...path, 'securityContext', 'privileged'],
            container: name,
            wording: 'must not set securityContext.privileged=true',
          },
        ]
      : [],
  );
}

function addedCapabilities(pod: JudgedPod): readonly PodSecurityViolation[] {
  return forbiddenCapabilities(pod, BASELINE_CAPABILITIES, 'non-default capabilities');
}

export function forbiddenCapabilities(
  pod: JudgedPod,
  allowed: readonly string[],
  reason: string,
): readonly PodSecurityViolation[] {
  return eachContainer(pod, ({ name, securityContext }, path) => {
    const added = (securityContext?.capabilities?.add ?? []).filter((one) => !allowed.includes(one));
    if (added.length === 0) return [];
    const list = added.map((one) => `"${one}"`).join(', ');
    const field = [...path, 'securityContext', 'capabilities', 'add'];
    return [
      { reason, field, container: name, wording: `must not include ${list} in securityContext.capabilities.add` },
    ];
  });
}

function hostPathVolumes({ spec }: JudgedPod): readonly PodSecurityViolation[] {
  return (spec.volumes ?? []).flatMap(({ name, hostPath }, index) =>
    hostPath === undefined
      ? []
      : [{ reason: 'hostPath volumes', field: ['volumes', index, 'hostPath'], wording: `volume "${name}"` }],
  );
}

function hostPorts(pod: JudgedPod): readonly PodSecurityViolation[] {
  return eachContainer(pod, ({ name, ports = [] }, path) =>
    ports.flatMap(({ hostPort = 0 }, index) =>
      hostPort === 0
        ? []
        : [
            {
              reason: 'hostPort',
              field: [...path, 'ports', index, 'hostPort'],
              container: name,
              wording: `uses hostPort ${hostPort}`,
            },
          ],
    ),
  );
}

/** "Allowed: undefined, RuntimeDefault, Localhost", in the field as in the annotation that it replaced. */
function appArmor(pod: JudgedPod): readonly PodSecurityViolation[] {
  const reason = 'forbidden AppArmor profile';
  const annotated = Object.entries(pod.annotations).flatMap(([name, value]) => {
    const isAllowed = value === '' || value === 'runtime/default' || value.startsWith('localhost/');
    if (!name.startsWith(APPARMOR_ANNOTATION) || isAllowed) return [];
    return [{ reason, field: ['annotations', name], wording: `${name}="${value}"` }];
  });
  const set = eachContext(pod, ({ appArmorProfile }, at, who) =>
    appArmorProfile === undefined || ['RuntimeDefault', 'Localhost'].includes(appArmorProfile.type)
      ? []
      : [
          {
            reason,
            field: [...at, 'appArmorProfile', 'type'],
            ...who,
            wording: `must not set AppArmor profile type to "${appArmorProfile.type}"`,
          },
        ],
  );
  return [...annotated, ...set];
}

function seLinux(pod: JudgedPod): readonly PodSecurityViolation[] {
  return eachContext(pod, ({ seLinuxOptions: { type = '', user = '', role = '' } = {} }, at, who) => {
    const set = (field: string, what: string): PodSecurityViolation => ({
      reason: 'seLinuxOptions',
      field: [...at, 'seLinuxOptions', field],
      ...who,
      wording: `set forbidden securityContext.seLinuxOptions: ${what}`,
    });
    return [
      ...(SELINUX_TYPES.includes(type) ? [] : [set('type', `type "${type}"`)]),
      ...(user === '' ? [] : [set('user', 'user may not be set')]),
      ...(role === '' ? [] : [set('role', 'role may not be set')]),
    ];
  });
}

function procMount(pod: JudgedPod): readonly PodSecurityViolation[] {
  return eachContainer(pod, ({ name, securityContext }, path) => {
    const mount = securityContext?.procMount ?? 'Default';
    if (mount === 'Default') return [];
    const field = [...path, 'securityContext', 'procMount'];
    return [
      { reason: 'procMount', field, container: name, wording: `must not set securityContext.procMount to "${mount}"` },
    ];
  });
}

function unconfinedSeccomp(pod: JudgedPod): readonly PodSecurityViolation[] {
  return eachContext(pod, ({ seccompProfile }, at, who) =>
    seccompProfile === undefined || isConfined(seccompProfile.type)
      ? []
      : [
          {
            reason: 'seccompProfile',
            field: [...at, 'seccompProfile', 'type'],
            ...who,
            wording: `must not set securityContext.seccompProfile.type to "${seccompProfile.type}"`,
          },
        ],
  );
}

export function isConfined(type: string): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}

function sysctls({ spec }: JudgedPod): readonly PodSecurityViolation[] {
  return (spec.securityContext?.sysctls ?? []).flatMap(({ name }, index) =>
    SAFE_SYSCTLS.includes(name)
      ? []
      : [{ reason: 'forbidden sysctls', field: ['securityContext', 'sysctls', index, 'name'], wording: name }],
  );
}

function hostProcess(pod: JudgedPod): readonly PodSecurityViolation[] {
  return eachContext(pod, ({ windowsOptions }, at, who) =>
    windowsOptions?.hostProcess === true
      ? [
          {
            reason: 'hostProcess',
            field: [...at, 'windowsOptions', 'hostProcess'],
            ...who,
            wording: 'must not set securityContext.windowsOptions.hostProcess=true',
          },
        ]
      : [],
  );
}

interface Handler {
  readonly httpGet?: { readonly host?: string };
  readonly tcpSocket?: { readonly host?: string };
}

/** Since 1.34: a probe or a hook that names a host reaches what the pod itself could not. */
function probeHosts(pod: JudgedPod): readonly PodSecurityViolation[] {
  return eachContainer(pod, (container, path) => {
    const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
    const handlers: readonly (readonly [readonly string[], Handler | undefined])[] = [
      [['livenessProbe'], livenessProbe],
      [['readinessProbe'], readinessProbe],
      [['startupProbe'], startupProbe],
      [['lifecycle', 'postStart'], lifecycle?.postStart],
      [['lifecycle', 'preStop'], lifecycle?.preStop],
    ];
    return handlers.flatMap(([name, handler]) =>
      (['httpGet', 'tcpSocket'] as const).flatMap((kind) => {
        const host = handler?.[kind]?.host ?? '';
        if (host === '') return [];
        const field = [...path, ...name, kind, 'host'];
        const wording = `uses probe or lifecycle host "${host}"`;
        return [{ reason: 'probe or lifecycle host', field, container: container.name, wording }];
      }),
    );
  });
}
