/** Writes `docs/errors.md` from the table of error codes. Run it after changing the table: `node scripts/write-error-docs.mjs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

const source = readFileSync(new URL('../src/lib/error-codes.ts', import.meta.url), 'utf8');
const { code } = transformSync(source, { loader: 'ts', format: 'esm' });
const { ERROR_CODES } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

/** The table's own section comments become headings. */
const sections = new Map();
let section = '';
for (const line of source.split('\n')) {
  section = /^ {2}\/\/ (.*)$/.exec(line)?.[1] ?? section;
  const key = /^ {2}(\w+): \{/.exec(line)?.[1];
  if (key !== undefined && key in ERROR_CODES) sections.set(section, [...(sections.get(section) ?? []), key]);
}

const tables = [...sections].map(([title, codes]) => {
  const rows = codes.map((key) => `| \`${key}\` | ${ERROR_CODES[key].summary} | ${ERROR_CODES[key].help} |`);
  return [`## ${title}`, '', '| code | meaning | next step |', '| --- | --- | --- |', ...rows].join('\n');
});

const heading = `# Error codes

Every error of Berth names one of these codes, in this form: \`Deployment/shop/web apply failed (FieldConflict): cause; next step\`. An error from a
manifest adds \`path:line:col\` and the line with a caret. A code is never reused for another meaning.
`;
writeFileSync(new URL('../docs/errors.md', import.meta.url), `${heading}\n${tables.join('\n\n')}\n`);
