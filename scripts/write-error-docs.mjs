/** Writes `docs/errors.md` from the table of error codes. Run it after changing the table: `node scripts/write-error-docs.mjs`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const table = fileURLToPath(new URL('../src/lib/error-codes.ts', import.meta.url));
const { outputFiles } = buildSync({ entryPoints: [table], bundle: true, format: 'esm', write: false });
const { ERROR_SECTIONS } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);

const tables = ERROR_SECTIONS.map(({ title, codes }) => {
  const rows = Object.entries(codes).map(([code, { summary, help }]) => `| \`${code}\` | ${summary} | ${help} |`);
  return [`## ${title}`, '', '| code | meaning | next step |', '| --- | --- | --- |', ...rows].join('\n');
});

const heading = `# Error codes

Every error of Berth names one of these codes, in this form: \`Deployment/shop/web apply failed (FieldConflict): cause; next step\`. An error from a
manifest adds \`path:line:col\` and the line with a caret. A code is never reused for another meaning.
`;
writeFileSync(new URL('../docs/errors.md', import.meta.url), `${heading}\n${tables.join('\n\n')}\n`);
