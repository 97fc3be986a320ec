import { isConditionTrue, parseQuantity, quantityValue } from '../../objects/index.ts';
import type { EndpointSlice, Node, Service } from '../../objects/types.ts';
import type { OpenLife } from '../life.ts';

type Endpoint = EndpointSlice['endpoints'][number];

const ZONE = 'topology.kubernetes.io/zone';
const APART = 'node-role.kubernetes.io/control-plane';
const MODE = 'service.kubernetes.io/topology-mode';
const CONTROLLER = 'endpointslice-controller.k8s.io';
/** "overloadThreshold represents the maximum overload any individual endpoint should be exposed to" (topologycache). */
const MOST_OVERLOAD = 1.2;

/**
 * Where each endpoint is to be used, in a world at rest. `trafficDistribution` says it of each endpoint alone. With the
 * annotation either none of a service has hints, or all that are ready, so that no zone has so few that they get a
 * fifth more than their share of the traffic.
 */
export function hintProblems({ registry }: OpenLife): readonly string[] {
  const client = registry.client({ user: 'checker', fieldManager: 'checker' });
  const nodes = client.list('Node');
  return client.list('Service').flatMap((service) => {
    const { name, namespace = '' } = service.metadata;
    const labelSelector = `kubernetes.io/service-name=${name},endpointslice.kubernetes.io/managed-by=${CONTROLLER}`;
    const slices = client.list('EndpointSlice', { namespace, labelSelector });
    const isShared = service.metadata.annotations?.[MODE] === 'Auto';
    const families = [...new Set(slices.map(({ addressType }) => addressType))];
    return families.flatMap((family) => {
      const endpoints = slices.filter((slice) => slice.addressType === family).flatMap((slice) => slice.endpoints);
      const problem = isShared ? sharedProblem(endpoints, nodes) : nearProblem(endpoints, service, nodes);
      return problem === undefined ? [] : [`the hints of ${namespace}/${name}: ${problem}`];
    });
  });
}

function nearProblem(endpoints: readonly Endpoint[], { spec }: Service, nodes: readonly Node[]): string | undefined {
  const zoneOf = new Map(nodes.map(({ metadata }) => [metadata.name, metadata.labels?.[ZONE]]));
  const wanted = spec?.trafficDistribution ?? '';
  const isNear = ['PreferClose', 'PreferSameZone', 'PreferSameNode'].includes(wanted);
  for (const { addresses, conditions, nodeName = '', hints } of endpoints) {
    const isMeant = isNear && conditions?.ready === true;
    const zone = zoneOf.get(nodeName);
    const meant = [
      ...(isMeant && zone !== undefined ? [zone] : []),
      ...(isMeant && wanted === 'PreferSameNode' && nodeName !== '' ? [nodeName] : []),
    ].join();
    const said = [...namesOf(hints?.forZones), ...namesOf(hints?.forNodes)].join();
    if (said !== meant) return `${addresses[0]} is for ${said || 'all'} and not for ${meant || 'all'}`;
  }
  return undefined;
}

function sharedProblem(endpoints: readonly Endpoint[], nodes: readonly Node[]): string | undefined {
  const ready = endpoints.filter(({ conditions }) => conditions?.ready === true);
  const hinted = endpoints.filter(({ hints }) => hints !== undefined);
  if (hinted.length === 0) return undefined;
  if (hinted.some((endpoint) => !ready.includes(endpoint))) return 'one that is not ready has some';
  if (hinted.length < ready.length) return `only ${hinted.length} of ${ready.length} have some`;
  const counts = countBy(ready.map(({ hints }) => namesOf(hints?.forZones).join()));
  for (const [zone, share] of sharesOf(nodes)) {
    const count = counts.get(zone) ?? 0;
    if (share * ready.length > count * MOST_OVERLOAD + 1e-9)
      return `${count} of ${ready.length} are for ${zone}, which has ${share.toFixed(2)} of the processors`;
  }
  return undefined;
}

/** Of each zone in all processors that count. */
function sharesOf(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const counted = nodes.filter(
    ({ metadata, status }) => metadata.labels?.[APART] === undefined && isConditionTrue(status?.conditions, 'Ready'),
  );
  const cpus = new Map<string, number>();
  for (const { metadata, status } of counted) {
    const zone = metadata.labels?.[ZONE] ?? '';
    cpus.set(zone, (cpus.get(zone) ?? 0) + quantityValue(parseQuantity(status?.allocatable?.['cpu'] ?? 0)));
  }
  const total = [...cpus.values()].reduce((sum, cpu) => sum + cpu, 0);
  return new Map([...cpus].map(([zone, cpu]) => [zone, cpu / total]));
}

function namesOf(hints: readonly { readonly name: string }[] | undefined): readonly string[] {
  return (hints ?? []).map(({ name }) => name);
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
