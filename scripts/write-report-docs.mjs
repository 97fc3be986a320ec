/** Writes `docs/plan-report.md` from the types of the report: `node scripts/write-report-docs.mjs`; with `--check` it only says whether the page is true. */
import { readFileSync, writeFileSync } from 'node:fs';

const page = new URL('../docs/plan-report.md', import.meta.url);
const sources = ['../src/report/plan-report.ts', '../src/lib/excerpt.ts', '../src/plan/findings/finding.ts'];
const text = sources.map((path) => readFileSync(new URL(path, import.meta.url), 'utf8')).join('\n');

/** The sentences of a comment, on one line. */
function sentences(comment = '') {
  return comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .replace(/\n\s*\* ?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function cell(content) {
  return content.replace(/\|/g, '\\|');
}

const COMMENT = String.raw`(?:(\/\*\*(?:[^*]|\*(?!\/))*\*\/)\s*)?`;
const sections = [];
for (const [, comment, name, body] of text.matchAll(
  new RegExp(`${COMMENT}export interface (\\w+) \\{\\n([\\s\\S]*?)\\n\\}`, 'g'),
)) {
  const rows = [...body.matchAll(new RegExp(`${COMMENT}readonly (\\w+)(\\?)?: ([^;]+);`, 'g'))].map(
    ([, about, field, optional, type]) =>
      `| \`${field}\` | ${cell(`\`${type.replace(/\s+/g, ' ').replace(/^typeof PLAN_REPORT_API_VERSION$/, "'plan.berth.dev/v1'")}\``)}${optional ? ', optional' : ''} | ${cell(sentences(about))} |`,
  );
  sections.push([
    `## ${name}`,
    sentences(comment),
    ['| field | type | meaning |', '| --- | --- | --- |', ...rows].join('\n'),
  ]);
}
for (const [, comment, name, body] of text.matchAll(
  new RegExp(`${COMMENT}export type (\\w+) =([\\s\\S]*?);\n(?=\n|$)`, 'g'),
)) {
  const type = body
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\|/, '')
    .replace(/\s+/g, ' ')
    .replace(/readonly /g, '')
    .trim();
  sections.push([`## ${name}`, sentences(comment), `\`${type}\``]);
}

const heading = `# The report of a plan, as JSON

\`berth plan -o json\` writes one \`PlanReport\`, and the Action leaves one in the file that its output \`report\` names. \`apiVersion\` is the version of the form: fields may
be added within one version, so a reader passes over those that it does not know, and refuses another \`apiVersion\`. Types are written as in TypeScript; times
are RFC 3339 in UTC, and what is absent was not asked for or does not apply. Values of Secrets never appear. This page is written by
\`scripts/write-report-docs.mjs\` from the types themselves.`;
const fresh = `${[heading, ...sections.map((parts) => parts.filter((part) => part !== '').join('\n\n'))].join('\n\n')}\n`;
if (!process.argv.includes('--check')) writeFileSync(page, fresh);
else if (readFileSync(page, 'utf8') !== fresh) {
  console.log('docs/plan-report.md does not say what the types say; run `node scripts/write-report-docs.mjs`');
  process.exitCode = 1;
}
