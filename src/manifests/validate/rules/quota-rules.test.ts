import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../objects/types.ts';
import { validateObject } from '../validate-object.ts';

const quota = (hard: object, more: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'shop' } },
  spec: { hard, ...more },
});
const range = (...limits: readonly object[]) => ({
  ...{ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'r', namespace: 'shop' } },
  spec: { limits },
});
const selecting = (scopeName: string, operator: string, values?: readonly string[]) => ({
  scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values === undefined ? {} : { values }) }] },
});
const ofContainer = (amounts: object) => range({ type: 'Container', ...amounts });
const cpu = (value: string) => ({ cpu: value });

test.each<[string, KubernetesObject, string[]]>([
  [
    'what a quota knows',
    quota({ pods: '4', 'requests.cpu': '500m', 'limits.memory': '1Gi', 'services.nodeports': '2' }),
    [],
  ],
  [
    'counts and classes',
    quota({ 'count/deployments.apps': '3', 'fast.storageclass.storage.k8s.io/requests.storage': '1.5Gi' }),
    [],
  ],
  ['devices and huge pages', quota({ 'requests.example.com/gpu': '1', 'requests.hugepages-2Mi': '2Mi' }), []],
  ['a plural that nobody counts', quota({ pds: '1' }), ['spec.hard.pds']],
  ['a name that is none', quota({ 'a b': '1' }), ['spec.hard.a b']],
  ['less than nothing', quota({ 'requests.cpu': '-1' }), ['spec.hard.requests.cpu']],
  ['half a pod', quota({ pods: '500m', 'count/pods': '1.5' }), ['spec.hard.count/pods', 'spec.hard.pods']],
  ['a scope', quota({ pods: '1' }, { scopes: ['BestEffort'] }), []],
  ['a scope that nobody knows', quota({ pods: '1' }, { scopes: ['Best'] }), ['spec.scopes.0']],
  ['a scope of what it cannot be', quota({ 'requests.cpu': '1' }, { scopes: ['BestEffort'] }), ['spec.scopes.0']],
  ['a scope of pods for services', quota({ services: '1' }, { scopes: ['Terminating'] }), ['spec.scopes.0']],
  ['scopes against each other', quota({ pods: '1' }, { scopes: ['NotBestEffort', 'BestEffort'] }), ['spec.scopes.0']],
  ['classes', quota({ pods: '1' }, selecting('PriorityClass', 'In', ['high'])), []],
  [
    'no class',
    quota({ pods: '1' }, selecting('PriorityClass', 'In')),
    ['spec.scopeSelector.matchExpressions.0.values'],
  ],
  [
    'classes beside Exists',
    quota({ pods: '1' }, selecting('PriorityClass', 'Exists', ['high'])),
    ['spec.scopeSelector.matchExpressions.0.values'],
  ],
  [
    'a scope that can only be',
    quota({ pods: '1' }, selecting('BestEffort', 'DoesNotExist')),
    ['spec.scopeSelector.matchExpressions.0.operator'],
  ],
  [
    'a range',
    ofContainer({
      min: cpu('1'),
      defaultRequest: cpu('2'),
      default: cpu('3'),
      max: cpu('4'),
      maxLimitRequestRatio: cpu('2'),
    }),
    [],
  ],
  [
    'a type twice',
    range({ type: 'Container', max: cpu('1') }, { type: 'Container', min: cpu('1') }),
    ['spec.limits.1.type'],
  ],
  [
    'defaults of a pod',
    range({ type: 'Pod', default: cpu('1'), defaultRequest: cpu('1') }),
    ['spec.limits.0.default', 'spec.limits.0.defaultRequest'],
  ],
  ['a claim without storage', range({ type: 'PersistentVolumeClaim', max: cpu('1') }), ['spec.limits.0']],
  ['a claim with storage', range({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }), []],
  ['min over max', ofContainer({ min: cpu('2'), max: cpu('1') }), ['spec.limits.0.min.cpu']],
  ['default over max', ofContainer({ default: cpu('2'), max: cpu('1') }), ['spec.limits.0.default.cpu']],
  ['default under min', ofContainer({ default: cpu('1'), min: cpu('2') }), ['spec.limits.0.default.cpu']],
  ['request over max', ofContainer({ defaultRequest: cpu('2'), max: cpu('1') }), ['spec.limits.0.defaultRequest.cpu']],
  ['request under min', ofContainer({ defaultRequest: cpu('1'), min: cpu('2') }), ['spec.limits.0.defaultRequest.cpu']],
  [
    'request over limit',
    ofContainer({ defaultRequest: cpu('2'), default: cpu('1') }),
    ['spec.limits.0.defaultRequest.cpu'],
  ],
  ['a ratio below one', ofContainer({ maxLimitRequestRatio: cpu('800m') }), ['spec.limits.0.maxLimitRequestRatio.cpu']],
  [
    'a ratio out of reach',
    ofContainer({ min: cpu('1'), max: cpu('2'), maxLimitRequestRatio: cpu('3') }),
    ['spec.limits.0.maxLimitRequestRatio.cpu'],
  ],
])('%s', (_what, object, paths) => {
  const found = validateObject(object).filter(({ severity }) => severity === 'error');
  expect(found.map(({ path }) => path.join('.')).sort()).toEqual(paths);
});

/** After TestResourceQuotaWarnings: requests above limits are no mistake, and hardly meant. */
test.each<[string, object, readonly string[]]>([
  ['as much', { 'requests.cpu': '2', 'limits.cpu': '2', memory: '1Gi', 'limits.memory': '2Gi' }, []],
  [
    'more',
    { 'requests.cpu': '3', 'limits.cpu': '2' },
    ['spec.hard.requests.cpu ResourceQuota requests.cpu (3) should be less than limits.cpu (2)'],
  ],
  [
    'more, written short',
    { memory: '3Gi', 'limits.memory': '2Gi' },
    ['spec.hard.memory ResourceQuota memory (3Gi) should be less than limits.memory (2Gi)'],
  ],
  ['more beside no limit', { 'requests.cpu': '3', 'limits.memory': '1Gi' }, []],
])('a quota of %s requests than limits', (_what, hard, warnings) => {
  const told = validateObject(quota(hard)).map(({ severity, path, message }) => {
    expect(severity).toBe('warning');
    return `${path.join('.')} ${message}`;
  });
  expect(told).toEqual(warnings);
});
