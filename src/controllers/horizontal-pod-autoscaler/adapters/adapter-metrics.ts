import type { Client } from '../../../api/client.ts';
import {
  type CustomMetrics,
  type DescribedObject,
  type MetricAsk,
  type MetricFailure,
  type MetricPending,
  type MetricQuery,
  type MetricSample,
  PENDING,
  type PodsMetricQuery,
} from '../../../api/metrics.ts';
import type { MetricsAdapter } from '../../../host/metrics-adapter.ts';
import type { Clock } from '../../../lib/clock.ts';
import { messageOf } from '../../../lib/errors.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { type AdapterTarget, findAdapter } from './find-adapter.ts';
import {
  CUSTOM_GROUP,
  CUSTOM_VERSIONS,
  type CustomVersion,
  externalMetricPath,
  objectMetricPath,
  podsMetricPath,
} from './metric-paths.ts';
import { failureOfAnswer, type MetricValue, parseGroupVersions, parseMetricValues } from './parse-metric-values.ts';
import { QuestionDesk } from './question-desk.ts';

/** One adapter, and how to reach it. */
export interface AdapterLink {
  readonly adapter: MetricsAdapter;
  readonly target: AdapterTarget;
}

/** Who provides metrics that are not resources; what is left out is provided by nobody. */
export interface AdapterLinks {
  readonly custom?: AdapterLink;
  readonly external?: AdapterLink;
}

type Answer = readonly MetricValue[] | MetricFailure;

const NO_CUSTOM = `no custom metrics API (${CUSTOM_GROUP}) registered`;
const NO_EXTERNAL = 'no external metrics API (external.metrics.k8s.io) registered';

/**
 * Metrics of pods, objects and the outside from adapters that serve Kubernetes' metrics APIs, asked for as the
 * kube-controller-manager's clients ask (`restMetricsClient`). An adapter that is slow, away or wrong makes its answers
 * failures, and holds up nobody else.
 */
export class AdapterMetrics implements CustomMetrics {
  readonly #client: Client;
  readonly #links: AdapterLinks;
  readonly #custom: QuestionDesk<Answer>;
  readonly #external: QuestionDesk<Answer>;
  /** Which version the adapter of custom metrics serves; forgotten with each failure. */
  #version: CustomVersion | undefined;
  /** Counts questions, so that all pods behind a Service get their share. */
  #turn = 0;

  constructor(options: { readonly client: Client; readonly clock: Clock; readonly links: AdapterLinks }) {
    this.#client = options.client;
    this.#links = options.links;
    this.#custom = new QuestionDesk(options.clock);
    this.#external = new QuestionDesk(options.clock);
  }

  podsMetric(
    query: PodsMetricQuery,
    ask: MetricAsk,
  ): ReadonlyMap<string, MetricSample> | MetricFailure | MetricPending {
    const found = this.#askCustom(
      JSON.stringify(['pods', query.namespace, query.metric, query.selector, query.podSelector]),
      (version) => ({ path: podsMetricPath(version, query) }),
      ask,
    );
    return isValues(found) ? new Map(found.map((value) => [value.name, value])) : found;
  }

  objectMetric(
    query: MetricQuery & { readonly object: DescribedObject },
    ask: MetricAsk,
  ): MetricSample | MetricFailure | MetricPending {
    const { namespace, metric, selector, object } = query;
    const { apiVersion = '', kind, name } = object;
    const found = this.#askCustom(
      JSON.stringify(['object', namespace, metric, selector, apiVersion, kind, name]),
      (version) => objectMetricPath(version, query),
      ask,
    );
    if (!isValues(found)) return found;
    const [value, ...others] = found;
    if (value !== undefined && others.length === 0) return value;
    const why = `the custom metrics API server returned ${found.length} results when we asked for exactly one`;
    return customFailure(why);
  }

  externalMetric(query: MetricQuery, ask: MetricAsk): readonly MetricSample[] | MetricFailure | MetricPending {
    const link = this.#links.external;
    const fail = (why: string) => ({ failure: `unable to fetch metrics from external metrics API: ${why}` });
    if (link === undefined) return fail(NO_EXTERNAL);
    const path = externalMetricPath(query);
    return askAt(this.#external, path, ask, fail, async () => parseMetricValues(await this.#get(link, path)));
  }

  #askCustom(
    key: string,
    pathOf: (version: CustomVersion) => { readonly path: string } | { readonly failure: string },
    ask: MetricAsk,
  ): Answer | MetricPending {
    const link = this.#links.custom;
    if (link === undefined) return customFailure(NO_CUSTOM);
    return askAt(this.#custom, key, ask, customFailure, async () => {
      try {
        const version = await this.#versionOf(link);
        const found = pathOf(version);
        if ('failure' in found) return customFailure(found.failure);
        return parseMetricValues(await this.#get(link, found.path));
      } catch (error) {
        // It may be another adapter by the next time.
        this.#version = undefined;
        throw error;
      }
    });
  }

  /** "Prefers the newest version that both know" (discovery of the custom metrics client). */
  async #versionOf(link: AdapterLink): Promise<CustomVersion> {
    if (this.#version !== undefined) return this.#version;
    const served = parseGroupVersions(await this.#get(link, `/apis/${CUSTOM_GROUP}`));
    const version = CUSTOM_VERSIONS.find((each) => served.includes(each));
    if (version === undefined) throw new Error(NO_CUSTOM);
    this.#version = version;
    return version;
  }

  async #get({ adapter, target }: AdapterLink, path: string): Promise<string> {
    const { status, body } = await adapter.get({ ...findAdapter(this.#client, target, this.#turn++), path });
    if (status !== 200) throw new Error(failureOfAnswer(status, body));
    return body;
  }
}

function askAt(
  desk: QuestionDesk<Answer>,
  key: string,
  ask: MetricAsk,
  fail: (why: string) => MetricFailure,
  find: () => Promise<Answer>,
): Answer | MetricPending {
  if (desk.isFull(key)) return fail(`more than ${LIMITS.metricQuestions} metrics are asked for (metricQuestions)`);
  const found = desk.ask(key, ask, async () => {
    try {
      return await find();
    } catch (error) {
      return fail(messageOf(error));
    }
  });
  return found ?? PENDING;
}

function customFailure(why: string): MetricFailure {
  return { failure: `unable to fetch metrics from custom metrics API: ${why}` };
}

function isValues(found: Answer | MetricPending): found is readonly MetricValue[] {
  return Array.isArray(found);
}
