import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../lib/limits.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { formatDiagnostics } from '../diagnostic-text.ts';
import { parseManifestFile } from './parse-manifest-file.ts';
import { SourceText } from './source-text.ts';

const encoder = new TextEncoder();

function parse(content: string | Uint8Array) {
  const bytes = typeof content === 'string' ? encoder.encode(content) : content;
  return parseManifestFile({ path: 'k8s/a.yaml', blobId: 'b', bytes });
}

function shortForm(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code, line, column, endColumn }) => `${code} ${line}:${column}-${endColumn}`);
}

const HEAD = 'apiVersion: v1\nkind: ConfigMap\n';

describe('objects', () => {
  test('documents, lists and what is passed over', () => {
    const { documents, diagnostics, passedOver } = parse(`# only a comment
---
${HEAD}metadata: {name: a, namespace: shop}
---
just: values
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Secret
    metadata: {name: s}
  - nothing: here
---
apiVersion: v1
kind: ConfigMapList
items:
  - metadata: {name: b}
  - metadata: {name: c}
`);
    expect(diagnostics).toEqual([]);
    expect(passedOver).toBe(2);
    expect(
      documents.map((d) => `${d.kind}/${d.name} ${d.documentIndex}${d.itemPath.join('.')} ${d.line}:${d.column}`),
    ).toEqual([
      'ConfigMap/a 0 3:1',
      'Secret/s 2items.0 12:5',
      'ConfigMap/b 3items.0 20:5',
      'ConfigMap/c 3items.1 21:5',
    ]);
    expect(documents[0]).toMatchObject({ namespace: 'shop', apiVersion: 'v1' });
    expect(documents[2]?.object).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } });
    expect(Object.isFrozen(documents[0]?.object.metadata)).toBe(true);
  });

  test('values as kubectl reads them', () => {
    const { documents, diagnostics } = parse(`${HEAD}data:
  a: yes
  b: "yes"
  c: 0644
  d: !!str 12
  e: 2001-01-01
  7: seven
  __proto__: x
  block: |
    two
    lines
  base: &base {x: 1, k: 2}
  merged:
    <<: [*base, {k: 3, z: 3}]
    x: 0
`);
    expect(diagnostics).toEqual([]);
    expect(documents[0]?.json).toBe(
      '{"apiVersion":"v1","kind":"ConfigMap","data":{"7":"seven","a":true,"b":"yes","c":420,"d":"12","e":"2001-01-01",' +
        '"__proto__":"x","block":"two\\nlines\\n","base":{"x":1,"k":2},"merged":{"x":0,"k":2,"z":3}}}',
    );
  });

  test('JSON is YAML, and a byte order mark is nothing', () => {
    const { documents, diagnostics } = parse(`\ufeff{"apiVersion": "v1",\n\t"kind": "ConfigMap"}`);
    expect(diagnostics).toEqual([]);
    expect(documents.map((d) => d.kind)).toEqual(['ConfigMap']);
  });
});

