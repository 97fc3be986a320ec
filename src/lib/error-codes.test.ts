import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, ERROR_SECTIONS } from './error-codes.ts';

/** Rows of the tables in `docs/errors.md`: ``| `Code` | summary | next step |``. */
function readDocumented(): Map<string, string> {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` \| (.*?) \| (.*?) \|$/gm)];
  return new Map(rows.map(([, code = '', summary = '', help = '']) => [code, `${summary} | ${help}`]));
}

describe('the table of error codes', () => {
  it('and docs/errors.md say the same, in both directions', () => {
    const expected = Object.entries(ERROR_CODES).map(
      ([code, { summary, help }]) => [code, `${summary} | ${help}`] as const,
    );
    expect(Object.fromEntries(readDocumented())).toEqual(Object.fromEntries(expected));
  });

  it('holds each code in one section, sorted by name', () => {
    const names = ERROR_SECTIONS.map(({ codes }) => Object.keys(codes));
    expect(names).toEqual(names.map((codes) => codes.toSorted()));
    expect(names.flat().toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
  });

  it('has sentences for summaries and clauses for next steps', () => {
    for (const [code, { summary, help }] of Object.entries(ERROR_CODES)) {
      expect(summary, code).toMatch(/^[A-Z].*\.$/);
      expect(help, code).not.toMatch(/^[A-Z][a-z]|\.$|^$/);
    }
  });
});
