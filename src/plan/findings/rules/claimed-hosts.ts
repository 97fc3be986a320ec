import type { FieldPath } from '../../../objects/field-problem.ts';
import { formatObject } from '../../../objects/index.ts';
import { specOf } from '../../pod-specs.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, ofKind, type Rule } from '../rule.ts';

interface Claim {
  readonly ingress: PlannedObject;
  readonly what: string;
  readonly field: FieldPath;
}

/** Two Ingresses that want the same host and path: which of them answers is nobody's choice. */
export const claimedHosts: Rule = ({ objects, before }) => {
  const first = new Map<string, Claim>();
  const all = ofKind(objects, 'Ingress');
  // Who was there first has it.
  const ingresses = [...all.filter(({ key }) => before.has(key)), ...all.filter(({ key }) => !before.has(key))];
  return ingresses.flatMap((ingress) =>
    claimsOf(ingress).flatMap((claim) => {
      const other = first.get(claim.what);
      if (other === undefined) {
        first.set(claim.what, claim);
        return [];
      }
      if (other.ingress.key === ingress.key) return [];
      const message = `${claim.what} is claimed by ${formatObject(other.ingress.id)}, too`;
      return [findingOn(ingress, 'HostClaimed', { severity: 'error', field: claim.field, message })];
    }),
  );
};

interface IngressSpec {
  readonly ingressClassName?: string;
  readonly rules?: readonly {
    readonly host?: string;
    readonly http?: { readonly paths?: readonly { readonly path?: string; readonly pathType?: string }[] };
  }[];
}

function claimsOf(ingress: PlannedObject): readonly Claim[] {
  const { rules = [], ingressClassName = '' } = specOf(ingress.object) as IngressSpec;
  const suffix = ingressClassName === '' ? '' : ` (class ${ingressClassName})`;
  return rules.flatMap(({ host = '*', http }, rule) =>
    (http?.paths ?? [{}]).map(({ path = '/', pathType = 'Prefix' }, index) => ({
      ingress,
      what: `${host}${path}${pathType === 'Exact' ? ' (exactly)' : ''}${suffix}`,
      field:
        http === undefined ? ['spec', 'rules', rule, 'host'] : ['spec', 'rules', rule, 'http', 'paths', index, 'path'],
    })),
  );
}
