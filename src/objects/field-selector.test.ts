import { expect, test } from 'vitest';
import { parseFieldRequirements, parseFieldSelector } from './field-selector.ts';

const POD = { kind: 'Pod' };
const pod = {
  metadata: { name: 'a', namespace: 'b' },
  spec: { nodeName: 'n' },
  status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
};

test.each([
  ['', true],
  ['metadata.name=a', true],
  ['metadata.name==a,metadata.namespace=b', true],
  ['metadata.name!=a', false],
  ['spec.nodeName=', false],
  ['status.nominatedNodeName=', true],
  ['spec.hostNetwork=false', true],
  ['status.podIPs=10.0.0.1', true],
  ['status.phase!=Succeeded,status.phase!=Failed', true],
])('%j selects: %s', (text, expected) => expect(parseFieldSelector(text, POD)(pod)).toBe(expected));

test('a backslash escapes what separates', () => {
  expect(parseFieldRequirements('metadata.name=a\\,b\\=c\\\\')).toEqual([
    { field: 'metadata.name', operator: '=', value: 'a,b=c\\' },
  ]);
});

test.each([
  ['spec.replicas=1', 'field label not supported: spec.replicas'],
  ['nonsense', "invalid selector: 'nonsense'; can't understand 'nonsense'"],
  ['metadata.name=a=b', 'unescaped character in value'],
  ['metadata.name=a\\b', 'invalid escape sequence'],
])('%j is refused: %s', (text, message) => expect(() => parseFieldSelector(text, POD)).toThrow(message));

test('the source of an event is its component', () => {
  const event = { reason: 'Pulled', source: { component: 'kubelet' } };
  expect(parseFieldSelector('source=kubelet,reason=Pulled', { kind: 'Event' })(event)).toBe(true);
});