describe('what is wrong, and where', () => {
  test.each<[string, string, readonly string[]]>([
    ['a tab as indentation', `${HEAD}metadata:\n\tname: a\n`, ['YamlTab 4:1-2']],
    ['a tab after spaces', `${HEAD}metadata:\n  \tname: a\n`, ['YamlTab 4:3-4']],
    ['two keys on one line', 'a: b: c\n', ['YamlSyntax 1:4-5']],
    ['an open bracket', `${HEAD}data: [1, 2\n`, ['YamlSyntax 4:1-2']],
    ['an open quote', `${HEAD}data: "x\n`, ['YamlSyntax 4:1-2']],
    ['a wrong level', 'a:\n  - b\n c: d\n', ['YamlSyntax 3:1-2']],
    ['a line without colon', 'key\nb: 1\n', ['YamlSyntax 1:1-4']],
    ['a reserved character', 'a: @x\n', ['YamlSyntax 1:4-5']],
    ['a merge conflict', 'a: 1\n<<<<<<< HEAD\nb: 2\n', ['YamlSyntax 2:1-13']],
    ['a key twice', `${HEAD}data:\n  a: x\n  b: y\n  a: z\n`, ['YamlDuplicateKey 6:3-4']],
    ['an unknown alias', `${HEAD}data: *gone\n`, ['YamlAlias 3:7-12']],
    ['an alias in itself', `${HEAD}data: &a [*a]\n`, ['YamlAlias 3:11-13']],
    ['a number beyond 2^53', `${HEAD}data: {num: 90071992547409931}\n`, ['YamlValue 3:13-30']],
    ['a template', `${HEAD}data: {{ .Values.x }}\n`, ['YamlValue 3:8-21']],
    ['a null key', `${HEAD}data: {~: 1}\n`, ['YamlValue 3:8-9']],
    ['a boolean key', `${HEAD}data: {on: x}\n`, ['YamlValue 3:8-10']],
    ['an unknown tag', `${HEAD}data: !vault x\n`, ['YamlTagUnknown 3:14-15']],
    ['an unknown tag in YAML of others', 'Resources: !Ref x\n', []],
    ['kind without apiVersion', 'kind: X\nmetadata: {}\n', ['ManifestIncomplete 1:7-8']],
    ['an empty kind', 'apiVersion: v1\nkind:\n', ['ManifestIncomplete 2:1-5']],
    ['a number as apiVersion', 'apiVersion: 1\nkind: X\n', ['ManifestIncomplete 1:13-14']],
    ['a control character', 'a: \u0007\n', ['YamlSyntax 1:4-5']],
  ])('%s', (_, content, expected) => {
    const { diagnostics } = parse(content);
    expect(shortForm(diagnostics)).toEqual(expected);
    for (const { message } of diagnostics) expect(message).not.toBe('');
  });

  test('a broken document does not hide the others', () => {
    const { documents, diagnostics } = parse(
      `${HEAD}metadata: {name: a}\n---\na: b: c\n---\n${HEAD}metadata: {name: b}\n---\nx: [\n`,
    );
    expect(documents.map((d) => d.name)).toEqual(['a', 'b']);
    expect(diagnostics).toHaveLength(2);
  });

  test('the long form', () => {
    const { diagnostics } = parse(`${HEAD}data:\n  a: x\n  a: y\n`);
    expect(
      formatDiagnostics(diagnostics),
    ).toBe(`error[YamlDuplicateKey]: this key appears twice in one mapping; the first is on line 4
  --> k8s/a.yaml:5:3
   |
 5 |   a: y
   |   ^
help: keep one of the two

1 error
`);
  });

  test.each<[string, Uint8Array, string]>([
    ['binary', Uint8Array.from([0x61, 0, 0x62]), 'ManifestBinary'],
    ['UTF-16', Uint8Array.from([0xff, 0xfe, 0x61, 0]), 'ManifestEncoding'],
    ['big-endian UTF-16', Uint8Array.from([0xfe, 0xff, 0, 0x61]), 'ManifestEncoding'],
    ['Latin-1', Uint8Array.from([0x61, 0x0a, 0xe4, 0x0a]), 'ManifestEncoding'],
    ['50 MB', new Uint8Array(50 * 1024 * 1024), 'LimitExceeded'],
  ])('%s', (_, bytes, code) => {
    const { documents, diagnostics } = parse(bytes);
    expect(documents).toEqual([]);
    expect(diagnostics.map((d) => d.code)).toEqual([code]);
  });

  test('the first byte that is not UTF-8 is named', () => {
    const { diagnostics } = parse(Uint8Array.from([...encoder.encode('é: 1\n'), 0x61, 0xe4, 0x62]));
    expect(diagnostics[0]).toMatchObject({ line: 2, message: 'the byte 0xe4 at offset 7 is not UTF-8' });
  });
});

