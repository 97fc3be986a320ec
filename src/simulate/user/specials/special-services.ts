import {
  annotated,
  container,
  inTurn,
  numberOf,
  ON_THE_BOX,
  object,
  type Special,
  type SpecialInput,
  type SpecialObject,
  spread,
  workload,
} from './special.ts';

/** Services of every type, and one whose pods come to have another port. */
export const SPECIAL_SERVICES = {
  'service of a named port': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 2 },
        { containers: [container({ ports: [{ name: 'http', containerPort: inTurn(input.version, [8080, 8081]) }] })] },
      ),
      service(input, { ports: [{ port: 80, targetPort: 'http' }] }),
    ],
  },
  // On the same address, and on another port each.
  'service of two pods of the host': {
    fate: 'passes',
    make: (input) => [
      ...['a', 'b'].map((half, index) =>
        object('v1', 'Pod', `${input.name}-${half}`, podOfTheHost(20_000 + 2 * numberOf(input.name) + index), {
          app: input.name,
          declared: 'git',
        }),
      ),
      service(input, { ports: [{ port: 80, targetPort: 'http' }] }),
    ],
  },
  'service that keeps to its zone': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: inTurn(input.version, [3, 4, 4]) },
        {
          containers: [container()],
          topologySpreadConstraints: [{ ...spread(input), topologyKey: 'topology.kubernetes.io/zone' }],
        },
      ),
      near(input, inTurn(input.version, ['PreferClose', 'Auto', 'Auto', 'PreferSameZone', 'PreferSameNode'])),
    ],
  },
  'service of a type that changes': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 2 },
        { containers: [container()], topologySpreadConstraints: [spread(input)] },
      ),
      service(
        input,
        inTurn<object>(input.version, [
          {
            type: 'LoadBalancer',
            ports: [
              { name: 'b', port: 80, targetPort: 8080 },
              { name: 'a', port: 443, targetPort: 8080 },
            ],
          },
          { type: 'ExternalName', externalName: 'elsewhere.example' },
          {
            type: 'NodePort',
            externalTrafficPolicy: 'Local',
            ports: [{ port: 53, targetPort: 8080, protocol: 'UDP' }],
          },
          {
            type: 'ClusterIP',
            internalTrafficPolicy: 'Local',
            ports: [{ port: 53, targetPort: 8080, protocol: 'SCTP' }],
          },
        ]),
      ),
      service(input, { clusterIP: 'None' }, '-head'),
      service(input, { clusterIP: 'None', publishNotReadyAddresses: true, ports: [{ port: 80 }] }, '-early'),
      service(input, { ports: [{ port: 80 }] }, '-other', { 'service.kubernetes.io/service-proxy-name': 'other' }),
      object('v1', 'Service', `${input.name}-bare`, { spec: { ports: [{ port: 80 }] } }),
    ],
  },
  'endpoints by hand': {
    fate: 'heals',
    make: ({ name, version }) => [
      object('v1', 'Service', name, { spec: { ports: [{ port: 80 }] } }),
      object('v1', 'Endpoints', name, {
        ...inTurn<object>(version, [
          { subsets: [{ addresses: [ADDRESS, { ip: '192.0.2.8' }], ports: [{ port: 80 }] }] },
          { subsets: [{ addresses: [ADDRESS], notReadyAddresses: [{ ip: '2001:db8::8' }], ports: [{ port: 80 }] }] },
          {
            subsets: [
              { notReadyAddresses: [ADDRESS], ports: [{ port: 81, appProtocol: 'http' }] },
              { addresses: [ADDRESS] },
            ],
          },
          { subsets: [{ addresses: manyAddresses(1_001) }] },
        ]),
        metadata: { name, annotations: { note: String(version) } },
      }),
    ],
  },
  'endpoints by hand that nobody routes by': {
    fate: 'heals',
    make: ({ name, version }) => [
      ...(version % 2 === 0 ? [] : [object('v1', 'Service', name, { spec: { ports: [{ port: 80 }] } })]),
      object(
        'v1',
        'Endpoints',
        name,
        { subsets: [{ addresses: [ADDRESS], ports: [{ port: 80 }] }] },
        inTurn<Readonly<Record<string, string>>>(version, [
          {},
          {},
          { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
        ]),
      ),
    ],
  },
} satisfies Record<string, Special>;

const ADDRESS = {
  ip: '192.0.2.7',
  hostname: 'far',
  nodeName: 'elsewhere',
  targetRef: { kind: 'Pod', namespace: 'elsewhere', name: 'far' },
};

function manyAddresses(count: number): readonly object[] {
  return [...Array(count).keys()].map((index) => ({ ip: `198.18.${index >> 8}.${index & 255}` }));
}

/** By the annotation, or by the field. */
function near(input: SpecialInput, how: string): SpecialObject {
  const ports = [{ port: 80, targetPort: 8080 }];
  if (how !== 'Auto') return service(input, { ports, trafficDistribution: how });
  return annotated(service(input, { ports }), { 'service.kubernetes.io/topology-mode': how });
}

function podOfTheHost(containerPort: number) {
  const ports = [{ name: 'http', containerPort }];
  const readinessProbe = { tcpSocket: { port: 'http' }, periodSeconds: 5 };
  return {
    spec: {
      ...ON_THE_BOX,
      hostNetwork: true,
      terminationGracePeriodSeconds: 2,
      containers: [container({ ports, readinessProbe })],
    },
  };
}

function service({ name }: SpecialInput, spec: object, suffix = '', labels?: Readonly<Record<string, string>>) {
  return object('v1', 'Service', `${name}${suffix}`, { spec: { selector: { app: name }, ...spec } }, labels);
}
