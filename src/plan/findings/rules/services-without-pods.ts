import { isJsonObject } from '../../../lib/json.ts';
import { formatObject } from '../../../objects/index.ts';
import { selects } from '../../impact/compute-blast-radius.ts';
import { containersOf, podTemplateOf, specOf } from '../../pod-specs.ts';
import type { Finding } from '../finding.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, ofKind, type Rule } from '../rule.ts';

/** A Service that selects no declared pods, or leads to a port that none of them names. */
export const servicesWithoutPods: Rule = ({ objects }) => {
  const workloads = [...objects.values()].filter(({ object }) => podTemplateOf(object) !== undefined);
  return ofKind(objects, 'Service').flatMap((service) => {
    const selector = specOf(service.object)['selector'];
    if (!isJsonObject(selector) || Object.keys(selector).length === 0) return [];
    const selected = workloads.filter((workload) => selects(service, workload));
    if (selected.length === 0) return [nothingSelected(service, selector)];
    return portsOf(service).flatMap(({ targetPort }, index) => missingPort(service, selected, targetPort, index));
  });
};

function nothingSelected(service: PlannedObject, selector: object): Finding {
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${String(value)}`);
  const message = `it selects no pods: nothing that is declared in its namespace has the labels ${labels.join(',')}`;
  return findingOn(service, 'ServiceWithoutPods', { severity: 'warning', field: ['spec', 'selector'], message });
}

interface ServicePort {
  readonly targetPort?: number | string;
}

function portsOf(service: PlannedObject): readonly ServicePort[] {
  return (specOf(service.object) as { readonly ports?: readonly ServicePort[] }).ports ?? [];
}

function missingPort(
  service: PlannedObject,
  selected: readonly PlannedObject[],
  targetPort: number | string | undefined,
  index: number,
): readonly Finding[] {
  if (typeof targetPort !== 'string') return [];
  const lacking = selected.filter((workload) => !portNamesOf(workload).has(targetPort));
  if (lacking.length === 0) return [];
  const names = lacking.map(({ id }) => formatObject(id)).join(', ');
  const message = `the port "${targetPort}" that it leads to is named by no container of ${names}`;
  const field = ['spec', 'ports', index, 'targetPort'];
  return [findingOn(service, 'ServiceWithoutPods', { severity: 'warning', field, message })];
}

function portNamesOf(workload: PlannedObject): ReadonlySet<string | undefined> {
  const template = podTemplateOf(workload.object);
  const containers = template === undefined ? [] : containersOf(template.spec);
  return new Set(containers.flatMap(({ container }) => (container.ports ?? []).map(({ name }) => name)));
}
