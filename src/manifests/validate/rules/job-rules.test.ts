import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../objects/types.ts';
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
  [
    'a name that is no host name, and the warning of that',
    job({ completionMode: 'Indexed', completions: 3 }, 'a.b'),
    ['metadata.name', 'metadata.name'],
  ],
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

const indexed = (spec: object) => job({ completionMode: 'Indexed', completions: 5, parallelism: 5, ...spec });
const failing = (rule: object, spec: object = {}) => job({ podFailurePolicy: { rules: [rule] }, ...spec });
const byCodes = (over: object) => failing({ action: 'FailJob', onExitCodes: { ...codes, ...over } });
const succeeding = (...rules: object[]) => indexed({ successPolicy: { rules } });
const labelled = (labels: object) => ({ ...template(), metadata: { labels } });

// The cases of pkg/apis/batch/validation/validation_test.go that the table above lacks, with values of our own.
test.each<[what: string, object: KubernetesObject, problems: readonly string[]]>([
  ['exit codes in their order', byCodes({ values: [3, 4, 250] }), []],
  ['0 among the codes that are not meant', byCodes({ operator: 'NotIn', values: [0, 7] }), []],
  ['0 among those that are', byCodes({ values: [0, 7] }), ['0: Invalid value: 0: must not be 0 for the In operator']],
  ['no exit code', byCodes({ values: [] }), ['values: Invalid value: []: at least one value is required']],
  ['one code twice', byCodes({ values: [9, 9] }), ['1: Duplicate value: 9']],
  ['codes out of order', byCodes({ values: [9, 3] }), ['values: Invalid value: [9,3]: must be ordered']],
  [
    '256 codes',
    byCodes({ values: Array.from({ length: 256 }, (_, n) => n + 1) }),
    ['values: Too many: 256: must have at most 255 items'],
  ],
  [
    'a container that is not there',
    byCodes({ containerName: 'db' }),
    ['containerName: Invalid value: "db": must be one of the container or initContainer names in the pod template'],
  ],
  [
    '21 rules',
    job({ podFailurePolicy: { rules: Array(21).fill({ action: 'Count', onExitCodes: codes }) } }),
    ['rules: Too many: 21: must have at most 20 items'],
  ],
  [
    '21 conditions',
    failing({ action: 'Ignore', onPodConditions: Array(21).fill({ type: 'DisruptionTarget' }) }),
    ['onPodConditions: Too many: 21: must have at most 20 items'],
  ],
  [
    'a status that is none',
    failing({ action: 'Ignore', onPodConditions: [{ type: 'Ready', status: 'Perhaps' }] }),
    ['status: Unsupported value: "Perhaps": supported values: "False", "True", "Unknown"'],
  ],
  [
    'both at once',
    failing({ action: 'Count', onExitCodes: codes, onPodConditions: [{ type: 'Ready', status: 'True' }] }),
    [
      '0: Invalid value: {"action":"Count","onExitCodes":{"operator":"In","values":[1]},"onPodConditions":[{"type":"Ready","status":"True"}]}: specifying both OnExitCodes and OnPodConditions is not supported',
    ],
  ],
  [
    'a failed pod replaced at once',
    failing({ action: 'Count', onExitCodes: codes }, { podReplacementPolicy: 'TerminatingOrFailed' }),
    ['podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
  ],
  [
    'a successful share',
    succeeding({ succeededIndexes: '0,2-4', succeededCount: 4 }, { succeededCount: 0 }, { succeededIndexes: '' }),
    [],
  ],
  [
    'no rules of success',
    succeeding(),
    ['rules: Required value: at least one rules must be specified when the successPolicy is specified'],
  ],
  [
    'a rule of nothing',
    succeeding({}),
    ['0: Required value: at least one of succeededCount or succeededIndexes must be specified'],
  ],
  [
    'a count beyond the completions',
    succeeding({ succeededCount: 6 }),
    ['succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)'],
  ],
  [
    'a count beyond the indexes',
    succeeding({ succeededCount: 4, succeededIndexes: '1-3' }),
    [
      'succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)',
    ],
  ],
  [
    'a negative count',
    succeeding({ succeededCount: -1 }),
    ['succeededCount: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'words for indexes',
    succeeding({ succeededIndexes: 'first' }),
    [
      'succeededIndexes: Invalid value: "first": error parsing succeededIndexes: cannot convert string to integer for index: "first"',
    ],
  ],
  [
    'indexes backwards',
    succeeding({ succeededIndexes: '3,1' }),
    [
      'succeededIndexes: Invalid value: "3,1": error parsing succeededIndexes: non-increasing order, previous: 3, current: 1',
    ],
  ],
  [
    'an interval of one',
    succeeding({ succeededIndexes: '2-2' }),
    [
      'succeededIndexes: Invalid value: "2-2": error parsing succeededIndexes: non-increasing order, previous: 2, current: 2',
    ],
  ],
  [
    'three ends',
    succeeding({ succeededIndexes: '1-2-3' }),
    [
      'succeededIndexes: Invalid value: "1-2-3": error parsing succeededIndexes: the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by \'-\'',
    ],
  ],
  [
    '21 rules of success',
    succeeding(...Array(21).fill({ succeededCount: 1 })),
    ['rules: Too many: 21: must have at most 20 items'],
  ],
  [
    'a policy of indexes without them',
    job({ successPolicy: { rules: [] } }),
    ['successPolicy: Invalid value: {"rules":[]}: requires indexed completion mode'],
  ],
  [
    'failed indexes without them',
    job({ maxFailedIndexes: 1, backoffLimitPerIndex: 1 }),
    [
      'backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
      'maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
    ],
  ],
  [
    'failed indexes without a limit for each',
    indexed({ maxFailedIndexes: 1 }),
    ['backoffLimitPerIndex: Required value: when maxFailedIndexes is specified'],
  ],
  [
    'more failures than indexes',
    indexed({ maxFailedIndexes: 6, backoffLimitPerIndex: 1 }),
    ['maxFailedIndexes: Invalid value: 6: must be less than or equal to completions'],
  ],
  [
    '100,000 indexes that may all fail',
    indexed({ completions: 100_000, maxFailedIndexes: 100_000, backoffLimitPerIndex: 1 }),
    [],
  ],
  [
    'a billion indexes',
    indexed({ completions: 1_000_000_000, parallelism: 10_000, maxFailedIndexes: 10_000, backoffLimitPerIndex: 1 }),
    [],
  ],
  [
    'a billion indexes with limits and no bound',
    indexed({ completions: 1_000_000_000, backoffLimitPerIndex: 1 }),
    ['maxFailedIndexes: Required value: must be specified when completions is above 100000'],
  ],
  [
    'too many failures of a billion',
    indexed({ completions: 1_000_000_000, maxFailedIndexes: 10_001, backoffLimitPerIndex: 1 }),
    [
      'maxFailedIndexes: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
    ],
  ],
  ['another manager', job({ managedBy: 'example.com/jobs' }), []],
  [
    'a manager without a domain',
    job({ managedBy: 'somebody else' }),
    ['managedBy: Invalid value: "somebody else": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    'a manager with a long name',
    job({ managedBy: `example.com/${'x'.repeat(60)}` }),
    ['managedBy: Too long: may not be more than 63 bytes'],
  ],
  [
    'a selector by hand',
    job({ manualSelector: true, selector: { matchLabels: { a: 'b' } }, template: labelled({ a: 'b' }) }),
    [],
  ],
  ['a selector by hand that is missing', job({ manualSelector: true }), ['selector: Required value']],
  [
    'a selector by hand that selects nothing of it',
    job({ manualSelector: true, selector: { matchLabels: { a: 'b' } }, template: labelled({ a: 'c' }) }),
    ['labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`'],
  ],
  ['its own name as a label', job({ template: labelled({ 'job-name': 'work' }) }), []],
  [
    'the name of another Job as a label',
    job({ template: labelled({ 'batch.kubernetes.io/job-name': 'play' }) }),
    ['batch.kubernetes.io/job-name: Invalid value: "play": must be \'work\''],
  ],
  ['a name that leaves room for one index', indexedNamed('x'.repeat(61), 1), []],
  [
    'a name that leaves no room for ten',
    indexedNamed('x'.repeat(61), 11),
    [
      `name: Invalid value: "${'x'.repeat(61)}": will not able to create pod with invalid DNS label: ${'x'.repeat(61)}-10`,
    ],
  ],
  ['a name with a dot and nothing to do', indexedNamed('a.b', 0), []],
  [
    'an Indexed Job in a CronJob without completions',
    cronJob({ jobTemplate: { spec: { completionMode: 'Indexed', template: template() } } }),
    ['completions: Required value: when completion mode is Indexed'],
  ],
  [
    'a selector in a CronJob',
    cronJob({ jobTemplate: { spec: { selector: { matchLabels: { a: 'b' } }, template: template() } } }),
    ['selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated'],
  ],
  [
    'a negative deadline',
    cronJob({ startingDeadlineSeconds: -1 }),
    ['startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'a policy that is none',
    cronJob({ concurrencyPolicy: 'Queue' }),
    ['concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"'],
  ],
  [
    'a time zone in the schedule',
    cronJob({ schedule: 'TZ=UTC 0 * * * *' }),
    ['schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
  ],
  [
    'an empty time zone',
    cronJob({ timeZone: '' }),
    ['timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
  ],
  [
    'an offset for a time zone',
    cronJob({ timeZone: '+02:00' }),
    ['timeZone: Invalid value: "+02:00": unknown time zone +02:00'],
  ],
  ['a start and a step', cronJob({ schedule: '5/15 * * * ?' }), []],
])('of a Job, %s', (_what, object, problems) => {
  const errors = validateObject(object).filter(({ severity }) => severity === 'error');
  expect(errors.map(({ path, message }) => `${path.at(-1)}: ${message}`)).toEqual(problems);
});

function indexedNamed(name: string, completions: number): KubernetesObject {
  return job({ completionMode: 'Indexed', completions, parallelism: 1 }, name);
}

test.each([
  ['europe/berlin', 'write Europe/Berlin'],
  ['Europe/Belin', 'write Europe/Berlin'],
  ['us/pacific', 'write US/Pacific'],
  ['utc', 'write UTC'],
  ['PST', 'name it as the IANA database does, such as Europe/Berlin'],
])('the time zone %s is told how it is written', (timeZone, help) => {
  const problems = validateObject(cronJob({ timeZone })).filter(({ path }) => path.at(-1) === 'timeZone');
  expect(problems.map((problem) => problem.help)).toEqual([help]);
});
