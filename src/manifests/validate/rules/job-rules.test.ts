import { expect, test } from 'vitest';
import { validateObject } from '../validate-object.ts';

const template = (spec: object = {}) => ({
  spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1' }], ...spec },
});
const job = (spec: object, name = 'work') => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: { template: template(), ...spec },
});
const cronJob = (spec: object, name = 'tick') => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name },
  spec: { schedule: '* * * * *', jobTemplate: { spec: { template: template() } }, ...spec },
});
const codes = { operator: 'In', values: [1] };

test.each([
  ['a plain Job', job({}), []],
  [
    'restartPolicy Always',
    job({ template: template({ restartPolicy: 'Always' }) }),
    ['spec.template.spec.restartPolicy'],
  ],
  ['no restartPolicy', job({ template: template({ restartPolicy: undefined }) }), ['spec.template.spec.restartPolicy']],
  ['a negative number', job({ parallelism: -1 }), ['spec.parallelism']],
  ['an Indexed Job without completions', job({ completionMode: 'Indexed', parallelism: 2 }), ['spec.completions']],
  ['limits per index of another Job', job({ backoffLimitPerIndex: 1 }), ['spec.backoffLimitPerIndex']],
  ['a selector by hand', job({ selector: { matchLabels: { a: 'b' } } }), ['spec.selector']],
  [
    'a policy that is no policy',
    job({ podFailurePolicy: { rules: [{ action: 'FailJob' }] } }),
    ['spec.podFailurePolicy.rules.0'],
  ],
  [
    'FailIndex without limits per index',
    job({ podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: codes }] } }),
    ['spec.podFailurePolicy.rules.0.action'],
  ],
  [
    'a policy over restarts',
    job({
      template: template({ restartPolicy: 'OnFailure' }),
      podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: codes }] },
    }),
    ['spec.template.spec.restartPolicy'],
  ],
  [
    'indexes beyond completions',
    job({
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 3,
      successPolicy: { rules: [{ succeededIndexes: '0-3' }] },
    }),
    ['spec.successPolicy.rules.0.succeededIndexes'],
  ],
  ['a name that is no host name', job({ completionMode: 'Indexed', completions: 3 }, 'a.b'), ['metadata.name']],
  ['a CronJob', cronJob({ timeZone: 'Europe/Berlin' }), []],
  ['a schedule', cronJob({ schedule: '* * * *' }), ['spec.schedule']],
  ['a time zone', cronJob({ timeZone: 'Mars/Base' }), ['spec.timeZone']],
  ['a name that leaves no room', cronJob({}, 'x'.repeat(53)), ['metadata.name']],
  [
    'a Job in a CronJob',
    cronJob({ jobTemplate: { spec: { template: template({ restartPolicy: 'Always' }) } } }),
    ['spec.jobTemplate.spec.template.spec.restartPolicy'],
  ],
])('%s', (_what, object, paths) => {
  expect(validateObject(object).map(({ path }) => path.join('.'))).toEqual(paths);
});
