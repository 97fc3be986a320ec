import { describe, expect, it, test } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { EndpointSlice, Endpoints, Service } from '../../objects/types.ts';
import { computeMirroredSlices, type MirrorAction } from './compute-mirrored-slices.ts';

type Subsets = Endpoints['subsets'];

function endpointsOf(subsets: Subsets, metadata: Partial<Endpoints['metadata']> = {}): Endpoints {
  const own = { name: 'db', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...own, ...metadata },
    ...(subsets === undefined ? {} : { subsets }),
  };
}

function serviceOf(selector?: Record<string, string>): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'db', namespace: 'default', uid: 's', resourceVersion: '1', creationTimestamp: '' },
    spec: { ports: [{ port: 80 }], ...(selector === undefined ? {} : { selector }) },
  };
}

/** Applies the actions to the slices, as the registry would. */
function mirror(
  endpoints: Endpoints | undefined,
  slices: readonly EndpointSlice[] = [],
  service: Service | undefined = serviceOf(),
) {
  const actions = computeMirroredSlices(deepFreeze({ endpoints, service, slices }));
  const after = new Map(slices.map((slice) => [slice.metadata.name, slice]));
  for (const action of actions) {
    if (action.type === 'createSlice') {
      const name = `db-${after.size}`;
      const metadata = { ...action.object.metadata, name, uid: name, resourceVersion: '1', creationTimestamp: '' };
      after.set(name, { ...action.object, metadata });
    } else if (action.type === 'updateSlice') after.set(action.slice.metadata.name, action.slice);
    else if (action.type === 'deleteSlice') after.delete(action.slice.metadata.name);
  }
  return { slices: [...after.values()], writes: actions.map(({ type }) => type), actions };
}

const HTTP = { name: 'http', port: 80, protocol: 'TCP' } as const;
const HTTPS = { name: 'https', port: 443, protocol: 'UDP' } as const;
const at = (ip: string) => ({ ip });
const described = (slices: readonly EndpointSlice[]) =>
  slices.map(({ addressType, ports = [], endpoints }) =>
    [
      addressType,
      ports.map(({ port }) => port).join('+'),
      ...endpoints.map(({ addresses, conditions }) => `${addresses.join()}${conditions?.ready === true ? '' : '!'}`),
    ].join(' '),
  );

// The cases of TestReconcile (endpointslicemirroring, reconciler_test.go), with values of our own.
test.each<readonly [string, Subsets, readonly string[]]>([
  ['no subsets', undefined, []],
  ['no addresses', [{ ports: [HTTP] }], []],
  ['one of everything', [{ ports: [HTTP], addresses: [at('10.9.0.1')] }], ['IPv4 80 10.9.0.1']],
  ['no ports', [{ addresses: [at('10.9.0.1')] }], ['IPv4  10.9.0.1']],
  [
    'two ports and two addresses',
    [{ ports: [HTTP, HTTPS], addresses: [at('10.9.0.1'), at('10.9.0.2')] }],
    ['IPv4 80+443 10.9.0.1 10.9.0.2'],
  ],
  [
    'two subsets',
    [
      { ports: [HTTP], addresses: [at('10.9.0.1')] },
      { ports: [HTTPS], addresses: [at('10.9.1.1'), at('10.9.1.2')] },
    ],
    ['IPv4 80 10.9.0.1', 'IPv4 443 10.9.1.1 10.9.1.2'],
  ],
  [
    'two subsets with the same ports',
    [
      { ports: [HTTP, HTTPS], addresses: [at('10.9.0.1')] },
      { ports: [HTTPS, HTTP], addresses: [at('10.9.1.1')] },
    ],
    ['IPv4 80+443 10.9.0.1 10.9.1.1'],
  ],
  [
    'both families',
    [{ ports: [HTTP], addresses: [at('10.9.0.1'), at('2001:db8::1')] }],
    ['IPv4 80 10.9.0.1', 'IPv6 80 2001:db8::1'],
  ],
  [
    'what is not ready',
    [{ ports: [HTTP], addresses: [at('10.9.0.1')], notReadyAddresses: [at('10.9.0.2')] }],
    ['IPv4 80 10.9.0.1 10.9.0.2!'],
  ],
  ['the same twice', [{ ports: [HTTP], addresses: [at('10.9.0.1'), at('10.9.0.1')] }], ['IPv4 80 10.9.0.1']],
])('endpoints with %s', (_what, subsets, expected) => {
  const { slices, writes } = mirror(endpointsOf(subsets));
  expect(described(slices)).toEqual(expected);
  expect(writes).toEqual(expected.map(() => 'createSlice'));
  expect(mirror(endpointsOf(subsets), slices).writes).toEqual([]);
});

