import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { writeSimpleYaml } from './write-simple-yaml.ts';

const words = fc.stringMatching(/^[ -~]{0,12}$/);
const telling = fc.constantFrom(
  ...[
    '',
    '~',
    'null',
    'Null',
    'true',
    'TRUE',
    'yes',
    '12',
    '-1',
    '+1.',
    '.5',
    '1e3',
    '1e',
    '0x1f',
    '0o17',
    '.inf',
    '-.INF',
    '.nan',
  ],
  ...[
    'a: b',
    'a:b',
    'a:',
    ' a',
    'a ',
    'a #b',
    'a#b',
    '-',
    '- a',
    '-a',
    '?',
    '? a',
    '?a',
    '---',
    '...',
    '--- a',
    '%a',
    '0a',
    '1.2.3',
  ],
  ...[
    "it's",
    '"a"',
    'a\\b: c',
    '{a}',
    '[a]',
    'a, b',
    '@a',
    '`a`',
    '&a',
    '*a',
    '!a',
    '|',
    '>',
    '=',
    '<<',
    '2026-01-01T00:00:00Z',
  ],
);
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, 1e21, 0.1, 1.5));
const scalar = fc.oneof(words, telling, number, fc.boolean(), fc.constant(null));
const key = fc.oneof(fc.constantFrom('a', 'b', 'name', 'true', 'null', 'cpu.max', '1', 'x y'), telling);
const { data } = fc.letrec<{ data: unknown; fields: unknown }>((tie) => ({
  data: fc.oneof({ maxDepth: 4 }, scalar, tie('fields'), fc.array(tie('data'), { maxLength: 3 })),
  fields: fc.dictionary(key, fc.oneof(tie('data'), fc.constant(undefined)), { maxKeys: 4 }),
}));
const fields = fc.dictionary(key, data, { maxKeys: 4, minKeys: 1 });

describe('simple YAML', () => {
  it('is what the library writes, or is left to that', () => {
    let count = 0;
    fc.assert(
      fc.property(fields, (value) => {
        const written = writeSimpleYaml(value);
        if (written === undefined) return;
        count++;
        expect(written).toBe(stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }));
      }),
      { seed: 1, numRuns: 3_000 },
    );
    expect(count).toBeGreaterThan(100);
  });

  it('is written of what a status mostly says', () => {
    const status = {
      name: 'shop',
      commit: '0667008d346954b6',
      since: '2026-01-01T00:00:00Z',
      message: 'Pod/shop/web waits: Get "http://10.0.0.1": connection refused',
      objects: { total: 3, healthy: 2.5 },
      unhealthy: [{ object: 'Pod/shop/web', reason: 'Unschedulable' }],
      problems: [],
      changes: {},
    };
    expect(writeSimpleYaml(status)).toBe(stringify(status, { lineWidth: 0 }));
  });

  it.each([
    ['a text of two lines', { a: 'b\nc' }],
    ['a character to escape', { a: 'b\\c: d' }],
    ['a list in a list', { a: [['b']] }],
    ['an object without fields in a list', { a: [{}] }],
    ['nothing', {}],
    ['a key that is no word', { 'a: b': 1 }],
    ['a number with an exponent', { a: 1e21 }],
  ])('leaves %s to the library', (_what, value) => {
    expect(writeSimpleYaml(value)).toBeUndefined();
  });
});
