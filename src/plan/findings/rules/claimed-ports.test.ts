import { describe, expect, test } from 'vitest';
import { claimedPorts } from './claimed-ports.ts';
import { type Draft, find, workload } from './testing.ts';

describe('a port that two objects claim', () => {
  const port = (hostPort: number, more: object = {}) => ({ ports: [{ containerPort: 80, hostPort, ...more }] });
  test.each<readonly [string, readonly Draft[], readonly string[]]>([
    [
      'is an error of the second',
      [workload('Deployment', 'a', port(80)), workload('DaemonSet', 'b', port(80))],
      ['error Deployment/shop/a: host port 80/TCP is claimed by DaemonSet/shop/b, too'],
    ],
    [
      'is none with another protocol',
      [workload('Deployment', 'a', port(53)), workload('Deployment', 'b', port(53, { protocol: 'UDP' }))],
      [],
    ],
    [
      'is none on another address',
      [
        workload('Deployment', 'a', port(80, { hostIP: '127.0.0.1' })),
        workload('Deployment', 'b', port(80, { hostIP: '127.0.0.2' })),
      ],
      [],
    ],
    [
      "is each of a pod in the machine's network",
      [
        workload('Deployment', 'a', { ports: [{ containerPort: 80 }] }, { hostNetwork: true }),
        workload('Deployment', 'b', port(80)),
      ],
      ['error Deployment/shop/b: host port 80/TCP is claimed by Deployment/shop/a, too'],
    ],
    [
      'is none of a workload without pods',
      [workload('Deployment', 'a', port(80)), workload('Deployment', 'b', port(80), {}, { replicas: 0 })],
      [],
    ],
    [
      'may be claimed by two containers of one pod',
      [
        workload(
          'Deployment',
          'a',
          {},
          {
            containers: [
              { name: 'x', image: 'x', ...port(80) },
              { name: 'y', image: 'y', ...port(80) },
            ],
          },
        ),
      ],
      ['error Deployment/shop/a: two containers claim host port 80/TCP'],
    ],
  ])('%s', (_, objects, expected) => {
    expect(find(claimedPorts, { before: [], after: objects })).toEqual(expected);
  });
});
