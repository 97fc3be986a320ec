import type { DescribedObject, MetricQuery, PodsMetricQuery } from '../../../api/metrics.ts';
import { findKind } from '../../../objects/index.ts';

export const CUSTOM_GROUP = 'custom.metrics.k8s.io';
export const EXTERNAL_GROUP = 'external.metrics.k8s.io';
/** In the order in which they are asked for where an adapter serves both (discovery of the custom metrics client). */
export const CUSTOM_VERSIONS = ['v1beta2', 'v1beta1'] as const;
export type CustomVersion = (typeof CUSTOM_VERSIONS)[number];

// Where the metrics clients of the kube-controller-manager ask:
// "namespaces/{namespace}/pods/*/{metric}?labelSelector=…&metricLabelSelector=…", the star for all objects that match
// the selector (custom metrics API, GetForObjects).
export function podsMetricPath(version: CustomVersion, { namespace, metric, selector, podSelector }: PodsMetricQuery) {
  const query = queryOf({ labelSelector: podSelector, metricLabelSelector: selector });
  return `${customRoot(version)}/namespaces/${enc(namespace)}/pods/*/${enc(metric)}${query}`;
}

/**
 * "`namespaces/{namespace}/{resource}.{group}/{name}/{metric}`; for a namespace itself
 * `namespaces/{namespace}/metrics/{metric}`, with the autoscaler's own, since a reference isn't supposed to escape its
 * namespace" (GetObjectMetric). `failure`: there is no such kind.
 */
export function objectMetricPath(
  version: CustomVersion,
  { namespace, metric, selector, object }: MetricQuery & { readonly object: DescribedObject },
): { readonly path: string } | { readonly failure: string } {
  const query = queryOf({ metricLabelSelector: selector });
  const root = `${customRoot(version)}/namespaces/${enc(namespace)}`;
  const { apiVersion = 'v1', kind, name } = object;
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  if (kind === 'Namespace' && group === '') return { path: `${root}/metrics/${enc(metric)}${query}` };
  const info = findKind(apiVersion, kind);
  if (info === undefined) {
    const qualified = group === '' ? kind : `${kind}.${group}`;
    return {
      failure: `unable to map kind ${qualified} to resource: no matches for kind "${kind}" in group "${group}"`,
    };
  }
  const resource = info.group === '' ? info.plural : `${info.plural}.${info.group}`;
  return { path: `${root}/${resource}/${enc(name)}/${enc(metric)}${query}` };
}

/** "`namespaces/{namespace}/{metric}?labelSelector=…`" (external metrics API). */
export function externalMetricPath({ namespace, metric, selector }: MetricQuery): string {
  const root = `/apis/${EXTERNAL_GROUP}/v1beta1/namespaces/${enc(namespace)}`;
  return `${root}/${enc(metric)}${queryOf({ labelSelector: selector })}`;
}

function customRoot(version: CustomVersion): string {
  return `/apis/${CUSTOM_GROUP}/${version}`;
}

function queryOf(values: Readonly<Record<string, string>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

const enc = encodeURIComponent;
