import {
  describeViolations,
  evaluatePodSecurity,
  type PodSecurityLevels,
  type PodSecurityMode,
  type PodSecurityViolation,
  readPodSecurityLevels,
} from '../../../objects/pod-security/index.ts';
import { type PodTemplate, podTemplateOf } from '../../pod-specs.ts';
import type { Finding } from '../finding.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, ofKind, type Rule, type RuleSnapshot } from '../rule.ts';

/** What each mode does with a violation, the strictest first. */
const MODES: readonly (readonly [PodSecurityMode, Finding['severity'], string])[] = [
  ['enforce', 'error', 'enforces, so that its pods are refused'],
  ['warn', 'warning', 'warns about'],
  ['audit', 'warning', 'audits'],
];

/**
 * Containers that ask for what their namespace's Pod Security level forbids: an error where pods would be refused, a
 * warning where that is only said.
 */
export const forbiddenPrivileges: Rule = (snapshot) => {
  const levels = readNamespaces(snapshot);
  return [...snapshot.objects.values()].flatMap((planned) => {
    const template = podTemplateOf(planned.object);
    return template === undefined ? [] : judge(planned, template, levels(planned.id.namespace ?? 'default'));
  });
};

function judge(planned: PlannedObject, template: PodTemplate, levels: PodSecurityLevels): readonly Finding[] {
  const told = new Set<string>();
  return MODES.flatMap(([mode, severity, verb]) => {
    const level = levels[mode];
    return evaluatePodSecurity(level, template).flatMap((violation) => {
      const what = describeViolations([violation]);
      const identity = JSON.stringify([violation.field, what]);
      if (told.has(identity)) return [];
      told.add(identity);
      const message = `${what}: forbidden by the level ${level}, which the namespace ${planned.id.namespace ?? 'default'} ${verb}`;
      return [findingOn(planned, 'PrivilegeForbidden', { severity, field: fieldOf(template, violation), message })];
    });
  });
}

function fieldOf({ path }: PodTemplate, { field }: PodSecurityViolation): PodSecurityViolation['field'] {
  return [...path, field[0] === 'annotations' ? 'metadata' : 'spec', ...field];
}

/** Levels of each namespace, as it is declared, else as it is on the box. */
function readNamespaces({ objects, live }: RuleSnapshot): (namespace: string) => PodSecurityLevels {
  const declared = new Map(ofKind(objects, 'Namespace').map(({ id, object }) => [id.name, object]));
  const known = new Map<string, PodSecurityLevels>();
  return (name) => {
    const namespace = declared.get(name) ?? live?.find('Namespace', undefined, name);
    const levels = known.get(name) ?? readPodSecurityLevels(namespace?.metadata?.labels);
    known.set(name, levels);
    return levels;
  };
}
