import { expect, test } from 'vitest';
import { validateObject } from '../validate-object.ts';

const pod = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
});
const labelSelector = { matchLabels: { app: 'web' } };
const apart = (term: object) =>
  pod({
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector, ...term }],
      },
    },
  });
const spread = (constraint: object) =>
  pod({
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector, ...constraint },
    ],
  });

const TERM = 'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0';
const CONSTRAINT = 'spec.topologySpreadConstraints.0';

test.each([
  ['a term', apart({}), []],
  ['no topology', apart({ topologyKey: '' }), [`${TERM}.topologyKey`]],
  [
    'an operator',
    apart({ labelSelector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } }),
    [`${TERM}.labelSelector.matchExpressions.0.operator`],
  ],
  [
    'keys without a selector',
    apart({ labelSelector: undefined, matchLabelKeys: ['a'] }),
    [`${TERM}.matchLabelKeys`, `${TERM}.labelSelector`],
  ],
  ['a constraint', spread({ minDomains: 2 }), []],
  ['no skew', spread({ maxSkew: 0 }), [`${CONSTRAINT}.maxSkew`]],
  ['domains of a wish', spread({ whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }), [`${CONSTRAINT}.minDomains`]],
])('%s', (_what, object, paths) => {
  expect(validateObject(object).map(({ path }) => path.join('.'))).toEqual(paths);
});
