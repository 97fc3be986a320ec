import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../lib/json.ts';
import type { EndpointSlice, Service } from '../objects/types.ts';
import { computeServiceRules } from './compute-rules.ts';
import { storedService, storedSlice } from './testing.ts';

type Spec = NonNullable<Service['spec']>;
type Conditions = EndpointSlice['endpoints'][number]['conditions'];

const READY = { ready: true, serving: true, terminating: false };
const NOT_READY = { ready: false, serving: false, terminating: false };
const LEAVING = { ready: false, serving: true, terminating: true };
const GONE = { ready: false, serving: false, terminating: true };

function at(address: string, conditions: Conditions = READY, nodeName = 'box') {
  return { addresses: [address], conditions, nodeName };
}

function compute(spec: Spec, slices: readonly EndpointSlice[], labels: Record<string, string> = {}) {
  return computeServiceRules(deepFreeze({ service: storedService(spec, labels), slices, nodeName: 'box' }));
}

function endpointsFor(spec: Spec, slices: readonly EndpointSlice[]) {
  return compute(spec, slices)?.ports.map(({ endpoints }) =>
    endpoints.map(({ address, port }) => `${address}:${port}`),
  );
}

const PLAIN: Spec = { clusterIP: '10.96.0.5', ports: [{ port: 80 }] };

