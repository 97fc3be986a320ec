import { expect, test } from 'vitest';
import { resolvePlainScalar } from './resolve-scalar.ts';

/** Each right-hand side is what `kubectl` (sigs.k8s.io/yaml) makes of the left. */
test.each([
  ['yes', true],
  ['On', true],
  ['y', true],
  ['n', false],
  ['OFF', false],
  ['yEs', 'yEs'],
  ['~', null],
  ['', null],
  ['Null', null],
  ['nULL', 'nULL'],
  ['0', 0],
  ['-0', 0],
  ['+12', 12],
  ['0644', 420],
  ['0o644', 420],
  ['0x1F', 31],
  ['-0b101', -5],
  ['1_000', 1000],
  ['08', 8],
  ['1.50', 1.5],
  ['1e3', 1000],
  ['.5', 0.5],
  ['1.', 1],
  ['1e999', '1e999'],
  ['12:30:45', '12:30:45'],
  ['80:80', '80:80'],
  ['2001-12-14', '2001-12-14'],
  ['2001-12-14T21:59:43Z', '2001-12-14T21:59:43Z'],
  ['1.2.3', '1.2.3'],
  ['-', '-'],
  ['.', '.'],
  ['9007199254740991', 9007199254740991],
])('%s', (source, value) => expect(resolvePlainScalar(source)).toEqual({ type: 'value', value }));

test.each(['9007199254740992', '-9223372036854775808', '0xFFFFFFFFFFFFFFFF', '.nan', '-.inf'])(
  '%s is not exact',
  (source) => {
    expect(resolvePlainScalar(source).type).toBe('unsafe');
  },
);
