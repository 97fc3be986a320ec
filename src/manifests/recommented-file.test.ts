import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManifestCache } from './manifest-cache.ts';
import { readManifestFileSteps } from './read-manifest-file.ts';
import { recommentedFile } from './recommented-file.ts';
import { noModelValidators } from './validate/model-validators.ts';

const encoder = new TextEncoder();

function read(text: string) {
  const context = { models: noModelValidators, cache: new ManifestCache({ maxBytes: 1e8 }) };
  const steps = readManifestFileSteps(encoder.encode(text), context);
  for (;;) {
    const step = steps.next();
    if (!step.done) continue;
    if (!('objects' in step.value)) throw new Error('a validator is missing');
    return step.value;
  }
}

const BODY = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  script: |\n    # text\n    b\n  k: v\n';

test.each([
  ['a comment in the head is another', `# one\n${BODY}`, `# two\n# three\n${BODY}`, true],
  ['a head appears', BODY, `# one\n\n${BODY}`.replace('\n\n', '\n'), true],
  ['a head goes', `---\n# one\n${BODY}`, `---\n${BODY}`, true],
  [
    'a comment between fields is another',
    BODY.replace('\ndata:', '\n# x\ndata:'),
    BODY.replace('\ndata:', '\n# yz\ndata:'),
    true,
  ],
  ['the text of a block scalar is another', BODY, BODY.replace('# text', '# other'), false],
  ['a comment appears within a block scalar', BODY, BODY.replace('    b\n', '# b\n    b\n'), false],
  ['a value is another', BODY, BODY.replace('k: v', 'k: w'), false],
  ['a comment is followed by a carriage return', `# one\n${BODY}`, `# one\rkind: Pod\n${BODY}`, false],
  ['a comment behind a value is another', BODY.replace('k: v', 'k: v # a'), BODY.replace('k: v', 'k: v # b'), false],
])('%s', (_name, before, now, isRecommented) => {
  const found = recommentedFile(read(before), encoder.encode(now));
  expect(found !== undefined).toBe(isRecommented);
  if (found !== undefined) expect(found).toEqual(read(now));
});

test('what it gives is what reading the file anew gives, for any two files', () => {
  const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
  const chunk = fc.constantFrom(
    'data:\n  k: |\n    # d\n    e\n',
    'data: {l: "f\n  g"}\n',
    'data:\n  m: >-\n',
    '    n\n',
    'data:\n',
    '  k: v\n',
    '---\n',
    head,
    '  # indented\n',
    '\n',
    '|\n',
  );
  const text = fc.array(chunk, { maxLength: 4 }).map((chunks) => chunks.join(''));
  const comments = fc.array(fc.constantFrom('# x\n', '# y\n'), { maxLength: 2 }).map((lines) => lines.join(''));
  let found = 0;
  const check = (before: string, now: string) => {
    const result = recommentedFile(read(before), encoder.encode(now));
    if (result === undefined) return;
    found++;
    expect(result).toEqual(read(now));
  };
  fc.assert(
    fc.property(text, comments, comments, text, (above, old, now, below) => {
      check(`${head}${above}${old}${below}`, `${head}${above}${now}${below}`);
      check(`${above}${old}${head}${below}`, `${above}${now}${head}${below}`);
      check(`${above}${old}${head}${below}`, `${below}${now}${head}${above}`);
    }),
    { seed: 3, numRuns: 400 },
  );
  expect(found).toBeGreaterThan(40);
});
