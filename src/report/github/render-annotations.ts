import { printable } from '../../manifests/diagnostic.ts';
import type { Finding } from '../../plan/findings/finding.ts';
import { formatWorkflowCommand, type WorkflowCommand } from './workflow-commands.ts';

/** "10 per type per step, 4,096 characters": what is beyond is not shown by GitHub. */
const PER_TYPE = 10;
const LONGEST_CHARACTERS = 4_000;
const COMMANDS = { error: 'error', warning: 'warning', info: 'notice' } as const;

/**
 * Findings on their lines of the pull request. Of each type the worst ten; the last one says how many more there are.
 * They are workflow commands: they need no token, so that they work for forks, too.
 */
export function renderAnnotations(findings: readonly Finding[]): readonly string[] {
  return (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const found = findings.filter((finding) => finding.severity === severity);
    const more = found.length - PER_TYPE;
    return found.slice(0, PER_TYPE).map((finding, index) => {
      const isLast = index === PER_TYPE - 1 && more > 0;
      return formatWorkflowCommand(describe(finding, isLast ? ` (and ${more} more)` : ''));
    });
  });
}

function describe(finding: Finding, suffix: string): WorkflowCommand {
  const { severity, object, message, help, path, line, column, endColumn, code } = finding;
  const subject = object === undefined ? '' : `${object}: `;
  const content = printable(`${subject}${message}; ${help}`);
  const cut = content.length > LONGEST_CHARACTERS ? `${content.slice(0, LONGEST_CHARACTERS)}…` : content;
  return {
    command: COMMANDS[severity],
    // An annotation with an empty file name or one that is not in the repository would be lost.
    properties: path === undefined ? { title: code } : { file: path, line, col: column, endColumn, title: code },
    message: `${cut}${suffix}`,
  };
}
