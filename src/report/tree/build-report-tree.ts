import { counted } from '../../lib/counted.ts';
import type { ApplicationReport, PlanReport } from '../plan-report.ts';
import { buildSections } from './build-sections.ts';
import { formatReadyIn, formatSpan } from './format-duration.ts';
import { isBad } from './is-bad.ts';
import { type Block, code, type ReportTree, type Rich, strong, text } from './report-tree.ts';

/** What is longer is cut: these parts are never left out, so they must not be able to take all the room. */
const LONGEST_NAME = 63;
const LONGEST_NOTE = 400;
const NOTES = 10;

/** Rows of the table; what is beyond is summed up in the last one, the worst applications come first. */
const TABLE_ROWS = 50;

/** The one description that every form of the report is drawn from: worst news first. */
export function buildReportTree(report: PlanReport): ReportTree {
  const { hasChanges, result } = report;
  return {
    symbol: result === 'error' ? '❌' : result === 'warning' ? '⚠️' : '✅',
    heading: describeHeading(report),
    notes: [...describeStaleness(report), ...describeEnd(report), ...describeHidden(report)]
      .slice(0, NOTES)
      .map((note) => [text(cut(note, LONGEST_NOTE))]),
    ...(hasChanges ? { table: buildTable(report) } : {}),
    findings: report.findings,
    sections: hasChanges ? buildSections(report) : [],
    footer: describeFooter(report),
    reproduce: cut(report.reproduce, LONGEST_NOTE),
  };
}

function describeHeading(report: PlanReport): Rich {
  const { findings, head, cluster, live } = report;
  const counts = (['error', 'warning'] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [counted(count, severity)];
  });
  const staleness =
    live.stale.length > 0 ? ', live state is stale' : live.missing === undefined ? '' : ', no live state';
  const sums = counts.length === 0 ? '' : `: ${counts.join(', ')}`;
  return [
    text(`${describeResult(report)}${sums} (`),
    code(head.id.slice(0, 7)),
    text(` → ${cut(cluster, LONGEST_NAME)}${staleness})`),
  ];
}

function describeResult({ result, hasChanges, applications }: PlanReport): string {
  if (applications.some(({ isApplicable }) => !isApplicable)) return 'Would be refused';
  if (applications.some(({ rollouts }) => rollouts.some(isBad))) return 'Rollout would fail';
  if (!hasChanges) return 'No changes';
  if (result === 'error') return 'Would do harm';
  return result === 'warning' ? 'Would roll out, with warnings' : 'Would roll out';
}

function cut(content: string, longest: number): string {
  return content.length > longest ? `${content.slice(0, longest)}…` : content;
}

function describeStaleness({ live }: PlanReport): readonly string[] {
  const missing = live.missing === undefined ? [] : [`Live state is not known: ${live.missing}.`];
  const start =
    live.source === 'base'
      ? ['The simulation starts from the base, as if it were running.']
      : live.source === 'none'
        ? ['The simulation starts from an empty box.']
        : [];
  const stale = live.stale.length === 0 ? [] : [`Live state may not be true any more: ${live.stale.join('; ')}.`];
  return [...missing, ...stale, ...start];
}

/** "Hidden noise is counted and the rule named." */
function describeHidden({ hidden }: PlanReport): readonly string[] {
  return hidden.map(({ rule, count }) => `${counted(count, 'finding')} not shown: ${rule}.`);
}

function describeEnd({ simulation }: PlanReport): readonly string[] {
  if (simulation?.endedBy === undefined) return [];
  const played = formatSpan(simulation.virtualMs);
  return [`The simulation was ended by the limit ${simulation.endedBy} after ${played} of virtual time.`];
}

function buildTable({ applications }: PlanReport): Extract<Block, { kind: 'table' }> {
  const ranked = [...applications].sort((a, b) => rankOf(a) - rankOf(b));
  const shown = ranked.slice(0, ranked.length > TABLE_ROWS ? TABLE_ROWS - 1 : TABLE_ROWS);
  const rest = ranked.slice(shown.length);
  const rows = shown.map((application) => describeRow(application));
  if (rest.length > 0) rows.push(describeRest(rest));
  return { kind: 'table', columns: ['app', 'create', 'update', 'replace', 'delete', 'ready in'], rows };
}

function rankOf({ isApplicable, readyIn, counts }: ApplicationReport): number {
  if (!isApplicable) return 0;
  if (readyIn.kind === 'never') return 1;
  return counts.deleted + counts.replaced > 0 ? 2 : counts.created + counts.configured > 0 ? 3 : 4;
}

function describeRow({ name, counts, isApplicable, readyIn }: ApplicationReport): readonly Rich[] {
  const ready = isApplicable ? formatReadyIn(readyIn) : 'refused';
  const isGood = isApplicable && readyIn.kind !== 'never';
  return [
    [isGood ? text(cut(name, LONGEST_NAME)) : strong(cut(name, LONGEST_NAME))],
    [text(String(counts.created))],
    [text(String(counts.configured))],
    [counts.replaced > 0 ? strong(String(counts.replaced)) : text('0')],
    [counts.deleted > 0 ? strong(String(counts.deleted)) : text('0')],
    [text(isGood ? ready : `❌ ${ready}`)],
  ];
}

function describeRest(applications: readonly ApplicationReport[]): readonly Rich[] {
  const sum = (count: (application: ApplicationReport) => number) =>
    String(applications.reduce((total, application) => total + count(application), 0));
  return [
    [text(`${counted(applications.length, 'more application')}`)],
    [text(sum(({ counts }) => counts.created))],
    [text(sum(({ counts }) => counts.configured))],
    [text(sum(({ counts }) => counts.replaced))],
    [text(sum(({ counts }) => counts.deleted))],
    [text('')],
  ];
}

function describeFooter({ live, base, berthVersion }: PlanReport): Rich {
  const from =
    base === undefined
      ? []
      : [
          text('Compared with '),
          code(base.id.slice(0, 7)),
          text(`${base.how === 'merge-base' ? ' (merge base)' : ''} · `),
        ];
  return [...from, ...describeLive(live), text(` · Berth ${berthVersion}`)];
}

function describeLive({ source, branch, commit, ageMs }: PlanReport['live']): Rich {
  if (source === 'base') return [text('live state taken from the base')];
  if (source === 'none') return [text('no live state')];
  if (source === 'store') return [text('live state of the box itself')];
  const at = commit === undefined ? (branch ?? '') : `${branch ?? ''}@${commit.slice(0, 7)}`;
  return [
    text('live state '),
    code(cut(at, LONGEST_NAME)),
    text(ageMs === undefined ? '' : `, ${formatSpan(ageMs)} old`),
  ];
}
