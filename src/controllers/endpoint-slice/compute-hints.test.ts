import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { EndpointSlice, Node, Service } from '../../objects/types.ts';
import { computeHints } from './compute-hints.ts';
import type { Endpoint } from './endpoints-of-pods.ts';
import type { PackedSlice } from './pack-endpoints.ts';
import { zoneSharesOf } from './zone-shares.ts';

const META = { uid: 'u', resourceVersion: '1', creationTimestamp: '', namespace: 'shop' };
const AUTO = { 'service.kubernetes.io/topology-mode': 'Auto' };

function service(annotations: Record<string, string>, trafficDistribution?: string): Service {
  const spec = { selector: { app: 'web' }, ...(trafficDistribution === undefined ? {} : { trafficDistribution }) };
  return { apiVersion: 'v1', kind: 'Service', metadata: { ...META, name: 'web', annotations }, spec };
}

/** `a`: ready in zone a. `a/n1`: on node n1. `!a`: not ready. `-`: in no zone. `a>b`: with a hint for zone b. */
function endpointOf(text: string): Endpoint {
  const [, not, zone, nodeName, hint] = /^(!?)([a-z-])(?:\/(\w+))?(?:>(\w))?$/.exec(text) ?? [];
  return {
    addresses: ['10.0.0.1'],
    conditions: { ready: not === '' },
    ...(zone === '-' ? {} : { zone: zone ?? '' }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hint === undefined ? {} : { hints: { forZones: [{ name: hint }] } }),
  };
}

/** A line for each slice: `= …` for one that needs no change. */
function packedOf(...slices: readonly string[]): PackedSlice[] {
  return slices.map((text, index) => {
    const isChanged = !text.startsWith('=');
    const present = text.replace('= ', '').split(' ').map(endpointOf);
    const metadata = { ...META, name: `s${index}` };
    const slice: EndpointSlice = {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata },
      ...{ addressType: 'IPv4', endpoints: present },
    };
    const endpoints = present.map(({ hints: _hints, ...endpoint }) => endpoint);
    return { slice, ports: [], endpoints, isChanged };
  });
}

function hintsOf({ hints }: Endpoint): string {
  const names = (list: readonly { readonly name: string }[] = []) => list.map(({ name }) => name).join('+');
  if (hints === undefined) return '.';
  return hints.forNodes === undefined ? names(hints.forZones) : `${names(hints.forZones)}/${names(hints.forNodes)}`;
}

function compute(from: Service, packed: readonly PackedSlice[], shares?: Record<string, number>, wasHinted = false) {
  const zoneShares = shares === undefined ? undefined : new Map(Object.entries(shares));
  const result = computeHints(deepFreeze({ service: from, addressType: 'IPv4', packed, zoneShares, wasHinted }));
  const hints = result.packed.map(({ endpoints }) => (endpoints ?? []).map(hintsOf).join(' '));
  return { hints, report: result.report };
}

const HALVES = { a: 0.5, b: 0.5 };
const THIRDS = { a: 0.35, b: 0.35, c: 0.3 };