describe('hostile input ends quickly', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (const [name, from] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg', 'ih'].map((pair) => pair.split(''))) {
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${from}`).join(',')}]`);
  }
  test.each<[string, string]>([
    ['an alias bomb', bomb.join('\n')],
    [
      'many aliases of a large value',
      `a: &a [${'1,'.repeat(20_000)}]\n${Array.from({ length: 50 }, (_, i) => `b${i}: *a`).join('\n')}`,
    ],
    ['brackets', '['.repeat(100_000)],
    ['closed brackets', '['.repeat(5000) + ']'.repeat(5000)],
    ['braces', '{a: '.repeat(50_000)],
    ['dashes', `${'- '.repeat(100_000)}a`],
    ['question marks', '? '.repeat(100_000)],
    ['blocks', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
    ['documents', 'a: 1\n---\n'.repeat(LIMITS.manifestDocumentsPerFile + 10)],
    ['tokens', `a: [${'1,'.repeat(600_000)}]`],
    ['items of a list', `apiVersion: v1\nkind: List\nitems: [${'{kind: A, apiVersion: v1},'.repeat(10_001)}]`],
    ['a large object', `${HEAD}data: {a: ${'x'.repeat(LIMITS.objectBytes)}}`],
  ])('%s', (_, content) => {
    const { diagnostics } = parse(content);
    expect(diagnostics.map((d) => d.code)).toContain('LimitExceeded');
  });

  test('many keys cost no more than their number', () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => `  k${i}: v`).join('\n');
    expect(parse(`${HEAD}data:\n${lines}\n`).documents).toHaveLength(1);
  });

  test('problems are limited in number', () => {
    const { diagnostics } = parse(`${HEAD}data: {${'a: 1, '.repeat(2000)}}`);
    expect(diagnostics).toHaveLength(LIMITS.diagnostics);
  });
});

