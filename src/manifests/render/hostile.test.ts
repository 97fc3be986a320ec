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
