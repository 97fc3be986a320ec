import { expect, test } from 'vitest';
import { validateObject } from '../validate-object.ts';

const problemsOf = (resources: object): readonly string[] =>
  validateObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'a', image: 'a:1', resources }] },
  }).map(
    ({ path, message, help }) => `${path.slice(4).join(' ')}: ${message}${help === undefined ? '' : ` | ${help}`}`,
  );

// The kinds of cases of TestValidateResourceRequirements and TestValidateContainers
// (pkg/apis/core/validation/validation_test.go), and of TestDeploymentStrategyValidate
// (pkg/registry/apps/deployment/strategy_test.go) about huge pages.
test.each<[rule: string, resources: object, problems: readonly string[]]>([
  ['what every node has', { limits: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' } }, []],
  ['a device', { limits: { 'acme.io/gpu': 2 } }, []],
  ['a device, asked for as it is limited', { limits: { 'acme.io/gpu': 2 }, requests: { 'acme.io/gpu': '2' } }, []],
  ['huge pages beside memory', { limits: { 'hugepages-2Mi': '6Mi', memory: '1Gi' } }, []],
  ['a resource of kubernetes.io', { requests: { 'kubernetes.io/thing': '1' } }, []],
  [
    'a misspelt name',
    { limits: { memroy: '1Gi' } },
    [
      'limits memroy: Invalid value: "memroy": must be a standard resource for containers | did you mean memory? a device has a domain: acme.io/memroy',
    ],
  ],
  [
    'a name without a domain',
    { requests: { gpu: 1 } },
    [
      'requests gpu: Invalid value: "gpu": must be a standard resource for containers | did you mean cpu? a device has a domain: acme.io/gpu',
    ],
  ],
  [
    'what only a node has',
    { limits: { pods: '3' } },
    [
      'limits pods: Invalid value: "pods": must be a standard resource for containers | a device has a domain: acme.io/pods',
    ],
  ],
  [
    'a name of a quota',
    { limits: { 'requests.acme.io/gpu': 1 } },
    [
      'limits requests.acme.io/gpu: Invalid value: "requests.acme.io/gpu": doesn\'t follow extended resource name standard',
    ],
  ],
  [
    'half a device',
    { limits: { 'acme.io/gpu': '500m' } },
    ['limits acme.io/gpu: Invalid value: "500m": must be an integer'],
  ],
  [
    'a device without a limit',
    { requests: { 'acme.io/gpu': 1 } },
    [
      'limits: Required value: Limit must be set for non overcommitable resources | write limits.acme.io/gpu instead of the request',
    ],
  ],
  [
    'fewer devices than the limit',
    { limits: { 'acme.io/gpu': 2 }, requests: { 'acme.io/gpu': 1 } },
    [
      'requests acme.io/gpu: Invalid value: 1: must be equal to acme.io/gpu limit of 2 | remove it: limits.acme.io/gpu counts',
    ],
  ],
  [
    'pages and a part',
    { limits: { 'hugepages-2Mi': '3Mi', cpu: 1 } },
    ['limits hugepages-2Mi: Invalid value: "3Mi": is not positive integer multiple of hugepages-2Mi'],
  ],
  [
    'pages of no size',
    { limits: { 'hugepages-big': '2Mi', cpu: 1 } },
    ['limits hugepages-big: Invalid value: "2Mi": is not positive integer multiple of hugepages-big'],
  ],
  [
    'pages alone',
    { limits: { 'hugepages-2Mi': '2Mi' } },
    [': Forbidden: HugePages require cpu or memory | ask for cpu or memory as well'],
  ],
  [
    'less than nothing',
    { limits: { cpu: '-1' } },
    ['limits cpu: Invalid value: "-1": must be greater than or equal to 0'],
  ],
])('%s', (_rule, resources, problems) => {
  expect(problemsOf(resources)).toEqual(problems);
});