describe('a secret is never printed', () => {
  const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n';
  const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: app\n    env:\n';
  test.each([
    ['a duplicate key', `${SECRET}stringData:\n  password: hunter2\n  password: hunter2\n`],
    ['a broken value', `${SECRET}stringData:\n  password: "hunter2\n  b: hunter2\n`],
    ['a value with a colon', `${SECRET}stringData:\n  password: hunter2: hunter2\n`],
    ['a large number', `${SECRET}data:\n  password: 1234567890hunter2\n  n: 12345678901234567890123\n`],
    ['a mistyped field', `${SECRET}stringdata: {a: hunter2, a: hunter2}\n`],
    ['one line', '{apiVersion: v1, kind: Secret, stringData: {a: hunter2, a: hunter2}}\n'],
    ['one broken line', '{"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "hunter2" "b": hunter2}}\n'],
    [
      'a list',
      `apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  apiVersion: v1\n  data:\n    a: hunter2\n    a: hunter2\n`,
    ],
    ['a SecretList', `apiVersion: v1\nkind: SecretList\nitems:\n- data:\n    a: hunter2\n    a: hunter2\n`],
    ['annotations', `apiVersion: v1\nkind: Secret\nmetadata:\n  annotations:\n    last: hunter2\n    last: hunter2\n`],
    ['a block', `${SECRET}stringData:\n  f: |\n    user: hunter2\n   hunter2: x\n`],
    ['a control character', `${SECRET}stringData:\n  password: hunter2\u0007\n`],
    ['a bad tag', `${SECRET}stringData:\n  password: !x hunter2\n`],
    ['bad base64', `${SECRET}stringData:\n  password: !!binary hunter2\n`],
    ['a deep end', `${SECRET}stringData:\n  password: hunter2 ${'['.repeat(10)}\n  x: ${'['.repeat(1000)}hunter2\n`],
    ['a document before', `a: 1\n---\n${SECRET}stringData:\n  ? [hunter2]\n  : x\n`],
    ['a variable', `${POD}    - name: DB_PASSWORD\n      value: hunter2\n      value: hunter2\n`],
    ['a variable in one line', `${POD}    - {name: API_TOKEN, vaule: [, value: hunter2}\n`],
    ['a variable of a broken document', `${POD}    - name: DB_PASSWORD\n      value: "hunter2\n      x: hunter2\n`],
    ['a name behind its value', `${POD}    - value: hunter2: hunter2\n      name: DB_PASSWORD\n`],
    [
      'a long block of a broken document',
      `${POD}    - name: DB_PASSWORD\n      value: |\n        a\n        b\n        c\n        d\n       hunter2: x\n`,
    ],
    [
      'a long block before its name',
      `${POD}    - value: |\n        a\n        b\n        c\n        d\n       hunter2: x\n      name: DB_PASSWORD\n`,
    ],
    ['a block with a telling key', `${HEAD}data:\n  DB_PASSWORD: |\n    a\n   hunter2: x\n`],
    ['a literal of a broken kustomization', `secretGenerator:\n- name: s\n  literals:\n  - pw=hunter2: hunter2: x\n`],
    ['a literal that never ends', `{"secretGenerator": [{"name": "s", "literals": ["pw=hunter2]}]}\n`],
    ['a literal in quotes', `secretGenerator:\n- name: s\n  literals: [pw=hunter2, "x\n  y: hunter2\nresources: []\n`],
    ['a URL with a password', `${HEAD}data:\n  URL: http://u:hunter2@h\n  URL: http://u:hunter2@h\n`],
    ['a ConfigMap with a telling key', `${HEAD}data:\n  DB_PASSWORD: hunter2\n  DB_PASSWORD: hunter2\n`],
  ])('%s', (_, content) => {
    const { diagnostics } = parse(content);
    expect(diagnostics).not.toEqual([]);
    expect(formatDiagnostics(diagnostics)).not.toContain('hunter2');
    for (const { excerpt } of diagnostics) expect(excerpt?.caretEnd).toBeGreaterThan(excerpt?.caretStart ?? 0);
  });

  test.each([
    ['in one line', '  literals: [pw=hunter2, bad]', '  literals: <redacted>'],
    ['in lines of their own', '  literals:\n  - pw=hunter2', '<redacted>'],
    ['beside a mistake', '- {name: q, literals: [pw=hunter2], foo: bar}', '- {name: q, literals: <redacted>'],
    ['under a mistyped name', '  literal: pw=hunter2', '  literal: <redacted>'],
  ])('a literal of secretGenerator %s', (_, text, shown) => {
    const source = new SourceText(`secretGenerator:\n- name: s\n${text}\n`);
    const line = 2 + text.split('\n').length;
    const span = { line, column: text.indexOf('pw') + 1, endColumn: text.indexOf('pw') + 3 };
    const { excerpt } = source.diagnosticAt(span, { code: 'KustomizationInvalid', severity: 'error', message: 'm' });
    expect(excerpt?.text.trim()).toBe(shown.trim());
  });

  test('what is not secret stays readable', () => {
    const { diagnostics } = parse(
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  name: b\ndata:\n  k: x\n  k: y\n',
    );
    expect(diagnostics.map((d) => d.excerpt?.text)).toEqual(['  name: b', '  k: <redacted>']);
    const broken = parse(
      `${POD}    - name: LEVEL\n      value: info: x\n    - name: DB_PASSWORD\n      value: hunter2\n`,
    );
    expect(broken.diagnostics.map((d) => d.excerpt?.text)).toEqual(['      value: info: x']);
  });
});

describe('whatever the bytes', () => {
  const word = fc.constantFrom(
    ...'a b: - [ ] { } & * ! | > " \' # --- ... % @ ` ? , \n \n\n \t << kind:Secret apiVersion:'.split(' '),
    '  ',
    '\n',
    '\n  ',
    ': ',
    '- ',
    '&a ',
    '*a',
    '🙂',
  );
  test('text never throws, and every place is in the text', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const text = words.join('');
        const lines = text.split('\n');
        for (const { line, column, endColumn } of parse(text).diagnostics) {
          if (line === undefined) continue;
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeGreaterThan(0);
          expect(endColumn).toBeGreaterThan(column ?? 0);
        }
      }),
      { numRuns: 2000, seed: 7 },
    );
  });

  test('bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parse(bytes)),
      { numRuns: 1000, seed: 7 },
    );
  });

  test('JSON comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const json = JSON.stringify({ apiVersion: 'v1', kind: 'X', value });
        const { documents, diagnostics } = parse(json);
        if (documents[0] !== undefined && diagnostics.length === 0)
          expect(JSON.parse(documents[0].json)).toEqual(JSON.parse(json));
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});
