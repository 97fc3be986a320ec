/**
 * Whoever serves metrics over HTTP on the paths of `custom.metrics.k8s.io` or `external.metrics.k8s.io`: what an
 * APIService leads to in a cluster.
 */
export interface MetricsAdapter {
  /**
   * One GET. Rejects with a plain sentence when there is no whole answer within `LIMITS.metricsAnswerMs` and
   * `LIMITS.metricsAnswerBytes`; any status is an answer.
   */
  get(request: AdapterRequest): Promise<AdapterAnswer>;
  /** Ends what is under way. */
  close(): void;
}

export interface AdapterRequest {
  /** `https://10.88.0.4:6443`, and a path where the API does not begin at the root. */
  readonly baseUrl: string;
  /** Path and query, from `/apis` on. */
  readonly path: string;
  /** The name that its certificate has to have, where that is not the host of the address. */
  readonly serverName?: string;
}

export interface AdapterAnswer {
  readonly status: number;
  readonly body: string;
}
