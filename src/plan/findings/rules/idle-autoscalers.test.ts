import { describe, expect, it } from 'vitest';
import { idleAutoscalers } from './idle-autoscalers.ts';
import { type Draft, find, type Situation } from './testing.ts';

describe('autoscalers', () => {
  const autoscaler = (name: string, target: string, apiVersion = 'autoscaling/v2'): Draft => {
    const [kind = '', to = ''] = target.split('/');
    const group = kind === 'ReplicationController' ? 'v1' : 'apps/v1';
    const scaleTargetRef = { apiVersion: kind === 'Widget' ? 'example.org/v1' : group, kind, name: to };
    return {
      apiVersion,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace: 'shop' },
      spec: { scaleTargetRef },
    };
  };
  const idle = (name: string, other: string, target: string) =>
    `error HorizontalPodAutoscaler/shop/${name}: HorizontalPodAutoscaler/shop/${other} scales ${target}, too: neither of them does it by its metrics`;
  const old = autoscaler('z', 'Deployment/web');
  const fresh = autoscaler('a', 'Deployment/web');
  it.each<[what: string, situation: Situation, findings: readonly string[]]>([
    ['each of its own workload', { before: [], after: [old, autoscaler('a', 'Deployment/other')] }, []],
    ['two of one workload', { before: [old], after: [old, fresh] }, [idle('a', 'z', 'Deployment/shop/web')]],
    [
      'in whatever versions',
      { before: [], after: [old, autoscaler('a', 'Deployment/web', 'autoscaling/v1')] },
      [idle('z', 'a', 'Deployment/shop/web')],
    ],
    ['one takes the place of another', { before: [old], after: [fresh], live: [old] }, []],
    [
      'one that was made by hand',
      { before: [], after: [fresh], live: [autoscaler('other', 'Deployment/api'), old] },
      [idle('a', 'z', 'Deployment/shop/web')],
    ],
    [
      'of a kind without replicas',
      { before: [], after: [autoscaler('a', 'DaemonSet/log')] },
      ['error HorizontalPodAutoscaler/shop/a: a DaemonSet has no number of replicas that it could set'],
    ],
    ['of one that has them', { before: [], after: [autoscaler('a', 'ReplicationController/old')] }, []],
    ['of one that nobody knows', { before: [], after: [autoscaler('a', 'Widget/x'), autoscaler('b', 'Widget/x')] }, []],
  ])('%s', (_what, situation, findings) => {
    expect(find(idleAutoscalers, situation)).toEqual(findings);
  });
});
