import type { ApplicationPlan } from '../../gitops/index.ts';
import { ERROR_CODES } from '../../lib/error-codes.ts';
import { formatPlace } from '../../lib/errors.ts';
import { formatDiagnostic } from '../../manifests/index.ts';
import { formatFieldPath } from '../../objects/field-problem.ts';
import { formatObject } from '../../objects/index.ts';
import { type Change, type ChangeAction, type ChangeProblem, countChanges, formatCounts } from '../../plan/index.ts';
import { diffLines } from '../../report/tree/diff-lines.ts';
import type { Plan } from '../live/plan-revision.ts';
import type { Style, Terminal } from './terminal.ts';

const SIGNS: Readonly<Record<ChangeAction, readonly [sign: string, style: Style]>> = {
  created: ['+', 'green'],
  configured: ['~', 'yellow'],
  deleted: ['-', 'red'],
  skipped: ['·', 'dim'],
  unchanged: ['=', 'dim'],
};

/** A plan as a person reads it: of each application its counts, then what changes with its fields, then what is wrong. */
export function formatPlan(plan: Plan, terminal: Terminal): string {
  const { commit, cluster, applications } = plan;
  const subject = commit.message.split('\n', 1)[0] ?? '';
  const head = `${terminal.style('bold', `plan ${commit.id.slice(0, 7)} → ${cluster}`)}  ${subject}\n`;
  if (applications.length === 0) return `${head}\nno folder of this commit is an application: correct --path\n`;
  return [head, ...applications.map((one) => formatApplication(one, terminal))].join('\n');
}

function formatApplication(application: ApplicationPlan, terminal: Terminal): string {
  const { changes, problems, loadProblems, omittedProblems } = application;
  const hasErrors = planHasErrors(application);
  const counts = hasErrors && changes.length === 0 ? 'nothing would change' : formatCounts(countChanges(changes));
  const name = terminal.style('bold', application.application);
  const lines = [`${name}: ${counts}${hasErrors ? terminal.style('red', ' (has errors: nothing is applied)') : ''}`];
  for (const change of changes) if (change.action !== 'unchanged') lines.push(...formatChange(change, terminal));
  for (const problem of problems) lines.push(...formatProblem(problem, terminal));
  for (const problem of loadProblems) lines.push(paintFirst(formatDiagnostic(problem), problem.severity, terminal));
  if (omittedProblems > 0) lines.push(`and ${omittedProblems} more problems`);
  return `${lines.join('\n')}\n`;
}

export function planHasErrors({ problems, loadProblems }: ApplicationPlan): boolean {
  return problems.length > 0 || loadProblems.some(({ severity }) => severity === 'error');
}

function formatChange(change: Change, terminal: Terminal): string[] {
  const { action, id, fields, ceded, origin, reason } = change;
  const [sign, style] = SIGNS[action];
  const place = origin === undefined ? '' : terminal.style('dim', `  ${origin.path}:${origin.line}`);
  const why = reason === undefined ? '' : ` (${reason})`;
  return [
    `  ${terminal.style(style, `${sign} ${formatObject(id)} ${action}`)}${why}${place}`,
    ...fields.flatMap(({ path, before, after }) => formatField(formatFieldPath(path), before, after, terminal)),
    ...ceded.map((field) => `      ${field} is left to its owner`),
  ];
}

function formatField(path: string, before: unknown, after: unknown, terminal: Terminal): string[] {
  const isText = typeof before === 'string' && typeof after === 'string';
  if (isText && (before.includes('\n') || after.includes('\n'))) {
    const lines = diffLines(before, after).map(({ sign, text }) => {
      const line = `        ${sign} ${text}`;
      return sign === ' ' ? line : terminal.style(sign === '+' ? 'green' : 'red', line);
    });
    return [`      ${path}:`, ...lines];
  }
  if (before === undefined) return [`      ${path}: ${terminal.style('green', `+ ${formatValue(after)}`)}`];
  if (after === undefined) return [`      ${path}: ${terminal.style('red', `- ${formatValue(before)}`)}`];
  return [`      ${path}: ${formatValue(before)} → ${formatValue(after)}`];
}

const LONGEST_VALUE = 200;

function formatValue(value: unknown): string {
  const text = typeof value === 'string' && /^[\w./:@()-]+$/.test(value) ? value : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function formatProblem({ id, code, message, place }: ChangeProblem, terminal: Terminal): string[] {
  return [
    `${terminal.style('red', `error[${code}]`)}: ${formatObject(id)}: ${message}`,
    ...(place === undefined ? [] : [`  --> ${formatPlace(place)}`]),
    `help: ${ERROR_CODES[code].help}`,
  ];
}

function paintFirst(text: string, severity: string, terminal: Terminal): string {
  return text.replace(/^\w+\[\w+\]/, (head) => terminal.style(severity === 'error' ? 'red' : 'yellow', head));
}
