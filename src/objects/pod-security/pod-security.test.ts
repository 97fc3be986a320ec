import { describe, expect, it, test } from 'vitest';
import { describeViolations, evaluatePodSecurity, type PodSecurityLevel, readPodSecurityLevels } from './index.ts';
import type { Container, PodSpec } from './violation.ts';

const HARDENED: Container['securityContext'] = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

function judge(
  level: PodSecurityLevel,
  spec: Partial<PodSpec>,
  container: Partial<Container> = {},
  annotations: Readonly<Record<string, string>> = {},
): readonly string[] {
  const app = { name: 'app', image: 'app:1', ...container };
  const pod = { annotations, spec: { containers: [app], ...spec } };
  return evaluatePodSecurity(level, pod).map((one) => `${one.field.join('.')}: ${describeViolations([one])}`);
}

const at = (field: string) => `containers.0.${field}`;
const context = (securityContext: object) => ({ securityContext }) as Partial<Container>;

describe('baseline forbids', () => {
  test.each<readonly [string, Partial<PodSpec>, Partial<Container>, readonly string[]]>([
    ['nothing of a plain pod', {}, {}, []],
    [
      'the namespaces of the host',
      { hostNetwork: true, hostPID: true, hostIPC: true },
      {},
      [
        'hostNetwork: host namespaces (hostNetwork=true)',
        'hostPID: host namespaces (hostPID=true)',
        'hostIPC: host namespaces (hostIPC=true)',
      ],
    ],
    [
      'privileged containers',
      {},
      context({ privileged: true }),
      [
        `${at('securityContext.privileged')}: privileged (container "app" must not set securityContext.privileged=true)`,
      ],
    ],
    [
      'capabilities beyond the default',
      {},
      context({ capabilities: { add: ['NET_ADMIN', 'CHOWN'] } }),
      [
        `${at('securityContext.capabilities.add')}: non-default capabilities (container "app" must not include "NET_ADMIN" in securityContext.capabilities.add)`,
      ],
    ],
    [
      'paths of the host',
      { volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] },
      {},
      ['volumes.0.hostPath: hostPath volumes (volume "etc")'],
    ],
    [
      'ports of the host',
      {},
      { ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 81 }] },
      [`${at('ports.1.hostPort')}: hostPort (container "app" uses hostPort 81)`],
    ],
    [
      'AppArmor profiles that confine nothing',
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      context({ appArmorProfile: { type: 'Localhost', localhostProfile: 'x' } }),
      [
        'securityContext.appArmorProfile.type: forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
      ],
    ],
    [
      'SELinux users, roles and foreign types',
      { securityContext: { seLinuxOptions: { type: 'container_t' } } },
      context({ seLinuxOptions: { type: 'spc_t', user: 'u', role: 'r' } }),
      [
        `${at('securityContext.seLinuxOptions.type')}: seLinuxOptions (container "app" set forbidden securityContext.seLinuxOptions: type "spc_t")`,
        `${at('securityContext.seLinuxOptions.user')}: seLinuxOptions (container "app" set forbidden securityContext.seLinuxOptions: user may not be set)`,
        `${at('securityContext.seLinuxOptions.role')}: seLinuxOptions (container "app" set forbidden securityContext.seLinuxOptions: role may not be set)`,
      ],
    ],
    [
      'an unmasked /proc',
      {},
      context({ procMount: 'Unmasked' }),
      [
        `${at('securityContext.procMount')}: procMount (container "app" must not set securityContext.procMount to "Unmasked")`,
      ],
    ],
    [
      'an unconfined seccomp profile',
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
      context({ seccompProfile: { type: 'RuntimeDefault' } }),
      [
        'securityContext.seccompProfile.type: seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
      ],
    ],
    [
      'sysctls that reach beyond the pod',
      {
        securityContext: {
          sysctls: [
            { name: 'net.ipv4.tcp_syncookies', value: '1' },
            { name: 'kernel.msgmax', value: '1' },
          ],
        },
      },
      {},
      ['securityContext.sysctls.1.name: forbidden sysctls (kernel.msgmax)'],
    ],
    [
      'Windows host processes',
      { securityContext: { windowsOptions: { hostProcess: true } } },
      {},
      [
        'securityContext.windowsOptions.hostProcess: hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
      ],
    ],
    [
      'probes and hooks that name a host',
      {},
      {
        livenessProbe: { tcpSocket: { port: 1, host: '10.0.0.1' } },
        lifecycle: { preStop: { httpGet: { port: 1, host: 'other' } } },
      },
      [
        `${at('livenessProbe.tcpSocket.host')}: probe or lifecycle host (container "app" uses probe or lifecycle host "10.0.0.1")`,
        `${at('lifecycle.preStop.httpGet.host')}: probe or lifecycle host (container "app" uses probe or lifecycle host "other")`,
      ],
    ],
  ])('%s', (_, spec, container, expected) => {
    expect(judge('baseline', spec, container)).toEqual(expected);
    expect(judge('privileged', spec, container)).toEqual([]);
  });

  it('AppArmor profiles of the annotation', () => {
    const name = 'container.apparmor.security.beta.kubernetes.io/app';
    expect(judge('baseline', {}, {}, { [name]: 'localhost/mine' })).toEqual([]);
    expect(judge('baseline', {}, {}, { [name]: 'unconfined' })).toEqual([
      `annotations.${name}: forbidden AppArmor profile (${name}="unconfined")`,
    ]);
  });
});

