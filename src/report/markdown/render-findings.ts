import { counted } from '../../lib/counted.ts';
import type { Finding, Severity } from '../../plan/findings/finding.ts';
import { code, place, type Rich, strong, text } from '../tree/report-tree.ts';
import { type BlockOptions, renderRich } from './render-blocks.ts';

/**
 * How much is said of each finding. Errors are never left out: where there are too many they become shorter, and in the
 * end they are counted by code.
 */
export const FINDING_DETAILS = ['full', 'no-infos', 'short', 'no-warnings', 'errors-short', 'by-code'] as const;
export type FindingDetail = (typeof FINDING_DETAILS)[number];

const ALERTS: Readonly<Record<Severity, string>> = { error: 'CAUTION', warning: 'WARNING', info: 'NOTE' };
/** A longer message is cut in a comment; it stands whole in the other forms. */
const LONGEST_MESSAGE = 600;

/** One alert for each severity, worst first. */
export function renderFindings(findings: readonly Finding[], detail: FindingDetail, options: BlockOptions): string {
  const level = FINDING_DETAILS.indexOf(detail);
  const of = (severity: Severity) => findings.filter((finding) => finding.severity === severity);
  const render = (severity: Severity, shortFrom: FindingDetail, goneFrom: FindingDetail | undefined) => {
    const found = of(severity);
    if (found.length === 0) return '';
    if (goneFrom !== undefined && level >= FINDING_DETAILS.indexOf(goneFrom)) return '';
    if (severity === 'error' && detail === 'by-code') return alert(severity, countByCode(found));
    const isShort = level >= FINDING_DETAILS.indexOf(shortFrom);
    return alert(
      severity,
      found.map((finding) => renderFinding(finding, isShort, options)),
    );
  };
  const blocks = [
    render('error', 'errors-short', undefined),
    render('warning', 'short', 'no-warnings'),
    render('info', 'no-infos', 'no-infos'),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** What `detail` leaves out, in words; empty when nothing. */
export function namesOfHidden(findings: readonly Finding[], detail: FindingDetail): readonly string[] {
  const level = FINDING_DETAILS.indexOf(detail);
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const names: string[] = [];
  if (level >= FINDING_DETAILS.indexOf('no-warnings') && count('warning') > 0)
    names.push(counted(count('warning'), 'warning'));
  if (level >= FINDING_DETAILS.indexOf('no-infos') && count('info') > 0) names.push(counted(count('info'), 'note'));
  if (level >= FINDING_DETAILS.indexOf('errors-short') && count('error') > 0) names.push('the details of the errors');
  return names;
}

function alert(severity: Severity, items: readonly string[]): string {
  return [`> [!${ALERTS[severity]}]`, ...items.flatMap((item) => item.split('\n')).map((line) => `> ${line}`)].join(
    '\n',
  );
}

function renderFinding(finding: Finding, isShort: boolean, options: BlockOptions): string {
  const { object, code: errorCode, message, help } = finding;
  const subject: Rich = object === undefined ? [] : [strong(object), text(' ')];
  const where: Rich = finding.path === undefined ? [] : [place(finding.path, finding.line, finding.column)];
  if (isShort) return `- ${renderRich([code(errorCode), text(' '), ...where], options)}`;
  const what: Rich = [...subject, code(errorCode), text(`: ${cut(message)} `), ...where];
  return `- ${renderRich(what, options).trimEnd()}\n  help: ${renderRich([text(cut(help))], options)}`;
}

/** Bounded by the number of codes, whatever there is to say. */
function countByCode(findings: readonly Finding[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const finding of findings) counts.set(finding.code, (counts.get(finding.code) ?? 0) + 1);
  return [...counts].map(
    ([errorCode, count]) => `- ${renderRich([code(errorCode), text(`: ${counted(count, 'error')}`)], {})}`,
  );
}

function cut(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}
