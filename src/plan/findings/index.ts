/**
 * What a plan finds. Each rule of `rules/` is a pure function from what is declared before and after, and what is known
 * of the box, to findings; `runRules` runs them on both sides and keeps what the change brings about. Findings of the
 * simulation are made beside it and have the same form.
 */
export type { Finding, Severity } from './finding.ts';
export type { PlannedObject, PlannedObjects } from './planned-object.ts';
export type { LiveView, RuleSnapshot } from './rule.ts';
export { isToldByRule } from './rules/dangling-references.ts';
export { RULES } from './rules/index.ts';
export { runRules, sortFindings } from './run-rules.ts';
