import { afterEach, describe, expect, it } from 'vitest';
import {
  type CustomMetrics,
  type MetricAsk,
  type MetricPending,
  type MetricSample,
  PENDING,
  type PodMetrics,
  type ResourceMetrics,
} from '../../api/metrics.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';

const SYNC_MS = 15_000;
const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };

/** Every container uses as much as was set last; nothing is known at the first question. */
class SetUsage implements ResourceMetrics {
  milliCpu = 0;
  questions = 0;
  nowMs: () => number = () => 0;

  request(): boolean {
    this.questions++;
    return this.questions > 1;
  }

  podMetrics(): PodMetrics {
    const containers = [{ name: 'app', milliCpu: this.milliCpu, memoryBytes: 50 * 1024 ** 2 }];
    return { timestampMs: this.nowMs(), windowMs: 15_000, containers };
  }
}

let plane: TestControlPlane;
let usage: SetUsage;
afterEach(() => plane.stop());

function begin(options: { readonly customMetrics?: CustomMetrics } = {}): void {
  usage = new SetUsage();
  plane = startTestControlPlane({ ...options, resourceMetrics: usage });
  usage.nowMs = () => plane.clock.wallMs();
}

/** A Deployment whose pods request 100m; they count as long started, so that none is set aside. */
function createDeployment(replicas: number): void {
  const containers = [{ name: 'app', image: 'app', resources: { requests: { cpu: '100m', memory: '100Mi' } } }];
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers } };
  plane.client.create(testDeployment('web', { replicas, template }));
  plane.settle();
  for (const pod of plane.client.list('Pod')) {
    plane.client.updateStatus({ ...pod, status: { ...pod.status, startTime: pod.metadata.creationTimestamp } });
  }
  plane.advance(600_000);
}

function autoscaler(over: Record<string, unknown> = {}, name = 'web'): KubernetesObject {
  const { apiVersion, kind } = WEB;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'default' },
    spec: { scaleTargetRef: { apiVersion, kind, name: 'web' }, minReplicas: 1, maxReplicas: 10, ...over },
  };
}

function replicas(): number | undefined {
  return plane.client.get('Deployment', WEB)?.spec?.replicas;
}

function stored(name = 'web') {
  const found = plane.client.get('HorizontalPodAutoscaler', { namespace: 'default', name });
  if (found === undefined) throw new Error('the autoscaler is gone');
  return found;
}

function condition(type: string): string {
  const found = stored().status?.conditions?.find((one) => one.type === type);
  return `${found?.status} ${found?.reason}: ${found?.message}`;
}

function messages(reason: string): readonly (string | undefined)[] {
  return plane.client
    .list('Event')
    .filter((event) => event.reason === reason)
    .map(({ message }) => message);
}

describe('an autoscaler', () => {
  it('scales up by the use of cpu, at most to twice the count each time, and says so', () => {
    begin();
    createDeployment(3);
    usage.milliCpu = 400;
    plane.client.create(autoscaler());
    plane.advance(0);
    expect([replicas(), condition('ScalingActive')]).toEqual([3, 'undefined undefined: undefined']);
    plane.advance(SYNC_MS);
    expect(replicas()).toBe(6);
    expect(messages('SuccessfulRescale')).toEqual([
      'New size: 6; reason: cpu resource utilization (percentage of request) above target',
    ]);
    expect(condition('AbleToScale')).toBe(
      'True SucceededRescale: the HPA controller was able to update the target scale to 6',
    );
    expect(condition('ScalingActive')).toBe(
      'True ValidMetricFound: the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
    );
    expect(condition('ScalingLimited')).toBe(
      'True ScaleUpLimit: the desired replica count is increasing faster than the maximum scale rate',
    );
    expect(stored().status).toMatchObject({
      currentReplicas: 3,
      desiredReplicas: 6,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 400, averageValue: '400m' } } },
      ],
    });
  });

  it('scales down after the window of five minutes only', () => {
    begin();
    createDeployment(4);
    usage.milliCpu = 20;
    plane.client.create(autoscaler());
    plane.advance(300_000);
    expect(replicas()).toBe(4);
    expect(condition('AbleToScale')).toBe(
      'True ScaleDownStabilized: recent recommendations were higher than current one, applying the highest recent recommendation',
    );
    plane.advance(2 * SYNC_MS);
    expect(replicas()).toBe(1);
    expect(messages('SuccessfulRescale')).toEqual(['New size: 1; reason: All metrics below target']);
  });

  it('brings the target into its bounds without asking for metrics', () => {
    begin();
    createDeployment(3);
    plane.client.create(autoscaler({ minReplicas: 5 }));
    plane.advance(0);
    expect(replicas()).toBe(5);
    expect(messages('SuccessfulRescale')).toEqual([
      'New size: 5; reason: Current number of replicas below Spec.MinReplicas',
    ]);
  });

  it('leaves a target alone that was scaled to nothing', () => {
    begin();
    createDeployment(0);
    plane.client.create(autoscaler());
    plane.advance(SYNC_MS);
    expect(replicas()).toBe(0);
    expect(condition('ScalingActive')).toBe(
      'False ScalingDisabled: scaling is disabled since the replica count of the target is zero',
    );
  });

  it('says of a target that is not there what it lacks', () => {
    begin();
    plane.client.create(autoscaler());
    plane.advance(0);
    expect(condition('AbleToScale')).toBe(
      'False FailedGetScale: the HPA controller was unable to get the target\'s current scale: deployments.apps "web" not found',
    );
    expect(messages('FailedGetScale')).toEqual(['deployments.apps "web" not found']);
  });

  it('refuses to share pods with another autoscaler', () => {
    begin();
    createDeployment(2);
    plane.client.create(autoscaler());
    plane.client.create(autoscaler({}, 'second'));
    plane.advance(2 * SYNC_MS);
    expect(condition('ScalingActive')).toBe(
      'False AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [default/second default/web]',
    );
  });

  it('writes nothing and asks for nothing once it is gone', () => {
    begin();
    createDeployment(2);
    usage.milliCpu = 80;
    plane.client.create(autoscaler());
    plane.advance(4 * SYNC_MS);
    const { apiVersion, kind } = stored();
    plane.client.delete({ apiVersion, kind, namespace: 'default', name: 'web' });
    plane.advance(SYNC_MS);
    const { questions } = usage;
    const reconciles = plane.manager.counters().get('horizontal-pod-autoscaler-controller')?.reconciles;
    plane.advance(2_000_000);
    expect(usage.questions).toBe(questions);
    expect(plane.manager.counters().get('horizontal-pod-autoscaler-controller')?.reconciles).toBe(reconciles);
  });

  it('comes to rest with its target: the same figures write nothing', () => {
    begin();
    createDeployment(2);
    usage.milliCpu = 80;
    plane.client.create(autoscaler());
    plane.advance(4 * SYNC_MS);
    const { revision } = plane.client;
    plane.advance(40 * SYNC_MS);
    expect(plane.client.revision).toBe(revision);
  });
});

