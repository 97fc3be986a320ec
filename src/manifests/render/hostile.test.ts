import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from './pattern.ts';
import { renderFiles } from './testing/render-files.ts';

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: {b: c}, t: text}\n';

function problemsOf(files: Record<string, string>, folder = ''): readonly string[] {
  const { objects, problems } = renderFiles(files, folder);
  expect(objects).toEqual([]);
  return problems.map(({ code }) => code);
}

describe('input that grows, loops or nests ends within limits', () => {
  test('copies of copies', () => {
    const operations = Array.from({ length: 60 }, (_, index) => `- {op: copy, from: /data, path: /data/n${index}}`);
    const patch = operations.join('\n    ');
    const kustomization = `resources: [c.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |-\n    ${patch}\n`;
    expect(problemsOf({ 'c.yaml': CONFIG, 'kustomization.yaml': kustomization })).toEqual(['LimitExceeded']);
  });

  test('replacements that double what they copy', () => {
    const one = (index: number) =>
      `- source: {kind: ConfigMap, fieldPath: data}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.n${index}], options: {create: true}}]\n`;
    const replacements = Array.from({ length: 60 }, (_, index) => one(index)).join('');
    const kustomization = `resources: [c.yaml]\nreplacements:\n${replacements}`;
    expect(problemsOf({ 'c.yaml': CONFIG, 'kustomization.yaml': kustomization })).toContain('LimitExceeded');
  });

  test('text that doubles', () => {
    const one = `- source: {kind: ConfigMap, fieldPath: data.t}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.t], options: {delimiter: "|", index: 99}}]\n`;
    const kustomization = `resources: [c.yaml]\nreplacements:\n${one.repeat(60)}`;
    expect(problemsOf({ 'c.yaml': CONFIG, 'kustomization.yaml': kustomization })).toContain('LimitExceeded');
  });

  test('bases that multiply their objects', () => {
    const files: Record<string, string> = { 'l0/c.yaml': CONFIG, 'l0/kustomization.yaml': 'resources: [c.yaml]\n' };
    for (let level = 1; level <= 30; level++) {
      files[`l${level}/kustomization.yaml`] = 'resources: [a, b]\n';
      for (const side of ['a', 'b']) {
        files[`l${level}/${side}/kustomization.yaml`] = `namePrefix: ${side}\nresources: [../../l${level - 1}]\n`;
      }
    }
    expect(problemsOf(files, 'l18')).toContain('LimitExceeded');
  });

  test('components that are included along ever more ways', () => {
    const header = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n';
    const files: Record<string, string> = { 'kustomization.yaml': 'components: [l20a]\n' };
    for (let level = 1; level <= 20; level++) {
      const list = level === 1 ? 'namePrefix: x\n' : `components: [../l${level - 1}a, ../l${level - 1}b]\n`;
      for (const side of ['a', 'b']) files[`l${level}${side}/kustomization.yaml`] = header + list;
    }
    expect(problemsOf(files)).toContain('LimitExceeded');
  });

  test('a chain of bases without end', () => {
    const files: Record<string, string> = {};
    for (let level = 0; level < 200; level++) files[`l${level}/kustomization.yaml`] = `resources: [../l${level + 1}]\n`;
    expect(problemsOf(files, 'l0')).toEqual(['LimitExceeded']);
  });

  test('nesting that would end the process', () => {
    const deep = `${'['.repeat(100_000)}`;
    expect(problemsOf({ 'kustomization.yaml': deep })).toEqual(['LimitExceeded']);
    expect(problemsOf({ 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': `a: ${deep}` })).toEqual([
      'LimitExceeded',
    ]);
  });

  test('names that JavaScript treats in its own way are names like all others', () => {
    const { objects } = renderFiles({
      'kustomization.yaml': 'resources: [c.yaml]\ncommonLabels: {__proto__: a, constructor: b}\n',
      'c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
    });
    const labels = objects[0]?.node.fields.get('metadata');
    const entries = labels?.kind === 'map' ? labels.fields.get('labels') : undefined;
    expect(entries?.kind === 'map' && [...entries.fields.keys()]).toEqual(['__proto__', 'constructor']);
    expect(JSON.stringify(objects[0]?.object)).toContain('{"__proto__":"a","constructor":"b"}');
  });
});

describe('patterns', () => {
  test.each([
    ['web', 'web', true],
    ['web', 'web-1', false],
    ['web-.*', 'web-1', true],
    ['a|b', 'b', true],
    ['a|b', 'ab', false],
    ['(a|b)+c?', 'abba', true],
    ['[a-c]{2,3}', 'abcc', false],
    ['[^-]+-[\\d.]+', 'x-1.2', true],
    ['(?i)WEB', 'web', true],
    ['w\\.b', 'wxb', false],
    ['^web$', 'web', true],
    ['[]a]+', 'a]', true],
    ['', 'anything', false],
    ['.*', '', true],
    ['(?P<n>x)y', 'xy', true],
  ])('%s on %s', (pattern, text, isMatch) => expect(compilePattern(pattern, 'whole')(text)).toBe(isMatch));

  test.each(['(', ')', '[', 'a**b(', '*', 'a{1001}', '\\', '(?=a)', '[b-a]'])('%s is refused', (pattern) => {
    if (pattern === 'a**b(') expect(() => compilePattern(pattern, 'whole')).toThrow(/\( without/);
    else expect(() => compilePattern(pattern, 'whole')).toThrow(/no regular expression/);
  });

  test('no pattern takes long', () => {
    const matches = compilePattern('(a+)+(a*)*((a|aa)+)+$', 'whole');
    expect(matches(`${'a'.repeat(200)}b`)).toBe(false);
    expect(() => compilePattern('((a{1000}){1000}){1000}', 'whole')).toThrow(/too large/);
  });
});

const FEATURES = fileURLToPath(new URL('./fixtures/features', import.meta.url));
/** What one rendering may take, with room for a busy machine; what is without limits takes minutes. */
const MAX_MS = 10_000;
const MAX_HEAP_GROWTH_BYTES = 400 * 1024 * 1024;

function readFixture(name: string): Record<string, string> {
  const folder = join(FEATURES, name);
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}

/**
 * What a careless or hostile hand does to a line: it goes, comes twice, moves, is cut, grows, or gets something of
 * another.
 */
const edit = fc.record({
  file: fc.nat(),
  line: fc.nat(),
  other: fc.nat(),
  how: fc.constantFrom('drop', 'double', 'swap', 'cut', 'deeper', 'take', 'insert'),
  text: fc.constantFrom(
    '../..',
    '/etc/passwd',
    '&a',
    '*a',
    '<<: *a',
    '- .',
    '{}',
    '[]',
    '~',
    '!!binary x',
    '$patch: delete',
    '"',
    '|',
    '9e999',
    '- *',
  ),
});

function applyEdit(
  files: Record<string, string>,
  { file, line, other, how, text }: typeof edit extends fc.Arbitrary<infer T> ? T : never,
): void {
  const paths = Object.keys(files);
  const path = paths[file % paths.length] ?? '';
  const lines = (files[path] ?? '').split('\n');
  const at = line % lines.length;
  const from = other % lines.length;
  const [mine = '', others = ''] = [lines[at], lines[from]];
  if (how === 'drop') lines.splice(at, 1);
  else if (how === 'double') lines.splice(at, 0, mine);
  else if (how === 'swap') [lines[at], lines[from]] = [others, mine];
  else if (how === 'cut') lines[at] = mine.slice(0, mine.length >> 1);
  else if (how === 'deeper') lines[at] = `  ${mine}`;
  else if (how === 'take') lines[at] = mine.replace(/:.*/, '') + others.replace(/^[^:]*/, '');
  else lines.splice(at, 0, `${/^ */.exec(mine)?.[0] ?? ''}${text}`);
  files[path] = lines.join('\n');
}

describe('kustomizations that somebody has damaged', () => {
  test.each(readdirSync(FEATURES))('%s', (name) => {
    const original = readFixture(name);
    const folder = Object.keys(original).some((path) => path.startsWith('overlay/')) ? 'overlay' : '';
    const before = process.memoryUsage().heapUsed;
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const files = { ...original };
        for (const one of edits) applyEdit(files, one);
        const startMs = performance.now();
        const { objects, problems } = renderFiles(files, folder);
        expect(performance.now() - startMs).toBeLessThan(MAX_MS);
        expect(objects.length === 0 || problems.length === 0).toBe(true);
        for (const { message, path } of problems)
          expect(`${path} ${message}`).not.toMatch(/undefined|\[object|root:x:/);
      }),
      { numRuns: 25, seed: 1 },
    );
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
  });
});