describe('which endpoints a service has', () => {
  it.each<[string, Spec, EndpointSlice[], string[]]>([
    ['none without slices', PLAIN, [], []],
    ['ready ones', PLAIN, [storedSlice([at('10.88.0.3'), at('10.88.0.2', NOT_READY)])], ['10.88.0.3:8080']],
    [
      'a condition that is not set counts as ready',
      PLAIN,
      [storedSlice([{ addresses: ['10.88.0.2'] }])],
      ['10.88.0.2:8080'],
    ],
    ['none whose address is none', PLAIN, [storedSlice([at('10.88.0.300'), { addresses: [] }, at('localhost')])], []],
    [
      'in the order of their addresses',
      PLAIN,
      [storedSlice([at('10.88.0.10'), at('10.88.0.9')])],
      ['10.88.0.9:8080', '10.88.0.10:8080'],
    ],
    [
      'of all slices, each once',
      PLAIN,
      [storedSlice([at('10.88.0.2')]), storedSlice([at('10.88.0.2'), at('10.88.0.3')])],
      ['10.88.0.2:8080', '10.88.0.3:8080'],
    ],
    [
      'terminating ones that serve, while none is ready',
      PLAIN,
      [storedSlice([at('10.88.0.2', LEAVING), at('10.88.0.3', GONE), at('10.88.0.4', NOT_READY)])],
      ['10.88.0.2:8080'],
    ],
    [
      'no terminating ones while one is ready',
      PLAIN,
      [storedSlice([at('10.88.0.2', LEAVING), at('10.88.0.3')])],
      ['10.88.0.3:8080'],
    ],
    ['none of another family', PLAIN, [storedSlice([at('fd00::2')], undefined, 'IPv6')], []],
    ['none that are no address', PLAIN, [storedSlice([at('pod.example')])], []],
    ['none for a port of another name', PLAIN, [storedSlice([at('10.88.0.2')], [{ name: 'http', port: 8080 }])], []],
    [
      'none for a port of another protocol',
      PLAIN,
      [storedSlice([at('10.88.0.2')], [{ name: '', port: 53, protocol: 'UDP' }])],
      [],
    ],
    [
      'those of this node, where the policy says so',
      { ...PLAIN, internalTrafficPolicy: 'Local' },
      [storedSlice([at('10.88.0.2'), at('10.88.1.2', READY, 'other')])],
      ['10.88.0.2:8080'],
    ],
  ])('%s', (_name, spec, slices, expected) => {
    expect(endpointsFor(spec, slices)).toEqual([expected]);
  });

  it('gives each port its own', () => {
    const spec: Spec = {
      clusterIP: '10.96.0.5',
      ports: [
        { name: 'http', port: 80 },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    };
    const ports: EndpointSlice['ports'] = [
      { name: 'http', port: 8080, protocol: 'TCP' },
      { name: 'dns', port: 5353, protocol: 'UDP' },
    ];
    const rules = compute(spec, [storedSlice([at('10.88.0.2')], ports)]);
    expect(rules?.ports.map(({ id, endpoints }) => [id, endpoints])).toEqual([
      ['shop/web/tcp/80', [{ address: '10.88.0.2', port: 8080 }]],
      ['shop/web/udp/53', [{ address: '10.88.0.2', port: 5353 }]],
    ]);
  });
});

describe('hints', () => {
  const zones = (...names: readonly string[]) => ({ forZones: names.map((name) => ({ name })) });
  const nodes = (...names: readonly string[]) => ({ forNodes: names.map((name) => ({ name })) });
  type Hinted = readonly [hints: EndpointSlice['endpoints'][number]['hints'], conditions?: Conditions];

  function chosen(hints: readonly Hinted[], zone: string | undefined, spec: Spec = PLAIN, nodeName = 'other') {
    const list = hints.map(([hint, conditions = READY], index) => ({
      ...at(`10.88.0.${index + 1}`, conditions, nodeName),
      ...(hint === undefined ? {} : { hints: hint }),
    }));
    const rules = computeServiceRules(
      deepFreeze({ service: storedService(spec), slices: [storedSlice(list)], nodeName: 'box', zone }),
    );
    return rules?.ports[0]?.endpoints.map(({ address }) => Number(address.split('.')[3]));
  }

  it.each<[string, Hinted[], string | undefined, number[]]>([
    ['choose those of the zone', [[zones('a')], [zones('b')], [zones('a')]], 'a', [1, 3]],
    ['may name several zones', [[zones('a', 'b')], [zones('b')], [zones('c')]], 'b', [1, 2]],
    ['choose none that is not ready', [[zones('a')], [zones('a'), NOT_READY], [zones('b')]], 'a', [1]],
    ['do not count where one is missing', [[zones('a')], [zones('b')], [undefined]], 'a', [1, 2, 3]],
    ['may be missing at one that is not ready', [[zones('a')], [zones('b')], [undefined, NOT_READY]], 'a', [1]],
    ['do not count in a zone of none', [[zones('a')], [zones('b')]], 'c', [1, 2]],
    ['do not count where only one that is not ready is of the zone', [[zones('a'), NOT_READY], [zones('b')]], 'a', [2]],
    ['do not count on a node without a zone', [[zones('a')], [zones('b')]], undefined, [1, 2]],
    ['do not count on a node whose zone is empty', [[zones('a')], [zones('b')]], '', [1, 2]],
    [
      'choose those of the node before those of the zone',
      [[{ ...zones('a'), ...nodes('box') }], [{ ...zones('a'), ...nodes('other') }]],
      'a',
      [1],
    ],
    [
      'choose those of the zone where none is of the node',
      [[{ ...zones('a'), ...nodes('n1') }], [{ ...zones('b'), ...nodes('n2') }]],
      'a',
      [1],
    ],
    [
      'choose those of the zone where one is of no node',
      [[{ ...zones('a'), ...nodes('box') }], [zones('a')], [zones('b')]],
      'a',
      [1, 2],
    ],
    [
      'of terminating ones count for nothing',
      [
        [zones('a'), LEAVING],
        [zones('b'), LEAVING],
      ],
      'a',
      [1, 2],
    ],
  ])('%s', (_case, hints, zone, expected) => {
    expect(chosen(hints, zone)).toEqual(expected);
  });

  it('count for nothing where the policy is Local', () => {
    const spec: Spec = { ...PLAIN, internalTrafficPolicy: 'Local' };
    expect(chosen([[zones('a')], [zones('b')]], 'a', spec, 'box')).toEqual([1, 2]);
  });
});

describe('which services have rules', () => {
  it.each<[string, Spec, Record<string, string>]>([
    ['a headless one has none', { clusterIP: 'None', ports: [{ port: 80 }] }, {}],
    ['one without an address yet has none', { ports: [{ port: 80 }] }, {}],
    ['an ExternalName has none', { type: 'ExternalName', externalName: 'example.com', clusterIP: '10.96.0.5' }, {}],
    ['one of another proxy has none', PLAIN, { 'service.kubernetes.io/service-proxy-name': 'other' }],
  ])('%s', (_name, spec, labels) => {
    expect(compute(spec, [], labels)).toBeUndefined();
  });
});

describe('node ports', () => {
  const nodePort: Spec = { ...PLAIN, type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };
  const both = [storedSlice([at('10.88.0.2'), at('10.88.1.2', READY, 'other')])];

  it('share the rule of the address', () => {
    expect(compute(nodePort, both)?.ports).toMatchObject([{ clusterIp: '10.96.0.5', nodePort: 30080 }]);
  });

  it('have a rule of their own where the policies come to different endpoints', () => {
    expect(compute({ ...nodePort, externalTrafficPolicy: 'Local' }, both)?.ports).toEqual([
      {
        id: 'shop/web/tcp/80',
        protocol: 'tcp',
        port: 80,
        clusterIp: '10.96.0.5',
        endpoints: [
          { address: '10.88.0.2', port: 8080 },
          { address: '10.88.1.2', port: 8080 },
        ],
      },
      {
        id: 'shop/web/tcp/80/node',
        protocol: 'tcp',
        port: 80,
        nodePort: 30080,
        endpoints: [{ address: '10.88.0.2', port: 8080 }],
      },
    ]);
  });

  it('are not opened for a service that only used to have one', () => {
    const spec: Spec = { ...PLAIN, ports: [{ port: 80, nodePort: 30080 }] };
    expect(compute(spec, both)?.ports[0]).not.toHaveProperty('nodePort');
  });
});

it.each<[Spec, number | undefined]>([
  [PLAIN, undefined],
  [{ ...PLAIN, sessionAffinity: 'ClientIP' }, 10_800],
  [{ ...PLAIN, sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }, 60],
])('remembers clients as long as the service says: %j', (spec, seconds) => {
  expect(compute(spec, [])?.ports[0]?.affinitySeconds).toBe(seconds);
});
