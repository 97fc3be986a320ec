import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RenderError } from '../problems.ts';
import type { Node } from './node.ts';
import { parseNodesFully } from './parse-nodes.ts';
import { parseSimpleNodes } from './simple-nodes.ts';

/** Whether the fast reader takes the text; then it has to give what the full parser gives, places included. */
function expectSame(text: string): boolean {
  const file = { path: 'a.yaml', text, lineShift: 0 };
  let isRead = false;
  for (const version of ['1.1', '1.2'] as const) {
    const simple = parseSimpleNodes(file, version);
    if (simple === undefined) continue;
    isRead = true;
    let full: readonly Node[] | string;
    try {
      full = parseNodesFully(file, version);
    } catch (error) {
      full = error instanceof RenderError ? error.message : String(error);
    }
    expect({ text, version, nodes: simple }).toEqual({ text, version, nodes: full });
  }
  return isRead;
}

test.each([
  'a: 1\nb: x\n',
  'a:\n- b: 1\n  c: "2"\n- - x\n  - y\n-\n  z: 1\n',
  'a:\n  b:\n  c: ~\nd: 0x1F\ne: 010\nf: yes\ng: 1.10\nh: 2020-01-01\ni: 12345678901234567890\n',
  'a: {b: c, d: [1, "x", http://x:80], e: {}}\nf: []\n',
  'a: |\n  x\n\n  y\nb: |-\n  z\nc: |+\n  w\n\nd: e\n',
  '---\na: 1\n---\n---\nb: 2\n',
  "\"a b\": 1\n'c': 'it''s'\n",
  '- a\n- b: c\n',
  '# only a comment\n',
])('%j', (text) => expect(expectSame(text)).toBe(true));

test.each(['-\n- a\n', 'a: &x 1\n', 'a: >\n  x\n', 'a: 1\na: 2\n', 'true: 1\n', 'a: |\n  x'])(
  '%j is left to the full parser',
  (text) => expect(expectSame(text)).toBe(false),
);

const piece = fc.constantFrom(
  ...[
    'a',
    'b:',
    'c: ',
    '- ',
    '\n',
    '\n  ',
    '\n    ',
    '\n- ',
    '\n  - ',
    '"x"',
    "'y'",
    '{a: b}',
    '[1, 2]',
    '{',
    '}',
    ',',
    ' ',
  ],
  ...[
    '|',
    '|-',
    '|+',
    '#',
    ' # c',
    '\n---\n',
    ':',
    ': ',
    'yes',
    '0644',
    '~',
    '0x1F',
    '1_000',
    '1e3',
    '.5',
    '2020-01-01',
    'x: y',
    'ö🙂',
    '-',
  ],
);

test('agrees with the full parser about whatever it reads', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      if (expectSame(pieces.join(''))) read++;
    }),
    { numRuns: 8_000, seed: 7 },
  );
  expect(read).toBeGreaterThan(500);
});

const FOLDERS = [fileURLToPath(new URL('../fixtures', import.meta.url)), '/work/shared/corpora'].filter(existsSync);

test('agrees about the files of fixtures and, where they are there, of public repositories', () => {
  let read = 0;
  for (const folder of FOLDERS) {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !/\.ya?ml$/.test(entry.name)) continue;
      const text = readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8');
      if (text.length < 100_000 && expectSame(text)) read++;
    }
  }
  expect(read).toBeGreaterThan(100);
});
