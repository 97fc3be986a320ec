import { compareText } from '../../lib/compare-text.ts';
import type { Finding, Severity } from './finding.ts';
import type { PlannedObjects } from './planned-object.ts';
import type { Rule, RuleSnapshot } from './rule.ts';

export interface RuleResults {
  readonly findings: readonly Finding[];
  /** Findings that the change did not bring about: they were there before. */
  readonly known: number;
}

export interface RunRulesOptions {
  readonly before: PlannedObjects;
  readonly after: PlannedObjects;
  readonly existsLive: RuleSnapshot['existsLive'];
  readonly podsOf: RuleSnapshot['podsOf'];
  readonly live: RuleSnapshot['live'];
  readonly replaced: RuleSnapshot['replaced'];
}

/**
 * Runs every rule on what is declared after the change, and leaves out what it says of the state before in the same
 * words.
 */
export function runRules(rules: readonly Rule[], options: RunRulesOptions): RuleResults {
  const { before, after, replaced, ...known } = options;
  const found = rules.flatMap((rule) => rule({ ...known, objects: after, before, replaced }));
  const old = rules.flatMap((rule) => rule({ ...known, objects: before, before, replaced: new Set() }));
  const wasThere = new Set(old.map(identityOf));
  const findings = found.filter((finding) => !wasThere.has(identityOf(finding)));
  return { findings, known: found.length - findings.length };
}

function identityOf({ code, object, field, message }: Finding): string {
  return JSON.stringify([code, object, field, message]);
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Worst first; then by application, path, line and code. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] ||
      compareText(a.application ?? '', b.application ?? '') ||
      compareText(a.path ?? '', b.path ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compareText(a.code, b.code) ||
      compareText(a.message, b.message),
  );
}
