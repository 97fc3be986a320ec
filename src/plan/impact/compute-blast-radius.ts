import { isJsonObject, type JsonValue } from '../../lib/json.ts';
import { formatObject } from '../../objects/index.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import type { PlannedObject, PlannedObjects } from '../findings/planned-object.ts';
import { podTemplateOf, specOf } from '../pod-specs.ts';

/** What a reader of the change must think of: whatever reaches the pods that it touches. */
export interface BlastRadius {
  readonly services: readonly string[];
  readonly ingressHosts: readonly string[];
  readonly workloads: readonly string[];
  readonly pods: number;
}

export interface BlastRadiusSnapshot {
  /** Everything that is declared before or after: what was deleted counts, too. */
  readonly objects: PlannedObjects;
  /** Keys of the objects that the change touches. */
  readonly touched: ReadonlySet<string>;
  readonly podsOf: (object: string) => number;
}

/**
 * Follows the change outwards: workload → Services that select its pods → Ingress hosts that lead to those Services.
 */
export function computeBlastRadius({ objects, touched, podsOf }: BlastRadiusSnapshot): BlastRadius {
  const all = [...objects.values()];
  const workloads = all.filter((one) => touched.has(one.key) && podTemplateOf(one.object) !== undefined);
  const services = all.filter(
    (one) =>
      one.id.kind === 'Service' && (touched.has(one.key) || workloads.some((workload) => selects(one, workload))),
  );
  const hosts = all
    .filter(({ id }) => id.kind === 'Ingress')
    .flatMap((ingress) => hostsOf(ingress, touched.has(ingress.key) ? undefined : services));
  const names = workloads.map(({ id }) => formatObject(id)).sort();
  return {
    services: services.map(({ id }) => formatObject(id)).sort(),
    ingressHosts: [...new Set(hosts)].sort(),
    workloads: names,
    pods: names.reduce((sum, name) => sum + podsOf(name), 0),
  };
}

/**
 * Whether a Service sends to the pods of a workload: "route service traffic to pods with label keys and values matching
 * this selector" (ServiceSpec).
 */
export function selects(service: PlannedObject, workload: PlannedObject): boolean {
  if (service.id.namespace !== workload.id.namespace) return false;
  const selector = Object.entries(selectorOf(service.object));
  const labels = podTemplateOf(workload.object)?.labels ?? {};
  return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
}

function selectorOf(service: KubernetesObject): Readonly<Record<string, JsonValue>> {
  const selector = specOf(service)['selector'];
  return isJsonObject(selector) ? selector : {};
}

/** Hosts of an Ingress whose rules lead to one of these Services; all of them without a list. */
function hostsOf(ingress: PlannedObject, services: readonly PlannedObject[] | undefined): readonly string[] {
  const names = services?.filter(({ id }) => id.namespace === ingress.id.namespace).map(({ id }) => id.name);
  return ingressRulesOf(ingress.object)
    .filter(({ backends }) => names === undefined || backends.some((backend) => names.includes(backend)))
    .map(({ host }) => host);
}

export interface IngressRule {
  /** `*` for a rule without a host. */
  readonly host: string;
  readonly backends: readonly string[];
}

/** The rules of an Ingress with the Services that each leads to; the default backend stands for every host. */
export function ingressRulesOf(ingress: KubernetesObject): readonly IngressRule[] {
  const spec = specOf(ingress) as {
    readonly defaultBackend?: Backend;
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: { readonly paths?: readonly { readonly backend?: Backend }[] };
    }[];
  };
  const rules = (spec.rules ?? []).map(({ host = '*', http }) => ({
    host,
    backends: (http?.paths ?? []).flatMap(({ backend }) => backend?.service?.name ?? []),
  }));
  const fallback = spec.defaultBackend?.service?.name;
  return fallback === undefined ? rules : [...rules, { host: '*', backends: [fallback] }];
}

interface Backend {
  readonly service?: { readonly name?: string };
}
