import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderFiles } from '../testing/render-files.ts';
import { expandTemplate } from './expand-template.ts';
import { parseTemplate, TemplateError } from './parse-template.ts';
import { substituteObjects, type Variable } from './substitute-objects.ts';

const VALUES: Readonly<Record<string, string>> = {
  a: 'abcABC123ABCabc',
  empty: '',
  file: 'bash.string.txt',
  path: '/path/to/file',
  d: 'foo',
  word: 'größe',
  slash: 'foo/bar/baz',
};

function expand(text: string, isStrict = false): string {
  return expandTemplate(parseTemplate(text), (name) => VALUES[name], { maxLength: 1000, isStrict });
}

describe('what Flux makes of an expansion', () => {
  test.each([
    ['plain text', 'no variable', 'no variable'],
    ['a value', '-${d}-', '-foo-'],
    ['undefined is empty', '-${nope}-', '--'],
    ['a dollar sign alone', 'costs $5 $d $', 'costs $5 $d $'],
    ['an escape', '$${d}', '${d}'],
    ['an escape without braces', 'a$$b', 'a$b'],
    ['an escape before an expansion', '$$${d}', '$foo'],
    ['escapes among expansions', '${d}$${var$${d}$d${d}', 'foo${var${d}$dfoo'],
    ['an escape around an expansion', '$${v=${d}}', '${v=foo}'],
    ['a default', '${nope:=x y}', 'x y'],
    ['a default after a dash', '${nope:-x}', 'x'],
    ['a default after =', '${nope=x}', 'x'],
    ['a default of what is empty', '${empty:=x}${empty=y}', 'xy'],
    ['a default that is not needed', '${d:=x}', 'foo'],
    ['an empty default', '${nope:=}', ''],
    ['a default with expansions', '${nope:=pre-${d}-${nope:=z}}', 'pre-foo-z'],
    ['no escape inside of a default', '${nope:=$${d}}', '$foo'],
    [':? and :+ are defaults', '${nope:?x}${nope:+y}${d:+z}', 'xyfoo'],
    ['a length', '${#d}', '3'],
    ['a length in bytes', '${#word}', '7'],
    ['the first letter up', '${word^}', 'Größe'],
    ['all letters up', '${word^^}', 'GRÖßE'],
    ['the first letter down', '${a^^}|${a,}', 'ABCABC123ABCABC|abcABC123ABCabc'],
    ['all letters down', '${a,,}', 'abcabc123abcabc'],
    ['from a position', '${path:6}', 'to/file'],
    ['from a position on, so many', '${path:6:2}', 'to'],
    ['from the end', '${path:-4}', '/path/to/file'],
    ['from the end by another expansion', '${path:${nope:=-4}}', 'file'],
    ['up to the end less some', '${path:1:-1}', 'path/to/fil'],
    ['a position behind the end', '${d:9}${d:9:1}', ''],
    ['no number', '${d:x}${d:1:y}', 'foofoo'],
    ['the first match', '${a/abc/X}', 'XABC123ABCabc'],
    ['every match', '${a//abc/X}', 'XABC123ABCX'],
    ['a match at the start', '${a/#abc/X}', 'XABC123ABCabc'],
    ['a match at the end', '${a/%abc/X}', 'abcABC123ABCX'],
    ['nothing at the start', '${d/#/pre-}', 'pre-foo'],
    ['nothing at the end', '${d/%/-post}', 'foo-post'],
    ['no replacement', '${file/./}', 'bashstring.txt'],
    ['an escaped slash', '${slash//\\//-}', 'foo-bar-baz'],
    ['a dollar sign as replacement', '${d/o/$&}', 'f$&o'],
    ['the shortest start', '${file#*.}', 'string.txt'],
    ['the longest start', '${file##*.}', 'txt'],
    ['the shortest end', '${file%.*}', 'bash.string'],
    ['the longest end', '${file%%.*}', 'bash'],
    ['slashes in a pattern', '${path#*/}|${path##*/}', 'path/to/file|file'],
    ['a class', '${a#[a-c]}|${a#[^a-c]}|${a#?}', 'bcABC123ABCabc|abcABC123ABCabc|bcABC123ABCabc'],
    ['a pattern that matches nothing', '${file#x*}', 'bash.string.txt'],
    ['a malformed pattern', '${file#[}', 'bash.string.txt'],
    ['text outside of Latin letters', '→${d}←', '→foo←'],
  ])('%s', (_, text, expected) => expect(expand(text)).toBe(expected));

  test.each([
    ['${}', 'a variable has no name'],
    ['${ d}', 'a variable has no name'],
    ['${d', 'the closing brace of ${d is missing'],
    ['${d-x}', 'the closing brace of ${d is missing'],
    ['${d.e}', 'the closing brace of ${d is missing'],
    ['${d:=x', 'an argument is missing'],
    ['${d:}', 'an argument is missing'],
    ['${d#}', 'an argument is missing'],
    ['${d/x}', '/ is missing behind the pattern'],
    ['${#}', 'a name is missing'],
    ['${d^^^}', '} is missing'],
  ])('%s is refused', (text, message) => expect(() => expand(text)).toThrow(message));

  test('strictly, what is not set is an error unless it has a default', () => {
    expect(() => expand('${nope}', true)).toThrow('the variable nope is not set');
    expect(() => expand('${nope^^}', true)).toThrow('the variable nope is not set');
    expect(expand('${nope:=x}${empty}', true)).toBe('x');
  });

  test('any text ends, with a text or a TemplateError', () => {
    const pieces = fc.constantFrom(
      '$',
      '{',
      '}',
      '${',
      'a',
      ':',
      '=',
      '-',
      '/',
      '#',
      '%',
      '^',
      ',',
      '\\',
      '*',
      '[',
      '1',
      'ö',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        try {
          expand(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  test('text without dollar signs stays as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll('$', '');
        expect(expand(plain)).toBe(plain);
      }),
      { seed: 1 },
    );
  });

  test('neither patterns nor nesting nor growth run away', () => {
    const long = 'a'.repeat(100_000);
    const lookUp = () => long;
    const options = { maxLength: 1_000_000 };
    expect(() => expandTemplate(parseTemplate(`\${x#${'*a'.repeat(1000)}b}`), lookUp, options)).toThrow('too long');
    expect(() => parseTemplate('${a:='.repeat(100))).toThrow('nest deeper');
    expect(() => expandTemplate(parseTemplate('${x}'.repeat(20)), lookUp, options)).toThrow('characters come out');
    expect(() => expandTemplate(parseTemplate('${x//a/${x}}'), lookUp, options)).toThrow('too long');
  });
});

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: \${app}
  annotations:
    literal: $\${app}
spec:
  replicas: \${replicas:=2}
  template:
    spec:
      containers:
      - name: main
        image: \${image}:\${tag:=latest}
        args: \${args}
`;

function variablesOf(values: Readonly<Record<string, string | Variable>>): ReadonlyMap<string, Variable> {
  return new Map(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? { value } : value] as const),
  );
}

function substitute(manifest: string, values: Readonly<Record<string, string | Variable>>, isStrict = false) {
  const { objects, problems } = renderFiles({ 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': manifest });
  expect(problems).toEqual([]);
  return substituteObjects(objects, variablesOf(values), { isStrict });
}

describe('objects with variables', () => {
  const values = { app: 'web', image: 'nginx', args: '[a, "b"]' };
  const { objects } = substitute(DEPLOYMENT, values);
  const [web] = objects;

  test('values become what they look like', () => {
    expect(web?.name).toBe('web');
    expect(web?.object).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', annotations: { literal: '${app}' } },
      spec: {
        replicas: 2,
        template: { spec: { containers: [{ name: 'main', image: 'nginx:latest', args: ['a', 'b'] }] } },
      },
    });
  });

  test('each value keeps its line', () => {
    const lineAt = (...field: (string | number)[]) => web?.writtenAt(field).line;
    expect(lineAt('metadata', 'name')).toBe(4);
    expect(lineAt('spec', 'replicas')).toBe(8);
    expect(lineAt('spec', 'template', 'spec', 'containers', 0, 'image')).toBe(13);
    expect(lineAt('spec', 'template', 'spec', 'containers', 0, 'args', 1)).toBe(14);
    expect(web?.writtenAt(['kind'])).toEqual({ path: 'a.yaml', line: 2, exists: true });
  });

  test('without variables nothing at all happens', () => {
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "$${b}${c}${"}\n';
    expect(substitute(config, {}).objects[0]?.object['data']).toEqual({ a: '$${b}${c}${' });
  });

  test.each(['labels', 'annotations'])('objects that say so in their %s are left alone', (field) => {
    const config = `apiVersion: v1
kind: ConfigMap
metadata:
  name: c
  ${field}:
    kustomize.toolkit.fluxcd.io/substitute: disabled
data: {a: "\${b}"}
`;
    expect(substitute(config, { b: 'x' }).objects[0]?.object['data']).toEqual({ a: '${b}' });
  });

  test('line breaks in values go, and keys are substituted too', () => {
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  ${k}-x: ${v}\n';
    const { objects: made } = substitute(config, { k: 'key', v: 'one\ntwo\n' });
    expect(made[0]?.object['data']).toEqual({ 'key-x': 'onetwo' });
    expect(made[0]?.writtenAt(['data', 'key-x']).line).toBe(5);
  });

  test('text keeps its quotes only through a variable, as with Flux', () => {
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "${n}", b: "${q}${n}${q}"}\n';
    expect(substitute(config, { n: '8080', q: '"' }).objects[0]?.object['data']).toEqual({ a: 8080, b: '8080' });
  });

  test.each([
    ['a bad expansion', '${app.name}', 'RenderFailed', 'the closing brace of ${app is missing'],
    ['a value that breaks the object', '${broken}', 'YamlSyntax', 'no valid YAML any more'],
    ['a value from a Secret in what is shown', '${hidden}', 'RenderFailed', 'comes from a Secret'],
  ])('%s is reported at its line', (_, text, code, message) => {
    const config = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: fine\n  b: ${text}\n  z: z\n`;
    const { objects: made, problems } = substitute(config, {
      app: 'x',
      broken: '[a, ',
      hidden: { value: 'hunter2', isSecret: true },
    });
    expect(made).toEqual([]);
    expect(problems).toMatchObject([{ path: 'a.yaml', line: 6, object: 'ConfigMap/c', code }]);
    expect(problems[0]?.message).toContain(message);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  test('a value from a Secret may be put into a Secret', () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {url: "redis://:${p}@r"}\n';
    const hidden = { p: { value: 'hunter2', isSecret: true } };
    expect(substitute(secret, hidden).objects[0]?.object['stringData']).toEqual({ url: 'redis://:hunter2@r' });
    const broken = substitute(secret, { p: { value: '": [', isSecret: true } });
    expect(broken.objects).toEqual([]);
    expect(JSON.stringify(broken.problems)).not.toContain('": [');
  });

  test('strictly, every object with a variable that is not set is named', () => {
    const { problems } = substitute(DEPLOYMENT, { app: 'web', args: '[]' }, true);
    expect(problems).toMatchObject([{ path: 'a.yaml', line: 13, message: 'the variable image is not set' }]);
  });
});
