import { expect, test } from 'vitest';
import { POD, problemsOf, withField } from '../testing/sample-objects.ts';

test.each([
  ['metadata.labels', []],
  ['metadata.annotations', []],
  ["metadata.labels['app']", []],
  ['metadata.uid', []],
  [
    'spec.nodeName',
    [
      expect.stringContaining(
        'spec.volumes[0].downwardAPI.items[0].fieldRef.fieldPath: Unsupported value: "spec.nodeName"',
      ),
    ],
  ],
])('a file of the downward API with %s', (fieldPath, problems) => {
  const volumes = [{ name: 'about', downwardAPI: { items: [{ path: 'value', fieldRef: { fieldPath } }] } }];
  expect(problemsOf(withField(POD, 'spec.volumes', volumes))).toEqual(problems);
});
