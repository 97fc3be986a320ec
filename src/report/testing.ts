import type { Finding } from '../plan/findings/finding.ts';
import type { ApplicationReport, PlanReport, RolloutForecast } from './plan-report.ts';

/** A finding as tests need one. */
export function findingOf(finding: Partial<Finding> = {}): Finding {
  return {
    code: 'FieldUnknown',
    severity: 'error',
    application: 'shop',
    object: 'Deployment/shop/web',
    path: 'shop/web.yaml',
    line: 7,
    column: 3,
    message: 'unknown field "spec.replica"',
    help: 'did you mean "replicas"?',
    ...finding,
  };
}

export function rolloutOf(rollout: Partial<RolloutForecast> = {}): RolloutForecast {
  return {
    object: 'Deployment/shop/web',
    path: 'shop/web.yaml',
    line: 1,
    cause: 'template',
    outcome: 'stable',
    wantedReplicas: 3,
    replicasBefore: 3,
    finalReplicas: 3,
    finalReady: 3,
    readyBefore: 3,
    lowestReady: 3,
    phases: ['new-created', 'new-started', 'new-ready', 'old-stopping', 'old-gone', 'complete'],
    readyIn: { kind: 'observed', ms: 14_000 },
    timeline: [
      { atMs: 0, newReady: 0, newPods: 0, oldReady: 3, oldPods: 3 },
      { atMs: 4_000, newReady: 1, newPods: 1, oldReady: 3, oldPods: 3 },
      { atMs: 5_000, newReady: 1, newPods: 2, oldReady: 2, oldPods: 2 },
      { atMs: 9_000, newReady: 2, newPods: 2, oldReady: 1, oldPods: 1 },
      { atMs: 14_000, newReady: 3, newPods: 3, oldReady: 0, oldPods: 0 },
    ],
    omittedSamples: 0,
    ...rollout,
  };
}

export function applicationOf(application: Partial<ApplicationReport> = {}): ApplicationReport {
  return {
    name: 'shop',
    path: 'shop',
    counts: { created: 1, configured: 1, replaced: 0, deleted: 1, unchanged: 4, skipped: 0 },
    changes: [
      {
        action: 'deleted',
        object: 'ConfigMap/shop/old',
        apiVersion: 'v1',
        fields: [],
        ceded: [],
        reason: 'not in Git',
      },
      {
        action: 'configured',
        object: 'Deployment/shop/web',
        apiVersion: 'apps/v1',
        path: 'shop/web.yaml',
        line: 1,
        fields: [{ field: 'spec.template.spec.containers[0].image', before: 'app:1', after: 'app:2', line: 14 }],
        ceded: [],
      },
      {
        action: 'created',
        object: 'ConfigMap/shop/settings',
        apiVersion: 'v1',
        path: 'shop/settings.yaml',
        line: 1,
        fields: [{ field: 'data', after: { greeting: 'hello', 'page.html': 'one\ntwo\n' } }],
        ceded: [],
      },
    ],
    isApplicable: true,
    readyIn: { kind: 'observed', ms: 14_000 },
    rollouts: [rolloutOf()],
    restarts: [{ object: 'Deployment/shop/web', pods: 3, kind: 'restarted', reason: 'its image changed' }],
    blastRadius: {
      services: ['Service/shop/web'],
      ingressHosts: ['shop.example.com'],
      workloads: ['Deployment/shop/web'],
      pods: 3,
    },
    ...application,
  };
}

export function reportOf(report: Partial<PlanReport> = {}): PlanReport {
  return {
    apiVersion: 'plan.berth.dev/v1',
    kind: 'PlanReport',
    berthVersion: '0.1.0',
    cluster: 'box1',
    repository: 'team/site',
    result: 'ok',
    hasChanges: true,
    head: { id: '3f2c1a9d0e'.padEnd(40, '0'), ref: 'HEAD', subject: 'Use the new image' },
    base: { id: 'b1946ac92f'.padEnd(40, '0'), ref: 'main', subject: 'Before', how: 'merge-base' },
    live: {
      source: 'status-branch',
      branch: 'berth-status',
      commit: 'a1b2c3d4e5'.padEnd(40, '0'),
      observedAt: '2026-11-26T10:00:00Z',
      ageMs: 240_000,
      deployed: ['b1946ac92f'.padEnd(40, '0')],
      stale: [],
      objects: 12,
      pods: 3,
    },
    applications: [applicationOf()],
    findings: [],
    hidden: [],
    images: [
      {
        image: 'app:2',
        usedBy: ['Deployment/shop/web'],
        change: 'added',
        found: 'yes',
        digest: `sha256:${'ab'.repeat(32)}`,
      },
    ],
    capacity: [{ node: 'box1', resource: 'cpu', allocatable: '4', before: '300m', after: '300m', peak: '400m' }],
    simulation: { virtualMs: 14_000, events: 210, leftOut: 9 },
    reproduce: 'berth plan --base main --head 3f2c1a9',
    ...report,
  };
}
