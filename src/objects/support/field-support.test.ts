import { expect, test } from 'vitest';
import { KINDS } from '../kinds.ts';
import { fieldsOf, schemaOf, type TypeSchema, type ValueSchema } from '../schema/schema.ts';
import { supportOf, supportProblems } from './field-support.ts';
import { TYPE_SUPPORT, WHOLE_TYPES } from './support-table.ts';

/** Types that are reached from implemented kinds through fields that are carried out, status apart. */
function reachableTypes(): ReadonlyMap<string, TypeSchema> {
  const reached = new Map<string, TypeSchema>();
  const visit = (schema: ValueSchema): void => {
    if (schema.kind === 'list') return visit(schema.item);
    if (schema.kind === 'map') return visit(schema.value);
    if (schema.kind === 'object') visitType(schema.type);
  };
  const visitType = (type: TypeSchema): void => {
    if (reached.has(type.name)) return;
    reached.set(type.name, type);
    for (const field of fieldsOf(type)) {
      const isCarriedOut = TYPE_SUPPORT[type.name]?.rules?.[field.name] === undefined;
      if (isCarriedOut && field.name !== 'status') visit(field.schema);
    }
  };
  for (const info of KINDS) {
    const type = schemaOf(info.apiVersion, info.kind);
    if (info.support === 'implemented' && type !== undefined) visitType(type);
  }
  return reached;
}

test('the table speaks of every field of every implemented kind, and of nothing else', () => {
  const reached = reachableTypes();
  const spoken = [...Object.keys(TYPE_SUPPORT), ...WHOLE_TYPES].sort();
  expect(spoken).toEqual([...reached.keys()].sort());
  for (const [name, { implemented, rules = {} }] of Object.entries(TYPE_SUPPORT)) {
    const fields = [
      ...implemented.split(' ').filter((field) => field !== ''),
      ...Object.keys(rules).filter((field) => !field.includes('.')),
    ];
    const valued = Object.keys(rules).filter((field) => implemented.split(' ').includes(field));
    expect([name, valued]).toEqual([name, []]);
    expect([name, fields.sort()]).toEqual([name, [...(reached.get(name)?.fields.keys() ?? [])].sort()]);
  }
});

const pod = { apiVersion: 'v1', kind: 'Pod' };
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };

test.each([
  [pod, 'spec.containers.0.image', 'implemented'],
  [pod, 'spec.containers.0.livenessProbe.grpc.port', 'refused'],
  [deployment, 'spec.template.spec.volumes.0.persistentVolumeClaim.claimName', 'implemented'],
  [deployment, 'spec.template.spec.volumes.0.nfs.server', 'refused'],
  [deployment, 'spec.template.spec.topologySpreadConstraints', 'implemented'],
  [deployment, 'spec.template.spec.automountServiceAccountToken', 'inert'],
  [deployment, 'spec.strategy.rollingUpdate.maxSurge', 'implemented'],
  [deployment, 'status.replicas', 'inert'],
  [{ apiVersion: 'v1', kind: 'Service' }, 'spec.type', 'implemented'],
  [{ apiVersion: 'v1', kind: 'Service' }, 'spec.sessionAffinity', 'implemented'],
  [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }, 'spec.rules', 'inert'],
  [{ apiVersion: 'apps/v1', kind: 'StatefulSet' }, 'spec.volumeClaimTemplates.0.spec.dataSource', 'refused'],
  [{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' }, 'parameters', 'inert'],
  [{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }, 'spec', 'refused'],
  [{ apiVersion: 'batch/v1', kind: 'Job' }, 'spec.podFailurePolicy.rules', 'implemented'],
])('%j %s is %s', (kind, path, support) => {
  const verdict = supportOf(kind, path.split('.'));
  expect(verdict?.support).toBe(support);
  expect(verdict?.reason === '').toBe(support === 'implemented');
});

test('a field that does not exist has no support', () => {
  expect(supportOf(pod, ['spec', 'replicas'])).toBeUndefined();
  expect(supportOf({ apiVersion: 'x/v1', kind: 'X' }, [])).toBeUndefined();
});

const problemsOf = (kind: typeof pod, spec: object) =>
  supportProblems({ ...kind, spec }).map(({ severity, path }) => `${severity} ${path.join('.')}`);

test.each([
  [
    'values that ask for nothing',
    pod,
    {
      hostPID: false,
      hostUsers: true,
      ephemeralContainers: [],
      affinity: { podAffinity: {} },
      serviceAccountName: 'default',
      os: { name: 'linux' },
    },
    [],
  ],
  [
    'values that do',
    pod,
    { hostPID: true, hostUsers: false, serviceAccountName: 'x', os: { name: 'windows' } },
    ['error spec.hostPID', 'error spec.hostUsers', 'warning spec.serviceAccountName', 'error spec.os.name'],
  ],
  [
    'inside of a template',
    deployment,
    {
      template: {
        spec: {
          containers: [
            { name: 'a' },
            {
              name: 'b',
              livenessProbe: { grpc: { port: 1 } },
              securityContext: { seccompProfile: { type: 'RuntimeDefault' }, procMount: 'Default' },
            },
          ],
        },
      },
    },
    ['error spec.template.spec.containers.1.livenessProbe.grpc'],
  ],
  [
    'a service as the registry stores it',
    { apiVersion: 'v1', kind: 'Service' },
    {
      type: 'NodePort',
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
    },
    [],
  ],
  ['a load balancer', { apiVersion: 'v1', kind: 'Service' }, { type: 'LoadBalancer' }, ['warning spec.type']],
  ['a name of another host', { apiVersion: 'v1', kind: 'Service' }, { type: 'ExternalName', externalName: 'x' }, []],
  [
    'IPv6',
    { apiVersion: 'v1', kind: 'Service' },
    { ipFamilies: ['IPv6'], ipFamilyPolicy: 'RequireDualStack' },
    ['error spec.ipFamilies', 'error spec.ipFamilyPolicy'],
  ],
])('%s', (_, kind, spec, expected) => expect(problemsOf(kind, spec)).toEqual(expected));

test('what is wrong is said with its reason', () => {
  const [problem] = supportProblems({ ...pod, spec: { volumes: [{ name: 'v', nfs: { server: 'x', path: '/' } }] } });
  expect(problem).toEqual({
    code: 'FieldRefused',
    severity: 'error',
    path: ['spec', 'volumes', 0, 'nfs'],
    at: 'key',
    message:
      'nfs is refused: Berth attaches no network or cloud storage; mount it on the box and use hostPath where the box allows it',
    help: 'remove the field',
  });
});

test('a kind that is not implemented is one problem of its own', () => {
  expect(supportProblems({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', spec: { rules: [] } })).toEqual([]);
});
