import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../lib/json.ts';
import { compose } from './compose.ts';
import { nodeToJson } from './node-to-json.ts';
import { readSimpleYamlSteps, type SimpleDocument } from './simple-yaml.ts';

function readSimpleYaml(text: string): readonly SimpleDocument[] | undefined {
  const steps = readSimpleYamlSteps(text);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** What the full parser makes of a text; `undefined` when it finds anything to say about it. */
function readFully(
  text: string,
): readonly { readonly value: JsonValue | undefined; readonly start: number | undefined }[] | undefined {
  const { documents, stopped } = compose(text);
  if (stopped !== undefined) return undefined;
  const values: { value: JsonValue | undefined; start: number | undefined }[] = [];
  for (const { root, errors } of documents) {
    if (errors.length > 0) return undefined;
    if (root === null) values.push({ value: null, start: undefined });
    else {
      const { value, problems } = nodeToJson(root);
      if (problems.length > 0) return undefined;
      values.push({ value, start: root.range[0] });
    }
  }
  return values;
}

function expectSame(text: string): boolean {
  const simple = readSimpleYaml(text);
  if (simple === undefined) return false;
  const full = readFully(text);
  expect({ text, values: simple.map(({ value }) => value) }).toEqual({ text, values: full?.map(({ value }) => value) });
  expect(simple.map(({ value }) => JSON.stringify(value))).toEqual(full?.map(({ value }) => JSON.stringify(value)));
  simple.forEach(({ value, start }, index) => {
    if (value !== null) expect({ text, start }).toEqual({ text, start: full?.[index]?.start });
  });
  return true;
}

test.each([
  'a: 1\n',
  '# c\n\n---\na: b # c\n---\n---\nb: c\n',
  'a:\n- b: 1\n  c: 2\n-\n  d: x\n- - e\n  - f\nb:\n  - x\n  -\n',
  "a: \"x\\n\\u00e9\" # c\nb: 'it''s'\nc: x#y\nd: http://x:80/y\ne: -1\nf: --flag\n",
  'a: {b: c, d: [1, "x", yes], e: {}}\nf: []\n',
  'a: {"b":1,"c":{"d":"x"},\'e\':[{"f":true}]}\n',
  'a: |\n  x\n\n    y\n  z\n\n\nb: |-\n  x\n\nc: |+\n  x\n\n# c\nd: 1\n',
  'a:\n  - |\n    x\n  - y\n',
  '  a: 1\n  b: 2\n',
  '"quoted key": 1\n\'other\': 2\na/b.c-d: 3\n',
  'a:\nb: ~\nc: null\n',
  '{"a":"x","b":{"c":[1,true,null]}}\n---\n{"d":-1.5}\n',
  '# c\n  {a: b} # c\n---\n{}\n',
  'a: b',
  '',
  '# only a comment',
  '---\n',
])('is read: %j', (text) => expect(expectSame(text)).toBe(true));

test.each([
  'a: &x 1\n',
  'a: *x\n',
  'a: !!str 1\n',
  'a: >\n  x\n',
  'a: x\n  y\n',
  'a: "x\n  y"\n',
  'a: {b: c,\n  d: e}\n',
  'a: b: c\n',
  'a: 1\na: 2\n',
  '\ta: 1\n',
  'yes: 1\n',
  'a: [1, 2\n',
  '? a\n',
  'a\n',
  '%YAML 1.2\n---\na: 1\n',
  'a: 1\n...\n',
  '<<: {a: 1}\n',
  'a: 12345678901234567890\n',
  'a:\n  b: 1\n c: 2\n',
  '__proto__: 1\n',
  '{"a":1}: b\n',
  '{"a":1}\nb: c\n',
  '{"a":\n1}\n',
  '--- {"a":1}\n',
])('is left to the full parser: %j', (text) => expect(readSimpleYaml(text)).toBeUndefined());

const piece = fc.constantFrom(
  ...[
    'a',
    'b:',
    'c: ',
    '- ',
    '-',
    '\n',
    '\n  ',
    '\n    ',
    '\n- ',
    '\n  - ',
    '"x"',
    "'y'",
    '{a: b}',
    '{"a":b,',
    '"k":',
    '[1, -2]',
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
    '---',
    '\n---\n',
    '...',
    ':',
    ': ',
    'yes',
    '0644',
    '~',
    '&a',
    '!t',
    '>',
    'x: y',
    '\\n',
    '%',
    '🙂',
    ' x',
  ],
);

test('agrees with the full parser about whatever it reads', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      if (expectSame(pieces.join(''))) read++;
    }),
    { numRuns: 20_000, seed: 11 },
  );
  expect(read).toBeGreaterThan(1000);
});

const CORPORA = '/work/shared/corpora';
test.skipIf(!existsSync(CORPORA))('agrees about the manifests of public repositories, and reads most of them', () => {
  let read = 0;
  let all = 0;
  for (const entry of readdirSync(CORPORA, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.ya?ml$/.test(entry.name)) continue;
    all++;
    if (expectSame(readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8'))) read++;
  }
  expect(read / all).toBeGreaterThan(0.8);
});
