import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { EndpointSlice, Pod, Service } from '../../objects/types.ts';
import { type PodSketch, podOf } from '../testing/objects.ts';
import { computeEndpointSlices } from './compute-endpoint-slices.ts';

type Sketch = PodSketch & {
  readonly ip?: string;
  readonly port?: number;
  readonly spec?: Partial<NonNullable<Pod['spec']>>;
};

function pod({ ip = `10.0.0.${++addresses}`, port = 8080, spec, ...sketch }: Sketch): Pod {
  const base = podOf(sketch);
  const containers = [{ name: 'app', image: 'app', ports: [{ name: 'http', containerPort: port }] }];
  return {
    ...base,
    spec: { ...base.spec, containers, ...spec },
    status: { ...base.status, ...(ip === '' ? {} : { podIP: ip, podIPs: [{ ip }] }) },
  };
}
let addresses = 0;

function service(spec: Partial<NonNullable<Service['spec']>> = {}, labels: Record<string, string> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '', labels },
    spec: { selector: { app: 'web' }, ports: [{ name: 'web', port: 80, targetPort: 8080, protocol: 'TCP' }], ...spec },
  };
}

/** Applies the actions to `slices`, as the registry would. */
function apply(from: Service, pods: readonly Pod[], slices: readonly EndpointSlice[] = []) {
  const actions = computeEndpointSlices(deepFreeze({ service: from, pods, slices, zones: new Map([['box', 'z1']]) }));
  const after = new Map(slices.map((slice) => [slice.metadata.name, slice]));
  for (const action of actions) {
    if (action.type === 'createSlice') {
      const name = `web-${after.size}-${addresses++}`;
      const metadata = { ...action.object.metadata, name, uid: name, resourceVersion: '1', creationTimestamp: '' };
      after.set(name, { ...action.object, metadata });
    } else if (action.type === 'updateSlice') after.set(action.slice.metadata.name, action.slice);
    else if (action.type === 'deleteSlice') after.delete(action.slice.metadata.name);
  }
  return { slices: [...after.values()], writes: actions.map(({ type }) => type) };
}

function endpoints(from: Service, pods: readonly Pod[]) {
  return apply(from, pods).slices.flatMap((slice) => slice.endpoints);
}