describe('endpoints that are shared out among zones', () => {
  it.each`
    case                                        | shares                          | slices                              | expected
    ${'stay in their zones where that is fair'} | ${HALVES}                       | ${['a b']}                          | ${['a b']}
    ${'count only while they are ready'}        | ${HALVES}                       | ${['a b !b']}                       | ${['a b .']}
    ${'go to the zone that lacks some'}         | ${HALVES}                       | ${['a a a a']}                      | ${['b b a a']}
    ${'go where most are lacking first'}        | ${{ a: 0.25, b: 0.5, c: 0.25 }} | ${['a a a a']}                      | ${['b b c a']}
    ${'stay for less than a whole one'}         | ${{ a: 0.45, b: 0.55 }}         | ${['a a b b']}                      | ${['a a b b']}
    ${'of several slices are seen together'}    | ${THIRDS}                       | ${['a b', 'c c a', 'a a', 'b c a']} | ${['b b', 'c c a', 'a a', 'b c a']}
    ${'keep hints of slices without a change'}  | ${HALVES}                       | ${['= a>b b>a', 'a b']}             | ${['b a', 'a b']}
    ${'lose hints of a zone that is gone'}      | ${HALVES}                       | ${['= a>c b>b']}                    | ${['a b']}
    ${'lose hints where one lacks'}             | ${HALVES}                       | ${['= a>b b']}                      | ${['a b']}
    ${'lose hints beyond the maximum'}          | ${HALVES}                       | ${['= a>a a>a', '= a>a a>a']}       | ${['a a', 'b b']}
    ${'keep one more than their share'}         | ${{ a: 0.4, b: 0.6 }}           | ${['= a>a a>a', '= b>b b>b']}       | ${['a a', 'b b']}
    ${'keep a zone without ready nodes'}        | ${HALVES}                       | ${['a b b z']}                      | ${['a b b z']}
  `('$case', ({ shares, slices, expected }) => {
    const { hints, report } = compute(service(AUTO), packedOf(...slices), shares);
    expect(hints).toEqual(expected);
    expect(report?.reason).toBe('TopologyAwareHintsEnabled');
  });

  it.each`
    case                               | shares                | slices           | why
    ${'nodes say too little'}          | ${undefined}          | ${'= a>a b>b'}   | ${'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes'}
    ${'fewer endpoints than zones'}    | ${THIRDS}             | ${'= a>a b>b'}   | ${'Insufficient number of endpoints (2 endpoints, 3 zones)'}
    ${'some zone would be overloaded'} | ${{ a: 0.3, b: 0.7 }} | ${'a>a b>b'}     | ${'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (2 endpoints, 2 zones)'}
    ${'an endpoint is in no zone'}     | ${HALVES}             | ${'a>a b>b a -'} | ${'One or more endpoints do not have a zone specified'}
  `('have no hints where $case', ({ shares, slices, why }) => {
    const { hints, report } = compute(service(AUTO), packedOf(slices), shares);
    expect(hints.join().replaceAll(/[. ]/g, '')).toBe('');
    expect(report).toEqual({
      eventType: 'Warning',
      reason: 'TopologyAwareHintsDisabled',
      message: `${why}, addressType: IPv4`,
    });
  });

  it.each`
    annotations                                                              | isHinted
    ${AUTO}                                                                  | ${true}
    ${{ 'service.kubernetes.io/topology-mode': 'auto' }}                     | ${true}
    ${{ 'service.kubernetes.io/topology-mode': 'aUto' }}                     | ${false}
    ${{ 'service.kubernetes.io/topology-aware-hints': 'Auto' }}              | ${true}
    ${{ ...AUTO, 'service.kubernetes.io/topology-aware-hints': 'Disabled' }} | ${false}
    ${{}}                                                                    | ${false}
  `('are those of a service that says so: $annotations', ({ annotations, isHinted }) => {
    const { hints } = compute(service(annotations), packedOf('a b'), HALVES);
    expect(hints).toEqual([isHinted ? 'a b' : '. .']);
  });

  it('are reported when that begins and when it ends, and not in between', () => {
    expect(compute(service(AUTO), packedOf('a b'), HALVES, true).report).toBeUndefined();
    expect(compute(service({}), packedOf('a b'), HALVES, true).report).toEqual({
      eventType: 'Warning',
      reason: 'TopologyAwareHintsDisabled',
      message: 'Topology Aware Hints has been disabled, addressType: IPv4',
    });
    expect(compute(service({}), packedOf('a b'), HALVES).report).toBeUndefined();
  });
});

describe('trafficDistribution', () => {
  it.each`
    distribution        | slice          | expected
    ${'PreferClose'}    | ${'a/n1 b/n2'} | ${'a b'}
    ${'PreferSameZone'} | ${'a/n1 b/n2'} | ${'a b'}
    ${'PreferSameNode'} | ${'a/n1 b/n2'} | ${'a/n1 b/n2'}
    ${'PreferSameNode'} | ${'-/n1'}      | ${'/n1'}
    ${'PreferClose'}    | ${'- !a a'}    | ${'. . a'}
    ${'PreferClose'}    | ${'= a>b b'}   | ${'a b'}
    ${'Elsewhere'}      | ${'= a>a'}     | ${'.'}
    ${undefined}        | ${'= a>a'}     | ${'.'}
  `('$distribution of $slice: $expected', ({ distribution, slice, expected }) => {
    expect(compute(service({}, distribution), packedOf(slice)).hints).toEqual([expected]);
  });

  it('gives way to the annotation', () => {
    expect(compute(service(AUTO, 'PreferSameNode'), packedOf('a/n1 b/n2'), HALVES).hints).toEqual(['a b']);
  });
});

describe("the zones' shares", () => {
  const node = (zone: string | undefined, cpu: string, over: { ready?: string; labels?: object } = {}): Node => ({
    ...{ apiVersion: 'v1', kind: 'Node' },
    metadata: {
      ...{ name: 'n', uid: 'n', resourceVersion: '1', creationTimestamp: '' },
      labels: { ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }), ...over.labels },
    },
    status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: over.ready ?? 'True' }] },
  });

  it.each<[string, Node[], Record<string, number> | undefined]>([
    ['of nothing', [], undefined],
    ['of one zone', [node('a', '1'), node('a', '2')], undefined],
    ['go by processors', [node('b', '500m'), node('a', '1'), node('a', '500m')], { a: 0.75, b: 0.25 }],
    ['need the zone of each node', [node('a', '1'), node('b', '1'), node(undefined, '1')], undefined],
    ['take an empty zone for none', [node('a', '1'), node('b', '1'), node('', '1')], undefined],
    ['need the processors of each node', [node('a', '1'), node('b', '1'), node('c', '0')], undefined],
    ['leave out nodes that are not ready', [node('a', '1'), node('b', '1', { ready: 'Unknown' })], undefined],
    [
      'leave out nodes of the control plane',
      [
        node('a', '1'),
        node('b', '1'),
        node(undefined, '4', { labels: { 'node-role.kubernetes.io/control-plane': '' } }),
        node('c', '4', { labels: { 'node-role.kubernetes.io/master': '' } }),
      ],
      { a: 0.5, b: 0.5 },
    ],
  ])('%s', (_case, nodes, expected) => {
    const shares = zoneSharesOf(nodes);
    expect(shares === undefined ? undefined : Object.fromEntries(shares)).toEqual(expected);
  });
});
