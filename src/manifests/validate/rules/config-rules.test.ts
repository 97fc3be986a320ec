import { expect, test } from 'vitest';
import { validateObject } from '../validate-object.ts';

const token = (annotations: Record<string, string>) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 't', annotations } },
  type: 'kubernetes.io/service-account-token',
});

test('a token names the account that it is for, as one that is stored need not', () => {
  const path = ['metadata', 'annotations', 'kubernetes.io/service-account.name'];
  expect(validateObject(token({}))).toMatchObject([{ code: 'FieldValueRequired', path }]);
  expect(validateObject(token({ 'kubernetes.io/service-account.name': 'robot' }))).toEqual([]);
  expect(validateObject(token({}), { previous: token({}) })).toEqual([]);
});
