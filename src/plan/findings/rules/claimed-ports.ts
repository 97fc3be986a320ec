import type { FieldPath } from '../../../objects/field-problem.ts';
import { formatObject } from '../../../objects/index.ts';
import { containersOf, podTemplateOf, specOf } from '../../pod-specs.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, ofKind, type Rule } from '../rule.ts';

interface Claim {
  readonly owner: PlannedObject;
  readonly what: string;
  readonly field: FieldPath;
}

/** A port of the machine that two objects want: one of them will never get it on a box of one node. */
export const claimedPorts: Rule = ({ objects, before }) => {
  const first = new Map<string, Claim>();
  const workloads = ofKind(
    objects,
    'Pod',
    'Deployment',
    'ReplicaSet',
    'StatefulSet',
    'DaemonSet',
    'ReplicationController',
  );
  const all = [...workloads.flatMap(hostPortsOf), ...ofKind(objects, 'Service').flatMap(nodePortsOf)];
  // Who was there first has it.
  const isOld = ({ owner }: Claim) => before.has(owner.key);
  const claims = [...all.filter(isOld), ...all.filter((claim) => !isOld(claim))];
  return claims.flatMap((claim) => {
    const other = first.get(claim.what);
    if (other === undefined) {
      first.set(claim.what, claim);
      return [];
    }
    const isSame = other.owner.key === claim.owner.key;
    if (isSame && claim.owner.id.kind === 'Service') return [];
    const message = isSame
      ? `two containers claim ${claim.what}`
      : `${claim.what} is claimed by ${formatObject(other.owner.id)}, too`;
    return [findingOn(claim.owner, 'PortClaimed', { severity: 'error', field: claim.field, message })];
  });
};

function hostPortsOf(owner: PlannedObject): readonly Claim[] {
  const template = podTemplateOf(owner.object);
  if (template === undefined || Number(specOf(owner.object)['replicas'] ?? 1) === 0) return [];
  const usesHost = template.spec.hostNetwork === true;
  return containersOf(template.spec).flatMap(({ container, path }) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort, hostIP = '', protocol = 'TCP' }, index) => {
      const port = usesHost ? containerPort : hostPort;
      if (port === undefined || port === 0) return [];
      const address = hostIP === '' || hostIP === '0.0.0.0' ? '' : `${hostIP}:`;
      const field = [...template.path, 'spec', ...path, 'ports', index, usesHost ? 'containerPort' : 'hostPort'];
      return [{ owner, what: `host port ${address}${port}/${protocol}`, field }];
    }),
  );
}

interface ServicePort {
  readonly nodePort?: number;
  readonly protocol?: string;
}

function nodePortsOf(owner: PlannedObject): readonly Claim[] {
  const { ports = [] } = specOf(owner.object) as { readonly ports?: readonly ServicePort[] };
  return ports.flatMap(({ nodePort, protocol = 'TCP' }, index) =>
    nodePort === undefined
      ? []
      : [{ owner, what: `node port ${nodePort}/${protocol}`, field: ['spec', 'ports', index, 'nodePort'] }],
  );
}