describe('restricted asks', () => {
  it('nothing more of a hardened pod, wherever it says so', () => {
    expect(judge('restricted', {}, context({ ...HARDENED }))).toEqual([]);
    const { runAsNonRoot, seccompProfile, ...own } = HARDENED ?? {};
    const ofPod: PodSpec['securityContext'] = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    expect([runAsNonRoot, seccompProfile]).toEqual([true, { type: 'RuntimeDefault' }]);
    expect(judge('restricted', { securityContext: ofPod }, context(own))).toEqual([]);
  });

  it('everything of a plain one', () => {
    expect(judge('restricted', {})).toEqual([
      `${at('securityContext.allowPrivilegeEscalation')}: allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)`,
      `${at('securityContext.runAsNonRoot')}: runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)`,
      `${at('securityContext.seccompProfile.type')}: seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
      `${at('securityContext.capabilities.drop')}: unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"])`,
    ]);
  });

  test.each<readonly [string, Partial<PodSpec>, object, readonly string[]]>([
    [
      'no user 0',
      { securityContext: { runAsUser: 0 } },
      {},
      ['securityContext.runAsUser: runAsUser=0 (pod must not set runAsUser=0)'],
    ],
    [
      'nobody to be root by wish',
      {},
      { runAsNonRoot: false },
      [
        `${at('securityContext.runAsNonRoot')}: runAsNonRoot != true (container "app" must not set securityContext.runAsNonRoot=false)`,
      ],
    ],
    [
      'no capability but NET_BIND_SERVICE',
      {},
      { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'CHOWN'] } },
      [
        `${at('securityContext.capabilities.add')}: unrestricted capabilities (container "app" must not include "CHOWN" in securityContext.capabilities.add)`,
      ],
    ],
    [
      'volumes without the machine behind them',
      {
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', nfs: { server: 'x', path: '/' } },
          { name: 'c', hostPath: { path: '/' } },
        ],
      },
      {},
      [
        'volumes.1.nfs: restricted volume types (volume "b" uses restricted volume type "nfs")',
        'volumes.2.hostPath: restricted volume types (volume "c" uses restricted volume type "hostPath")',
      ],
    ],
    [
      'a seccomp profile that confines',
      {},
      { seccompProfile: { type: 'Unconfined' } },
      [
        `${at('securityContext.seccompProfile.type')}: seccompProfile (container "app" must not set securityContext.seccompProfile.type to "Unconfined")`,
      ],
    ],
  ])('%s', (_, spec, own, expected) => {
    expect(judge('restricted', spec, context({ ...HARDENED, ...own }))).toEqual(expected);
  });

  it('the same of init and ephemeral containers', () => {
    const bad = { name: 'init', image: 'x' };
    const containers = [{ name: 'app', image: 'app:1', securityContext: { ...HARDENED } }];
    expect(judge('restricted', { containers, initContainers: [bad] })).toHaveLength(4);
    expect(judge('restricted', { containers, ephemeralContainers: [bad] })).toHaveLength(4);
  });
});

it('containers with the same fault are named together, as Kubernetes does it', () => {
  const containers = ['a', 'b'].map((name) => ({ name, image: 'x', securityContext: { privileged: true } }));
  const violations = evaluatePodSecurity('baseline', { annotations: {}, spec: { containers, hostPID: true } });
  expect(describeViolations(violations)).toBe(
    'host namespaces (hostPID=true), privileged (containers "a", "b" must not set securityContext.privileged=true)',
  );
});

test.each<readonly [string, Readonly<Record<string, string>>, readonly [string, string, string]]>([
  ['nothing', {}, ['privileged', 'privileged', 'privileged']],
  ['a level to enforce, which is warned about, too', { enforce: 'baseline' }, ['baseline', 'privileged', 'baseline']],
  [
    'a level to warn about that says otherwise',
    { enforce: 'restricted', warn: 'baseline' },
    ['restricted', 'privileged', 'baseline'],
  ],
  ['a mistake that is enforced: closed', { enforce: 'basline' }, ['restricted', 'privileged', 'privileged']],
  [
    'mistakes that are only said: open',
    { audit: 'strict', warn: 'strict' },
    ['privileged', 'privileged', 'privileged'],
  ],
])('a namespace asks for %s', (_, modes, [enforce, audit, warn]) => {
  const labels = Object.entries(modes).map(([mode, level]) => [`pod-security.kubernetes.io/${mode}`, level]);
  expect(readPodSecurityLevels(Object.fromEntries(labels))).toEqual({ enforce, audit, warn });
});
