import { expect, test } from 'vitest';
import { formatFieldPath } from '../objects/field-problem.ts';
import type { PodSpec } from './observed-pod.ts';
import { type PodPermissions, type PodSecurityPolicy, podSecurityProblems } from './pod-security.ts';

const app = (securityContext: object) => ({ containers: [{ name: 'app', securityContext }] });
const hostPath = (path: string) => ({ containers: [{ name: 'app' }], volumes: [{ name: 'v', hostPath: { path } }] });
const policyOf = (permissions: PodPermissions): PodSecurityPolicy => ({
  namespaces: { shop: permissions },
  protectedPaths: ['/srv/berth'],
});
const ALL: PodPermissions = {
  privileged: true,
  hostNamespaces: true,
  hostPaths: ['/'],
  capabilities: ['*'],
  sysctls: ['*'],
  probeHosts: true,
};

test.each<[string, PodSpec]>([
  ['spec.containers[0].securityContext.privileged', app({ privileged: true })],
  ['spec.containers[0].securityContext.capabilities.add[0]', app({ capabilities: { add: ['SYS_ADMIN'] } })],
  [
    'spec.containers[0].securityContext.capabilities.add[1]',
    app({ capabilities: { add: ['CHOWN', 'cap_net_admin'] } }),
  ],
  ['spec.containers[0].securityContext.procMount', app({ procMount: 'Unmasked' })],
  [
    'spec.initContainers[0].securityContext.privileged',
    { initContainers: [{ name: 'i', securityContext: { privileged: true } }], containers: [] },
  ],
  ['spec.hostNetwork', { containers: [], hostNetwork: true }],
  ['spec.hostPID', { containers: [], hostPID: true }],
  ['spec.hostIPC', { containers: [], hostIPC: true }],
  ['spec.volumes[0].hostPath.path', hostPath('/mnt/media')],
  [
    'spec.securityContext.sysctls',
    { containers: [], securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
  ],
  [
    'spec.containers[0].livenessProbe.httpGet.host',
    { containers: [{ name: 'a', livenessProbe: { httpGet: { host: '127.0.0.1', port: 1 } } }] },
  ],
  [
    'spec.containers[0].volumeDevices',
    { containers: [{ name: 'a', volumeDevices: [{ name: 'd', devicePath: '/dev/x' }] }] },
  ],
])('%s is refused unless the box allows it', (path, spec) => {
  const problems = podSecurityProblems(spec, 'shop', policyOf({}));
  expect(problems.map((problem) => formatFieldPath(problem.path))).toEqual([path]);
  expect(problems[0]).toMatchObject({ code: 'FieldValueForbidden', severity: 'error' });
  expect(podSecurityProblems(spec, 'other', policyOf(ALL))).not.toEqual([]);
  expect(podSecurityProblems(spec, 'shop', policyOf(ALL))).toEqual([]);
});

test.each([
  '/',
  '//',
  '/srv/berth',
  '/srv/berth/store',
  '/srv',
  '/var',
  '/var/run/docker.sock',
  '/var/run/./docker.sock',
  '/run',
  '/var/lib/docker/overlay2',
  '/mnt/../var/run/docker.sock',
  'relative',
])('hostPath %s is never mounted, whatever is allowed', (path) => {
  expect(podSecurityProblems(hostPath(path), 'shop', policyOf(ALL))).toHaveLength(1);
});

test.each([
  ['/mnt/media', true],
  ['/mnt/media/films', true],
  ['/mnt/mediaother', false],
  ['/mnt', false],
])('with /mnt/media allowed, %s is %s', (path, isAllowed) => {
  const problems = podSecurityProblems(hostPath(path), 'shop', policyOf({ hostPaths: ['/mnt/media'] }));
  expect(problems.length === 0).toBe(isAllowed);
});

test.each([
  ['net/ipv4/tcp_syncookies', 0],
  ['net/core/somaxconn', 1],
])('a sysctl written with slashes is judged by its name: %s', (name, problems) => {
  const spec = { ...app({}), securityContext: { sysctls: [{ name, value: '1' }] } };
  expect(podSecurityProblems(spec, 'shop', policyOf({}))).toHaveLength(problems);
});

test('an ordinary pod has no problems', () => {
  const spec = app({ capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] }, runAsNonRoot: true });
  expect(podSecurityProblems(spec, 'shop', policyOf({}))).toEqual([]);
});
