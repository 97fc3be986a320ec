import { container, inTurn, object, type Special, type SpecialInput, workload } from './special.ts';

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
  'service of a type that changes': {
    fate: 'heals',
    make: (input) => [
      workload(input, 'Deployment', { replicas: 1 }, { containers: [container()] }),
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
} satisfies Record<string, Special>;

function service({ name }: SpecialInput, spec: object, suffix = '', labels?: Readonly<Record<string, string>>) {
  return object('v1', 'Service', `${name}${suffix}`, { spec: { selector: { app: name }, ...spec } }, labels);
}
