import { qualifiedNameProblems } from '../../../objects/names.ts';
import { type Cursor, checkAtLeast, checkText } from '../cursor.ts';

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_POD_CONDITIONS = 20;
const MAX_SUCCEEDED_INDEXES_LENGTH = 64 * 1024;

/** `podFailurePolicy` of a Job (batch validation, validatePodFailurePolicy). */
export function checkPodFailurePolicy(spec: Cursor): void {
  const policy = spec.get('podFailurePolicy');
  if (policy.isAbsent) return;
  const restart = spec.get('template').get('spec').get('restartPolicy');
  if (restart.value === 'OnFailure') restart.invalid('only "Never" is supported when podFailurePolicy is specified');
  const rules = policy.get('rules');
  checkAtMost(rules, MAX_RULES);
  for (const rule of rules.items) checkFailureRule(rule, spec);
}

function checkAtMost(list: Cursor, most: number): void {
  const { length } = list.items;
  if (length > most) list.report('FieldValueTooMany', `Too many: ${length}: must have at most ${most} items`);
}

function checkFailureRule(rule: Cursor, spec: Cursor): void {
  const hasCodes = rule.has('onExitCodes');
  const conditions = rule.get('onPodConditions');
  const hasConditions = conditions.items.length > 0;
  if (hasCodes === hasConditions) {
    if (hasCodes) rule.invalid('specifying both OnExitCodes and OnPodConditions is not supported');
    else rule.invalid('specifying one of OnExitCodes and OnPodConditions is required');
  }
  if (rule.get('action').value === 'FailIndex' && !spec.has('backoffLimitPerIndex')) {
    rule.get('action').invalid('requires the backoffLimitPerIndex to be set');
  }
  if (hasCodes) checkExitCodes(rule.get('onExitCodes'), spec.get('template').get('spec'));
  checkAtMost(conditions, MAX_POD_CONDITIONS);
  for (const condition of conditions.items) {
    checkText(condition.get('type'), qualifiedNameProblems);
    const status = condition.get('status');
    if (status.text && !['False', 'True', 'Unknown'].includes(status.text))
      status.notSupported(['False', 'True', 'Unknown']);
  }
}

function checkExitCodes(codes: Cursor, pod: Cursor): void {
  const values = codes.get('values');
  if (values.items.length === 0) values.invalid('at least one value is required');
  checkAtMost(values, MAX_EXIT_CODES);
  const numbers = values.items.map((code) => code.number ?? Number.NaN);
  for (const [index, code] of values.items.entries()) {
    if (code.number === 0 && codes.get('operator').value === 'In') code.invalid('must not be 0 for the In operator');
    if (numbers.indexOf(code.number ?? Number.NaN) < index && code.number !== undefined) code.duplicate();
  }
  if (numbers.some((code, index) => code < (numbers[index - 1] ?? code))) values.invalid('must be ordered');
  const containerName = codes.get('containerName');
  const names = ['containers', 'initContainers'].flatMap((list) =>
    pod.get(list).items.map((container) => container.get('name').text),
  );
  if (containerName.text !== undefined && !names.includes(containerName.text)) {
    containerName.invalid('must be one of the container or initContainer names in the pod template');
  }
}

/** `successPolicy` of an Indexed Job (batch validation, validateSuccessPolicy). */
export function checkSuccessPolicy(spec: Cursor): void {
  const policy = spec.get('successPolicy');
  if (policy.isAbsent) return;
  const rules = policy.get('rules');
  if (rules.items.length === 0)
    rules.required('at least one rules must be specified when the successPolicy is specified');
  checkAtMost(rules, MAX_RULES);
  const completions = spec.get('completions').number ?? Number.POSITIVE_INFINITY;
  for (const rule of rules.items) checkSuccessRule(rule, completions);
}

function checkSuccessRule(rule: Cursor, completions: number): void {
  const indexes = rule.get('succeededIndexes');
  const count = rule.get('succeededCount');
  if (indexes.isAbsent && count.isAbsent) {
    rule.required('at least one of succeededCount or succeededIndexes must be specified');
  }
  if ((indexes.text?.length ?? 0) > MAX_SUCCEEDED_INDEXES_LENGTH) {
    indexes.tooLong(`may not be more than ${MAX_SUCCEEDED_INDEXES_LENGTH} bytes`);
  }
  const listed = readIndexes(indexes.text ?? '', completions);
  if ('problem' in listed) indexes.invalid(`error parsing succeededIndexes: ${listed.problem}`, 'write it as 0,2-4');
  checkAtLeast(count, 0);
  if (count.number === undefined) return;
  if (count.number > completions) {
    count.invalid(`must be less than or equal to ${completions} (the number of specified completions)`);
  }
  if (indexes.text !== undefined && 'total' in listed && count.number > listed.total) {
    const of = 'the number of indexes in the specified succeededIndexes field';
    count.invalid(`must be less than or equal to ${listed.total} (${of})`);
  }
}

/** How many indexes a text such as `0,2-4` lists; each has to be larger than the one before (validateIndexesFormat). */
function readIndexes(text: string, completions: number): { readonly total: number } | { readonly problem: string } {
  let total = 0;
  let before = -1;
  for (const part of text === '' ? [] : text.split(',')) {
    const ends = part.split('-');
    if (ends.length > 2) {
      const rule = "an index interval can have at most two parts separated by '-'";
      return { problem: `the fragment ${JSON.stringify(part)} violates the requirement that ${rule}` };
    }
    for (const end of ends) {
      if (!/^\d+$/.test(end)) return { problem: `cannot convert string to integer for index: ${JSON.stringify(end)}` };
      if (Number(end) >= completions) return { problem: `too large index: ${JSON.stringify(end)}` };
    }
    const [first = 0, last] = ends.map(Number);
    if (last !== undefined && first >= last) return { problem: notIncreasing(first, last) };
    if (first <= before) return { problem: notIncreasing(before, first) };
    before = last ?? first;
    total += before - first + 1;
  }
  return { total };
}

function notIncreasing(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}