function many(count: number, over: Partial<Sketch> = {}): Pod[] {
  return Array.from({ length: count }, (_, index) => pod({ name: `p${String(index).padStart(4, '0')}`, ...over }));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

describe('the conditions of an endpoint', () => {
  it.each`
    case                                   | sketch                             | publish  | expected
    ${'ready'}                             | ${{}}                              | ${false} | ${'ready serving'}
    ${'not ready'}                         | ${{ ready: false }}                | ${false} | ${''}
    ${'not ready, published all the same'} | ${{ ready: false }}                | ${true}  | ${'ready'}
    ${'terminating while it still serves'} | ${{ deleted: true }}               | ${false} | ${'serving terminating'}
    ${'terminating and not ready'}         | ${{ deleted: true, ready: false }} | ${false} | ${'terminating'}
    ${'terminating, but published'}        | ${{ deleted: true }}               | ${true}  | ${'ready serving terminating'}
  `('$case: $expected', ({ sketch, publish, expected }) => {
    const [endpoint] = endpoints(service({ publishNotReadyAddresses: publish }), [pod({ name: 'p', ...sketch })]);
    const conditions = Object.entries(endpoint?.conditions ?? {});
    expect(
      conditions
        .filter(([, is]) => is)
        .map(([name]) => name)
        .join(' '),
    ).toBe(expected);
  });

  it('leaves out pods that ended and pods without an address', () => {
    const pods = [pod({ name: 'a', phase: 'Succeeded' }), pod({ name: 'b', ip: '' }), pod({ name: 'c' })];
    expect(endpoints(service(), pods).map(({ targetRef }) => targetRef?.name)).toEqual(['c']);
  });

  it('names pod, node and zone', () => {
    const [endpoint] = endpoints(service(), [pod({ name: 'p', ip: '10.0.0.7' })]);
    expect(endpoint).toEqual({
      addresses: ['10.0.0.7'],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', namespace: 'default', name: 'p', uid: 'uid-p' },
      nodeName: 'box',
      zone: 'z1',
    });
  });

  it('gives a pod its hostname when its subdomain is the service', () => {
    const [a] = endpoints(service(), [pod({ name: 'p', spec: { hostname: 'db-0', subdomain: 'web' } })]);
    const [b] = endpoints(service(), [pod({ name: 'p', spec: { hostname: 'db-0', subdomain: 'other' } })]);
    expect([a?.hostname, b?.hostname]).toEqual(['db-0', undefined]);
  });
});

describe('the slices of a service', () => {
  it('carry the labels and the owner that Kubernetes gives them', () => {
    const headless = service({ clusterIP: 'None' }, { team: 'shop' });
    const [slice] = apply(headless, [pod({ name: 'p' })]).slices;
    expect(slice?.metadata.labels).toEqual({
      team: 'shop',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      'service.kubernetes.io/headless': '',
    });
    expect(slice?.metadata.ownerReferences).toMatchObject([{ kind: 'Service', name: 'web', controller: true }]);
    expect(slice).toMatchObject({ addressType: 'IPv4', ports: [{ name: 'web', port: 8080, protocol: 'TCP' }] });
  });

  it('are one per set of ports when pods give a name to different ports', () => {
    const named = service({ ports: [{ port: 80, targetPort: 'http' }] });
    const pods = [pod({ name: 'a', port: 8080 }), pod({ name: 'b', port: 9090 }), pod({ name: 'c', port: 8080 })];
    const slices = apply(named, pods).slices.map((slice) => [slice.ports?.[0]?.port, slice.endpoints.length]);
    expect(slices).toEqual([
      [8080, 2],
      [9090, 1],
    ]);
  });

  it('have a pod that lacks the named port without ports, apart from the others', () => {
    const named = service({ ports: [{ port: 80, targetPort: 'metrics' }] });
    const metrics = { containers: [{ name: 'app', image: 'app', ports: [{ name: 'metrics', containerPort: 9090 }] }] };
    const { slices } = apply(named, [pod({ name: 'a' }), pod({ name: 'b', spec: metrics })]);
    expect(slices.map(({ ports, endpoints: list }) => [ports?.[0]?.port, list[0]?.targetRef?.name])).toEqual([
      [undefined, 'a'],
      [9090, 'b'],
    ]);
  });

  it('exist empty for a service without pods, and for a headless one without ports list pods', () => {
    expect(apply(service(), []).slices.map((slice) => slice.endpoints)).toEqual([[]]);
    expect(endpoints(service({ clusterIP: 'None', ports: [] }), [pod({ name: 'a' })])).toHaveLength(1);
  });

  it('follow the address families of the service', () => {
    const both = service({ ipFamilies: ['IPv4', 'IPv6'] });
    const dual = pod({ name: 'p' });
    const podIPs = [{ ip: '10.0.0.9' }, { ip: 'fd00::9' }];
    const { slices } = apply(both, [{ ...dual, status: { ...dual.status, podIPs } }]);
    expect(slices.map((slice) => [slice.addressType, slice.endpoints[0]?.addresses])).toEqual([
      ['IPv4', ['10.0.0.9']],
      ['IPv6', ['fd00::9']],
    ]);
  });

  it.each`
    case                    | spec
    ${'without a selector'} | ${{ selector: {} }}
    ${'of ExternalName'}    | ${{ type: 'ExternalName' }}
  `('are left to others for a service $case', ({ spec }) => {
    expect(apply(service(spec), [pod({ name: 'p' })]).writes).toEqual([]);
  });

  it('are not written when nothing changed', () => {
    const pods = many(250);
    const { slices } = apply(service(), pods);
    expect(slices.map((slice) => slice.endpoints.length)).toEqual([100, 100, 50]);
    expect(apply(service(), [...pods].reverse(), slices).writes).toEqual([]);
  });

  it('change as little as possible', () => {
    const pods = many(250);
    const { slices } = apply(service(), pods);
    const oneMore = apply(service(), [...pods, pod({ name: 'new' })], slices);
    expect(oneMore.writes).toEqual(['updateSlice']);
    expect(oneMore.slices.map((slice) => slice.endpoints.length)).toEqual([100, 100, 51]);
    const oneLess = apply(service(), pods.slice(1), slices);
    expect(oneLess.writes).toEqual(['updateSlice']);
    const swapped = apply(service(), [...pods.slice(1), pod({ name: 'new' })], slices);
    expect(swapped.writes).toEqual(['updateSlice']);
    expect(swapped.slices.map((slice) => slice.endpoints.length)).toEqual([100, 100, 50]);
  });

  /** After the tests of these names in reconciler_test: endpoints of each slice before, and how many are wanted. */
  it.each<
    [name: string, before: readonly number[], wanted: number, ports: number, writes: string, after: readonly number[]]
  >([
    ['TestReconcileEndpointSlicesSomePreexisting', [62, 61], 250, 8080, 'create update', [62 + 27, 61, 100]],
    ['…SomePreexistingWorseAllocation', [74, 74], 300, 8080, 'create create', [74, 74, 100, 52]],
    ['…Updating', [100, 100, 50], 250, 81, 'update update update', [100, 100, 50]],
    ['…Recycling, of which nothing has changed', Array(10).fill(30), 300, 8080, '', Array(10).fill(30)],
    [
      ...(['…Recycling, of which the port has', Array(10).fill(30), 300, 81] as const),
      ...([`${'delete '.repeat(7)}update update update`, [100, 100, 100]] as const),
    ],
  ])('are written as in %s', (_name, before, wanted, port, writes, lengths) => {
    const pods = many(wanted);
    const { slices } = apply(service(), many(1));
    const parts = before.map((count, index) =>
      pods.slice(sum(before.slice(0, index)), sum(before.slice(0, index)) + count),
    );
    const present = parts.flatMap((part, index) =>
      slices.map((slice) => ({
        ...slice,
        metadata: { ...slice.metadata, name: `web-${index}` },
        endpoints: endpoints(service(), part),
      })),
    );
    const from = service({ ports: [{ name: 'web', port: 80, targetPort: port, protocol: 'TCP' }] });
    const after = apply(from, pods, present);
    expect(
      after.writes
        .map((write) => write.replace('Slice', ''))
        .sort()
        .join(' '),
    ).toBe(writes);
    expect(after.slices.map((slice) => slice.endpoints.length)).toEqual(lengths);
  });

  it("follow the labels of their service, but for those that are the controller's own", () => {
    const own = {
      'kubernetes.io/service-name': 'bad',
      'endpointslice.kubernetes.io/managed-by': 'actor',
      'service.kubernetes.io/headless': 'invalid',
    };
    const [placeholder] = apply(service(), []).slices;
    if (placeholder === undefined) throw new Error('no placeholder');
    expect(apply(service({}, own), [], [placeholder]).writes).toEqual([]);
    expect(apply(service({}, { team: 'shop' }), [], [placeholder]).writes).toEqual(['updateSlice']);
  });

  it('of another family of addresses are replaced', () => {
    const { slices } = apply(service(), many(130));
    const older = slices.map((slice) => ({ ...slice, addressType: 'FQDN' as const }));
    const { slices: after, writes } = apply(service(), many(130), older);
    expect(writes.sort()).toEqual(['createSlice', 'createSlice', 'deleteSlice', 'deleteSlice']);
    expect(after.map(({ addressType, endpoints: list }) => [addressType, list.length])).toEqual([
      ['IPv4', 100],
      ['IPv4', 30],
    ]);
  });

  it('are created anew only for what does not fit, and deleted when empty', () => {
    const pods = many(100);
    const { slices } = apply(service(), pods);
    const grown = apply(service(), [...pods, ...many(150).slice(100)], slices);
    expect(grown.writes).toEqual(['createSlice']);
    const shrunk = apply(service(), pods.slice(0, 10), grown.slices);
    expect(shrunk.slices.map((slice) => slice.endpoints.length)).toEqual([10]);
    expect(shrunk.writes.sort()).toEqual(['deleteSlice', 'updateSlice']);
  });

  it('of an earlier service of the same name are not used again', () => {
    const { slices } = apply(service(), many(3));
    const earlier = slices.map((slice) => ({
      ...slice,
      metadata: {
        ...slice.metadata,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'web', uid: 'old' }],
      },
    }));
    expect(apply(service(), many(3), earlier).writes).toEqual(['createSlice', 'deleteSlice']);
  });

  it('of a service that is being deleted change, and none is added', () => {
    const { slices } = apply(service(), many(100));
    const base = service();
    const deleted = { ...base, metadata: { ...base.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const after = apply(deleted, [...many(99), ...many(2, { name: 'new' })], slices);
    expect(after.writes).toEqual(['updateSlice']);
  });

  it('do not change when only the order of ports does', () => {
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81 },
    ];
    const pods = many(3);
    const { slices } = apply(service({ ports }), pods);
    expect(apply(service({ ports: ports.toReversed() }), pods, slices).writes).toEqual([]);
  });

  it('are filled up where they change anyway, the fullest first', () => {
    const pods = many(180);
    const { slices } = apply(service(), pods);
    const { slices: after } = apply(service(), [...pods.slice(30, 175), ...many(10, { name: 'new' })], slices);
    expect(after.map((slice) => slice.endpoints.length)).toEqual([70, 85]);
  });

  it('say when what they changed for happened', () => {
    const time = ({ metadata }: EndpointSlice) =>
      metadata.annotations?.['endpoints.kubernetes.io/last-change-trigger-time'];
    const readyAt = (name: string, lastTransitionTime: string, sketch: Partial<Sketch> = {}): Pod => {
      const base = pod({ name, ip: '10.9.9.9', ...sketch });
      const conditions = base.status?.conditions?.map((condition) => ({ ...condition, lastTransitionTime }));
      return { ...base, status: { ...base.status, ...(conditions === undefined ? {} : { conditions }) } };
    };
    const [early, late] = ['2026-01-01T00:00:01Z', '2026-01-01T00:00:09Z'];
    const born = service();
    const created = { ...born, metadata: { ...born.metadata, creationTimestamp: early } };
    const first = apply(created, [readyAt('a', late)]).slices;
    expect(first.map(time)).toEqual([early]);
    const second = apply(created, [readyAt('a', late, { ready: false })], first).slices;
    expect(second.map(time)).toEqual([late]);
    const third = apply(service({}, { team: 'shop' }), [readyAt('a', late, { ready: false })], second).slices;
    expect(third.map(time)).toEqual([undefined]);
  });

  it('are used again for other ports instead of being deleted', () => {
    const { slices } = apply(service(), many(3));
    const moved = apply(service({ ports: [{ name: 'web', port: 80, targetPort: 9090 }] }), many(3), slices);
    expect(moved.writes).toEqual(['updateSlice']);
    expect(moved.slices[0]?.ports).toMatchObject([{ port: 9090 }]);
  });
});
