import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RenderError } from '../problems.ts';
import { readChartOutput } from './chart-output.ts';

const FILES = new Set(['Chart.yaml', 'templates/a.yaml', 'charts/db-1.0.0.tgz', 'charts/own/templates/b.yaml']);

function read(text: string, folder = 'shop') {
  return readChartOutput(text, folder, FILES).map(({ fields, file }) => {
    const kind = fields.get('kind');
    return `${kind?.kind === 'scalar' ? kind.text : '?'} ${file.path}`;
  });
}

test('every object has the template that helm names as its place', () => {
  const text = `WARNING: something that helm says
---
# Source: web/templates/a.yaml
kind: A
---
kind: A2
---
# Source: web/charts/db/templates/x.yaml
kind: Packed
---
# Source: web/charts/own/templates/b.yaml
kind: Unpacked
---
# Source: web/templates/gone.yaml
kind: Gone
`;
  expect(read(text)).toEqual([
    'A shop/templates/a.yaml',
    'A2 shop/templates/a.yaml',
    'Packed shop/charts/db-1.0.0.tgz',
    'Unpacked shop/charts/own/templates/b.yaml',
    'Gone shop/Chart.yaml',
  ]);
  expect(read('---\napiVersion: v1\nkind: A\n')).toEqual(['A shop/Chart.yaml']);
  expect(read('# Source: web/templates/a.yaml\nkind: A\n', '')).toEqual(['A templates/a.yaml']);
});

test('a document in a text is no document of its own while it is indented', () => {
  const text = '# Source: web/templates/a.yaml\nkind: A\ndata:\n  x: |\n    ---\n    kind: B\n';
  expect(read(text)).toEqual(['A shop/templates/a.yaml']);
});

test('whatever helm prints ends in objects or in an error with its place', () => {
  const parts = fc.constantFrom(
    '---\n',
    '# Source: web/templates/a.yaml\n',
    'kind: A\n',
    'a: [1\n',
    '"',
    '&a',
    '*a\n',
    '- ',
    '\t',
    '<<: ',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), (texts) => {
      try {
        read(texts.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(RenderError);
      }
    }),
    { seed: 1 },
  );
});
