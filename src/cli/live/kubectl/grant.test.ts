import { expect, test } from 'vitest';
import { parseGrant } from './grant.ts';

const GRANT = { cluster: 'box1', port: 6443, authority: 'PEM', token: 'secret-token' };

test('an answer that says how to come in is taken, and nothing else that stands in it', () => {
  expect(parseGrant({ ...GRANT, more: 1 })).toEqual(GRANT);
});

test.each([
  [undefined],
  ['secret-token'],
  [{ ...GRANT, cluster: undefined }],
  [{ ...GRANT, port: '6443' }],
  [{ ...GRANT, port: 0 }],
  [{ ...GRANT, port: 65_536 }],
  [{ ...GRANT, authority: null }],
  [{ ...GRANT, token: ['secret-token'] }],
])('an answer of another version of Berth is refused without being repeated: %j', (answer) => {
  const parse = () => parseGrant(answer);
  expect(parse).toThrow(expect.objectContaining({ code: 'ApiUnreachable', help: expect.stringContaining('restart') }));
  expect(parse).not.toThrow(/secret-token/);
});