describe('the target of an autoscaler', () => {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'app' }] } };
  const metadata = { name: 'web', namespace: 'default' };
  const selector = { matchLabels: { app: 'web' } };

  it.each([
    [
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata,
        spec: { replicas: 1, serviceName: 'web', selector, template },
      },
    ],
    [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: { replicas: 1, selector, template } }],
    [
      {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata,
        spec: { replicas: 1, selector: { app: 'web' }, template },
      },
    ],
  ])('may be anything with a scale: $kind', (target) => {
    begin({ customMetrics: providerOf({ external: [30_000] }) });
    plane.client.create(target);
    plane.settle();
    const { apiVersion, kind } = target;
    const external = { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '10' } };
    const scaleTargetRef = { apiVersion, kind, name: 'web' };
    plane.client.create(autoscaler({ scaleTargetRef, metrics: [{ type: 'External', external }] }));
    plane.advance(0);
    const scaled = plane.client.getObject({ ...scaleTargetRef, namespace: 'default' });
    expect(scaled).toMatchObject({ spec: { replicas: 3 } });
  });

  it.each([
    [
      'a kind that nobody knows',
      { apiVersion: 'example.com/v1', kind: 'Thing' },
      'no matches for kind "Thing" in group "example.com"',
    ],
    [
      'a kind without a scale',
      { apiVersion: 'v1', kind: 'ConfigMap' },
      'the server could not find the requested resource',
    ],
  ])('is not %s', (_what, kind, failure) => {
    begin();
    plane.client.create(autoscaler({ scaleTargetRef: { ...kind, name: 'web' } }));
    plane.advance(0);
    expect(messages('FailedGetScale')).toEqual([failure]);
  });
});