describe('a copy', () => {
  const ADDRESS = {
    ip: '10.9.0.1',
    hostname: 'a',
    nodeName: 'n',
    targetRef: { kind: 'Pod', name: 'p', namespace: 'x' },
  };

  it('says all that the original does, and whose it is', () => {
    const annotations = {
      note: 'kept',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'endpoints.kubernetes.io/last-change-trigger-time': 'x',
    };
    const original = endpointsOf([{ addresses: [ADDRESS], ports: [{ port: 80 }] }], {
      labels: { app: 'db' },
      annotations,
    });
    expect(mirror(original).slices).toMatchObject([
      {
        metadata: {
          generateName: 'db-',
          labels: {
            app: 'db',
            'kubernetes.io/service-name': 'db',
            'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
          },
          annotations: { note: 'kept' },
          ownerReferences: [{ apiVersion: 'v1', kind: 'Endpoints', name: 'db', uid: 'u', controller: true }],
        },
        addressType: 'IPv4',
        ports: [{ name: '', port: 80, protocol: 'TCP' }],
        endpoints: [{ addresses: ['10.9.0.1'], hostname: 'a', nodeName: 'n', targetRef: ADDRESS.targetRef }],
      },
    ]);
  });

  it.each<readonly [string, Endpoints, readonly MirrorAction['type'][]]>([
    ['another address', endpointsOf([{ addresses: [at('10.9.0.2')] }]), ['updateSlice']],
    ['other ports', endpointsOf([{ addresses: [at('10.9.0.1')], ports: [HTTP] }]), ['updateSlice']],
    ['another family', endpointsOf([{ addresses: [at('2001:db8::1')] }]), ['createSlice', 'deleteSlice']],
    ['another label', endpointsOf([{ addresses: [at('10.9.0.1')] }], { labels: { a: 'b' } }), ['updateSlice']],
    ['another uid', endpointsOf([{ addresses: [at('10.9.0.1')] }], { uid: 'v' }), ['updateSlice']],
    ['no address', endpointsOf([]), ['deleteSlice']],
  ])('follows %s', (_what, later, writes) => {
    const { slices } = mirror(endpointsOf([{ addresses: [at('10.9.0.1')] }]));
    const after = mirror(later, slices);
    expect(after.writes).toEqual(writes);
    expect(mirror(later, after.slices).writes).toEqual([]);
  });

  it('is one for each set of ports: a second one goes', () => {
    const original = endpointsOf([{ addresses: [at('10.9.0.1')] }]);
    const [first] = mirror(original).slices;
    if (first === undefined) throw new Error('no slice');
    const second = { ...first, metadata: { ...first.metadata, name: 'db-second' } };
    expect(mirror(original, [first, second]).writes).toEqual(['deleteSlice']);
  });

  it.each<readonly [string, Endpoints | undefined, Service | undefined]>([
    ['nobody wrote anything', undefined, serviceOf()],
    ['there is no service', endpointsOf([{ addresses: [at('10.9.0.1')] }]), undefined],
    ['the service has a selector', endpointsOf([{ addresses: [at('10.9.0.1')] }]), serviceOf({ app: 'db' })],
    [
      'who wrote them does not want it',
      endpointsOf([{ addresses: [at('10.9.0.1')] }], { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }),
      serviceOf(),
    ],
    [
      'they are the lock of an election',
      endpointsOf([{ addresses: [at('10.9.0.1')] }], {
        annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' },
      }),
      serviceOf(),
    ],
  ])('goes where %s', (_what, endpoints, service) => {
    const { slices } = mirror(endpointsOf([{ addresses: [at('10.9.0.1')] }]));
    expect(computeMirroredSlices({ endpoints, service, slices }).map(({ type }) => type)).toEqual(['deleteSlice']);
    expect(computeMirroredSlices({ endpoints, service, slices: [] })).toEqual([]);
  });

  it('is not made any more of what is being deleted, and still follows it', () => {
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    const { slices } = mirror(endpointsOf([{ addresses: [at('10.9.0.1')] }]));
    const later = endpointsOf([{ addresses: [at('10.9.0.2')] }], { deletionTimestamp });
    expect(mirror(later).writes).toEqual([]);
    expect(mirror(later, slices).writes).toEqual(['updateSlice']);
  });

  it('has a thousand addresses of a subset at most, and says so', () => {
    const addresses = [...Array(1_002).keys()].map((index) => at(`10.9.${index >> 8}.${index & 255}`));
    const { slices, actions } = mirror(endpointsOf([{ addresses }]));
    expect(slices[0]?.endpoints).toHaveLength(1_000);
    expect(actions.at(-1)).toMatchObject({ type: 'reportTooMany', skipped: 2 });
  });
});
