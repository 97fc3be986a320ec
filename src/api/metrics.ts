/**
 * What is measured of pods and of the rest of the world, as an autoscaler asks for it. It sits between siblings (the
 * node agent measures, a controller decides), so it names nothing of either. Values are thousandths of the unit
 * (millicores, thousandths of a byte), as a `Quantity`'s `MilliValue`.
 */
export interface ResourceMetrics {
  /**
   * Asks that pods go on being measured for the next minute: nothing is measured while nobody asks. False while the
   * first window is not over yet, so that nothing can be said of any pod.
   */
  request(): boolean;
  /** The newest figures; `undefined` of a pod that does not run, or not for long enough. */
  podMetrics(podUid: string): PodMetrics | undefined;
}

export interface PodMetrics {
  /** Wall time of the window's end. */
  readonly timestampMs: number;
  /** Over how long the use of processors was averaged. */
  readonly windowMs: number;
  /** Of the containers that run, sidecars among them. */
  readonly containers: readonly ContainerMetrics[];
}

/** What a node agent measures: of its pods, and of its node. */
export interface NodeAgentMetrics extends ResourceMetrics {
  /** The newest figures; `undefined` of another node, or while the first window is not over. */
  nodeMetrics(nodeName: string): NodeMetrics | undefined;
}

export interface NodeMetrics {
  /** Wall time of the window's end. */
  readonly timestampMs: number;
  readonly windowMs: number;
  readonly milliCpu: number;
  /** The working set. */
  readonly memoryBytes: number;
}

export interface ContainerMetrics {
  readonly name: string;
  readonly milliCpu: number;
  /** The working set, as Kubernetes counts memory. */
  readonly memoryBytes: number;
}

/**
 * Metrics that are not resources, from whoever provides them: what `custom.metrics.k8s.io` and
 * `external.metrics.k8s.io` are in a cluster. An answer may have to be waited for.
 */
export interface CustomMetrics {
  /** One sample for each pod of which the provider knows it, by the pod's name. */
  podsMetric(query: PodsMetricQuery, ask: MetricAsk): ReadonlyMap<string, MetricSample> | MetricFailure | MetricPending;
  objectMetric(
    query: MetricQuery & { readonly object: DescribedObject },
    ask: MetricAsk,
  ): MetricSample | MetricFailure | MetricPending;
  /** One sample for each series that the selector matches; their sum counts. */
  externalMetric(query: MetricQuery, ask: MetricAsk): readonly MetricSample[] | MetricFailure | MetricPending;
}

export interface MetricAsk {
  /** Monotonic time; an answer that came before it does not count. */
  readonly sinceMs: number;
  /** Called once when the answer has come, after `PENDING`. */
  readonly onAnswer: () => void;
}

/** The answer is on its way. */
export const PENDING = 'pending';
export type MetricPending = typeof PENDING;

export interface PodsMetricQuery extends MetricQuery {
  /** Which pods are meant, in text form. */
  readonly podSelector: string;
}

export interface MetricQuery {
  readonly namespace: string;
  readonly metric: string;
  /** Kubernetes' text form of the metric's label selector; empty for all. */
  readonly selector: string;
}

export interface DescribedObject {
  readonly apiVersion?: string | undefined;
  readonly kind: string;
  readonly name: string;
}

export interface MetricSample {
  readonly milliValue: number;
  /** Wall time. */
  readonly timestampMs: number;
  /** 0 for a value of one moment. */
  readonly windowMs: number;
}

/** Why there is no value, as a clause. */
export interface MetricFailure {
  readonly failure: string;
}
