import { expect, test } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { defaultContainer } from './default-container.ts';

const podOf = (mains: readonly string[], inits: readonly string[], annotated?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '',
    ...(annotated === undefined ? {} : { annotations: { 'kubectl.kubernetes.io/default-container': annotated } }),
  },
  spec: {
    containers: mains.map((name) => ({ name })),
    ...(inits.length === 0 ? {} : { initContainers: inits.map((name) => ({ name })) }),
  },
});

/** TestFindOrDefaultContainerByName and TestLogsForObject (kubectl). */
test.each<[string, Pod, string, string | undefined]>([
  ['the only one', podOf(['a'], []), 'a', undefined],
  ['the first of several', podOf(['a', 'b'], []), 'a', 'Defaulted container "a" out of: a, b'],
  ['the first beside an init container', podOf(['a'], ['i']), 'a', 'Defaulted container "a" out of: a, i (init)'],
  ['the annotated one', podOf(['a', 'b'], [], 'b'), 'b', undefined],
  ['an annotated init container', podOf(['a', 'b'], ['i'], 'i'), 'i', undefined],
  ['an annotation that leads nowhere', podOf(['a', 'b'], [], 'c'), 'a', 'Defaulted container "a" out of: a, b'],
])('%s', (_what, pod, name, notice) => {
  expect(defaultContainer(pod)).toEqual({ name, ...(notice === undefined ? {} : { notice }) });
});
