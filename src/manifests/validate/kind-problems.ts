import type { FieldProblem } from '../../objects/field-problem.ts';
import { findKind, findKindsNamed, findRemovedVersion, KINDS, type KindInfo } from '../../objects/kinds.ts';
import { findSimilar } from './did-you-mean.ts';

export interface KindVerdict {
  /** The kind, where it is known; nothing else of the object is looked at where it is not. */
  readonly info: KindInfo | undefined;
  readonly problems: readonly FieldProblem[];
}

/** Whether Berth knows and runs the kind of an object, and what was meant where it does not. */
export function kindVerdict(apiVersion: string, kind: string): KindVerdict {
  const info = findKind(apiVersion, kind);
  if (info === undefined) return { info, problems: [unknownKind(apiVersion, kind)] };
  if (info.support === 'implemented') return { info, problems: [] };
  const place = { path: ['kind'], at: 'value' } as const;
  if (info.support === 'inert') {
    const message = `${kind} is stored and not acted on: ${info.supportReason}`;
    return { info, problems: [{ code: 'KindInert', severity: 'warning', ...place, message }] };
  }
  const message = `${kind} is refused: ${info.supportReason}`;
  return { info, problems: [{ code: 'KindRefused', severity: 'error', ...place, message, help: 'remove the object' }] };
}

function unknownKind(apiVersion: string, kind: string): FieldProblem {
  const removed = findRemovedVersion(apiVersion, kind);
  if (removed !== undefined) {
    const help = removed.successor === undefined ? 'remove the object' : `use apiVersion: ${removed.successor}`;
    const message = `${apiVersion} ${kind} was removed in Kubernetes ${removed.removedIn}`;
    return { code: 'ApiVersionRemoved', severity: 'error', path: ['apiVersion'], at: 'value', message, help };
  }
  const message = `no kind ${JSON.stringify(kind)} is known in version ${JSON.stringify(apiVersion)}`;
  const versions = findKindsNamed(kind);
  if (versions.length > 0) {
    const known = versions.map((info) => info.apiVersion).join(' or ');
    return {
      code: 'KindUnknown',
      severity: 'error',
      path: ['apiVersion'],
      at: 'value',
      message,
      help: `use apiVersion: ${known}`,
    };
  }
  const similar = findSimilar(
    kind,
    KINDS.map((info) => info.kind),
  );
  const help =
    similar === undefined
      ? 'custom resources are not supported: remove the object, or list its file in .sourceignore'
      : `did you mean "${similar}"?`;
  return { code: 'KindUnknown', severity: 'error', path: ['kind'], at: 'value', message, help };
}