describe('several metrics', () => {
  const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
  const QUEUE = {
    type: 'External',
    external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '10' } },
  };

  it('count by the one that asks for most', () => {
    begin({ customMetrics: providerOf({ external: [30_000, 40_000] }) });
    createDeployment(4);
    usage.milliCpu = 80;
    plane.client.create(autoscaler({ metrics: [CPU, QUEUE] }));
    plane.advance(SYNC_MS);
    expect(replicas()).toBe(7);
    expect(messages('SuccessfulRescale')).toEqual(['New size: 7; reason: external metric queue(nil) above target']);
    expect(stored().status?.currentMetrics?.map(({ type }) => type)).toEqual(['Resource', 'External']);
  });

  it('do not scale down while one of them is not known', () => {
    begin();
    createDeployment(4);
    usage.milliCpu = 10;
    plane.client.create(autoscaler({ metrics: [CPU, QUEUE] }));
    plane.advance(600_000);
    expect(replicas()).toBe(4);
    expect(condition('ScalingActive')).toBe(
      'False FailedGetExternalMetric: the HPA was unable to compute the replica count: unable to get external metric default/queue/nil: unable to fetch metrics from external metrics API: no external metrics API (external.metrics.k8s.io) registered',
    );
    expect(messages('FailedComputeMetricsReplicas')[0]).toContain(
      'invalid metrics (1 invalid out of 2), first error is: failed to get queue external metric value: failed to get queue external metric: unable to get',
    );
    // What could be read is shown, and nothing that was read earlier.
    expect(stored().status?.currentMetrics?.map(({ type }) => type)).toEqual(['Resource']);
  });

  it('scale up all the same', () => {
    begin();
    createDeployment(4);
    usage.milliCpu = 160;
    plane.client.create(autoscaler({ metrics: [CPU, QUEUE] }));
    plane.advance(SYNC_MS);
    expect(replicas()).toBe(8);
  });

  it('may be of pods and of an object', () => {
    begin({ customMetrics: providerOf({ pods: 3000, object: 9000 }) });
    createDeployment(2);
    const target = { type: 'AverageValue', averageValue: '2' };
    const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'web' };
    plane.client.create(
      autoscaler({
        metrics: [
          { type: 'Pods', pods: { metric: { name: 'requests' }, target } },
          {
            type: 'Object',
            object: { metric: { name: 'hits' }, describedObject, target: { type: 'Value', value: '6' } },
          },
        ],
      }),
    );
    plane.advance(0);
    // Each pod has 3 of 2, which makes 3; the object has 9 of 6, which makes 3 as well: the first is named.
    expect(replicas()).toBe(3);
    expect(messages('SuccessfulRescale')).toEqual(['New size: 3; reason: pods metric requests above target']);
    expect(stored().status?.currentMetrics).toEqual([
      { type: 'Pods', pods: { metric: { name: 'requests' }, current: { averageValue: '3' } } },
      { type: 'Object', object: { metric: { name: 'hits' }, describedObject, current: { value: '9' } } },
    ]);
  });
});

describe('answers that come later', () => {
  const external = (name: string) => ({
    type: 'External',
    external: { metric: { name }, target: { type: 'AverageValue', averageValue: '10' } },
  });

  /** Answers when it is told to. */
  class SlowProvider implements CustomMetrics {
    readonly asks: (MetricAsk & { readonly metric: string })[] = [];
    readonly #answers = new Map<string, { readonly milliValue: number; readonly atMs: number }>();

    podsMetric(): MetricPending {
      return PENDING;
    }

    objectMetric(): MetricPending {
      return PENDING;
    }

    externalMetric({ metric }: { readonly metric: string }, ask: MetricAsk): readonly MetricSample[] | MetricPending {
      const answer = this.#answers.get(metric);
      if (answer !== undefined && answer.atMs >= ask.sinceMs) return [{ ...answer, timestampMs: 0, windowMs: 0 }];
      this.asks.push({ metric, ...ask });
      return PENDING;
    }

    answer(metric: string, milliValue: number): void {
      this.#answers.set(metric, { milliValue, atMs: plane.clock.monotonicMs() });
      for (const ask of this.asks.splice(0)) ask.onAnswer();
    }
  }

  it('are waited for without a word, and then count at once', () => {
    const provider = new SlowProvider();
    begin({ customMetrics: provider });
    createDeployment(2);
    plane.client.create(autoscaler({ metrics: [external('queue')] }));
    plane.advance(3_000);
    expect([replicas(), stored().status?.conditions ?? []]).toEqual([2, []]);
    provider.answer('queue', 40_000);
    plane.advance(0);
    expect(replicas()).toBe(4);
    expect(provider.asks).toEqual([]);
  });

  it('are all of one round, however long one of them takes, and the next round asks anew', () => {
    const provider = new SlowProvider();
    begin({ customMetrics: provider });
    createDeployment(2);
    plane.client.create(autoscaler({ metrics: [external('quick'), external('slow')] }));
    plane.advance(0);
    provider.answer('quick', 30_000);
    // Another sync comes and goes: the quick answer is not asked for again.
    plane.advance(SYNC_MS);
    expect(new Set(provider.asks.map(({ metric }) => metric))).toEqual(new Set(['slow']));
    provider.answer('slow', 20_000);
    plane.advance(0);
    expect(replicas()).toBe(3);
    plane.advance(SYNC_MS);
    expect(provider.asks.map(({ metric }) => metric).sort()).toEqual(['quick', 'slow']);
  });

  it('are not asked for where the bounds decide', () => {
    const provider = new SlowProvider();
    begin({ customMetrics: provider });
    createDeployment(2);
    plane.client.create(autoscaler({ minReplicas: 3, metrics: [external('queue')] }));
    plane.advance(0);
    expect([replicas(), provider.asks]).toEqual([3, []]);
  });
});

function providerOf(values: {
  readonly pods?: number;
  readonly object?: number;
  readonly external?: readonly number[];
}): CustomMetrics {
  const sample = (milliValue: number) => ({ milliValue, timestampMs: 0, windowMs: 0 });
  return {
    podsMetric: () =>
      new Map(plane.client.list('Pod').map(({ metadata }) => [metadata.name, sample(values.pods ?? 0)])),
    objectMetric: () => sample(values.object ?? 0),
    externalMetric: () => (values.external ?? []).map(sample),
  };
}
