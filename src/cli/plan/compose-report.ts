import { type ApplicationDiff, diffCommits } from '../../gitops/index.ts';
import { type JsonValue, jsonEqual } from '../../lib/json.ts';
import { formatFieldPath, formatObject } from '../../objects/index.ts';
import type { PlannedObject, PlannedObjects } from '../../plan/findings/planned-object.ts';
import { computeBlastRadius, computeRestarts } from '../../plan/impact/index.ts';
import { type Change, countChanges, type FieldChange, objectBody } from '../../plan/index.ts';
import {
  type ApplicationReport,
  type FieldDiff,
  type ObjectChange,
  PLAN_REPORT_API_VERSION,
  type PlanCommit,
  type PlanReport,
  type ReadyIn,
  type RolloutForecast,
} from '../../report/index.ts';
import type { RehearsedWorkload } from '../../simulate/rehearsal/index.ts';
import type { CommitInfo } from '../../source/index.ts';
import { collectFindings } from './collect-findings.ts';
import { describeLive } from './describe-live.ts';
import type { PlanResult } from './plan-change.ts';
import { plannedObjects } from './planned-objects.ts';
import { reproduceCommand } from './reproduce-command.ts';

/** What the parts of a report are made of. */
export interface ReportInput extends PlanResult {
  /** What was declared before: by the base, else by what is deployed. */
  readonly before: PlannedObjects;
  readonly after: PlannedObjects;
  /** By name, `Deployment/shop/web`: as it is declared after the change, else before. */
  readonly declared: ReadonlyMap<string, PlannedObject>;
  readonly diffs: readonly ApplicationDiff[];
  /** Keys of the objects that change. */
  readonly touched: ReadonlySet<string>;
  readonly workloads: ReadonlyMap<string, RehearsedWorkload>;
}

/** Puts everything that was read and played into one report. */
export function composeReport(result: PlanResult): PlanReport {
  const before = plannedObjects(result.base ?? result.deployed);
  const after = plannedObjects(result.head, before);
  const diffs = diffsOf(result);
  const touched = touchedKeys(diffs, before, after);
  const workloads = new Map(result.rehearsal.workloads.map((workload) => [workload.object, workload]));
  const declared = new Map([...before.values(), ...after.values()].map((one) => [formatObject(one.id), one]));
  const input: ReportInput = { ...result, before, after, declared, diffs, touched, workloads };
  const { findings, hidden } = collectFindings(input);
  const applications = diffs.map((diff) => composeApplication(diff, input)).filter(isWorthSaying(findings));
  const { rehearsal, commits } = result;
  return {
    apiVersion: PLAN_REPORT_API_VERSION,
    kind: 'PlanReport',
    berthVersion: result.settings.version,
    cluster: result.settings.cluster,
    repository: result.source,
    result: worstOf(findings.map(({ severity }) => severity)),
    hasChanges: touched.size > 0,
    head: describeCommit(commits.head, commits.headRef),
    ...(commits.base === undefined ? {} : { base: describeCommit(commits.base, commits.baseRef, commits.how) }),
    live: describeLive(result),
    applications,
    findings,
    hidden,
    images: result.images,
    capacity: result.live.source === 'nothing' ? [] : rehearsal.capacity,
    simulation: {
      virtualMs: rehearsal.virtualMs,
      events: rehearsal.firedTimers,
      ...(rehearsal.endedBy === undefined ? {} : { endedBy: rehearsal.endedBy }),
      leftOut: rehearsal.leftOut,
    },
    reproduce: reproduceCommand(result),
  };
}

/** From Git to Git where there is a base; else what applying the head to the live state does. */
function diffsOf({ base, head, rehearsal }: PlanResult): readonly ApplicationDiff[] {
  if (base !== undefined) return diffCommits(base, head).map((diff) => withReplaced(diff, rehearsal));
  return rehearsal.plans.map(({ application, path, changes }) => ({
    application,
    path,
    changes: changes.filter(({ action }) => action !== 'unchanged'),
    unchanged: countChanges(changes).unchanged,
  }));
}

/** Which objects of a difference from Git to Git are made anew is known from applying them. */
function withReplaced(diff: ApplicationDiff, { plans }: PlanResult['rehearsal']): ApplicationDiff {
  const plan = plans.find(({ application }) => application === diff.application);
  const replaced = (plan?.changes ?? []).filter(({ action }) => action === 'replaced');
  const reasons = new Map(replaced.map(({ id, reason }) => [formatObject(id), reason]));
  const changes = diff.changes.map((change): Change => {
    const name = formatObject(change.id);
    if (change.action !== 'configured' || !reasons.has(name)) return change;
    const reason = reasons.get(name);
    return { ...change, action: 'replaced', ...(reason === undefined ? {} : { reason }) };
  });
  return { ...diff, changes };
}

function touchedKeys(
  diffs: readonly ApplicationDiff[],
  before: PlannedObjects,
  after: PlannedObjects,
): ReadonlySet<string> {
  const keys = new Map([...before.values(), ...after.values()].map(({ key, id }) => [formatObject(id), key]));
  const changed = diffs.flatMap(({ changes }) => changes.filter(({ action }) => action !== 'skipped'));
  return new Set(changed.map(({ id }) => keys.get(formatObject(id)) ?? formatObject(id)));
}

function composeApplication(diff: ApplicationDiff, input: ReportInput): ApplicationReport {
  const { application: name, path, changes, unchanged } = diff;
  const { before, after, rehearsal } = input;
  const plan = rehearsal.plans.find(({ application }) => application === name);
  const folder = input.head.applications.find(({ application }) => application.name === name);
  const hasErrors = folder?.loaded.problems.some(({ severity }) => severity === 'error') === true;
  // What moves to another application is told there.
  const own = (objects: PlannedObjects) =>
    new Map([...objects].filter(([key, one]) => (after.get(key) ?? one).application === name));
  const isTouched = (key: string) => input.touched.has(key) && !isHandedOver(before.get(key), after.get(key));
  const touched = new Set([...own(before).keys(), ...own(after).keys()].filter(isTouched));
  const podsOf = (object: string) => input.workloads.get(object)?.replicasBefore ?? 0;
  const isApplicable = !hasErrors && (plan?.problems.length ?? 0) === 0;
  const { described, placeOf } = describeChanges(changes, input);
  const all = composeRollouts(diff, input, new Map([...own(before), ...own(after)]), placeOf);
  // What is refused rolls nothing out; what moves all the same does so for another reason.
  const rollouts = isApplicable ? all : all.filter(({ object }) => input.workloads.get(object)?.isMoved === true);
  return {
    name,
    path,
    counts: { ...countChanges(changes), unchanged },
    changes: described,
    isApplicable,
    readyIn: readyInOf(rollouts, !isApplicable),
    rollouts,
    restarts: isApplicable
      ? computeRestarts({ base: before, head: own(after), podsOf }).map(({ application: _, ...restart }) => restart)
      : [],
    blastRadius: computeBlastRadius({ objects: new Map([...before, ...after]), touched, podsOf }),
  };
}

type PlaceOf = (declared: PlannedObject) => ReturnType<PlannedObject['locate']>;

/**
 * The changes, and where objects have their names: finding a place reads the file anew, so that all places of one
 * object are found together.
 */
function describeChanges(
  changes: readonly Change[],
  input: ReportInput,
): { readonly described: readonly ObjectChange[]; readonly placeOf: PlaceOf } {
  const places = new Map<PlannedObject, ReturnType<PlaceOf>>();
  const locate: PlaceOf = (declared) => declared.locate(['metadata', 'name']);
  const described = changes.map((change) => {
    const declared = input.declared.get(formatObject(change.id));
    if (declared !== undefined) places.set(declared, locate(declared));
    return composeChange(change, input);
  });
  return { described, placeOf: (declared) => places.get(declared) ?? locate(declared) };
}

function composeChange(change: Change, input: ReportInput): ObjectChange {
  const { action, id, fields, ceded, origin, reason } = change;
  const declared = input.declared.get(formatObject(id));
  return {
    action: action === 'unchanged' ? 'configured' : action,
    object: formatObject(id),
    apiVersion: id.apiVersion,
    ...(origin === undefined ? {} : { path: origin.path, line: origin.line }),
    fields: (action === 'created' && declared !== undefined ? [wholeOf(declared)] : fields).map(
      ({ path, before, after: next }): FieldDiff => {
        const place = declared?.locate(path);
        return {
          field: formatFieldPath(path),
          ...(before === undefined ? {} : { before: before as JsonValue }),
          ...(next === undefined ? {} : { after: next as JsonValue }),
          ...(place?.line === undefined ? {} : { path: place.path, line: place.line }),
        };
      },
    ),
    ceded,
    ...(reason === undefined ? {} : { reason }),
  };
}

/** A new object differs in all that it says. */
function wholeOf(declared: PlannedObject): FieldChange {
  return { path: [], before: undefined, after: objectBody(declared.decode()) };
}

/** The workloads of an application that moved, or that do not stand as they should. */
function composeRollouts(
  diff: ApplicationDiff,
  input: ReportInput,
  own: PlannedObjects,
  placeOf: PlaceOf,
): readonly RolloutForecast[] {
  const changes = new Map(diff.changes.map((change) => [formatObject(change.id), change]));
  const rollouts: RolloutForecast[] = [];
  for (const { id, key } of own.values()) {
    const object = formatObject(id);
    const workload = input.workloads.get(object);
    const planned = input.after.get(key);
    const change = isHandedOver(input.before.get(key), planned) ? undefined : changes.get(object);
    if (workload === undefined || !(workload.isMoved || change !== undefined)) continue;
    const place = planned === undefined ? undefined : placeOf(planned);
    const {
      kind: _kind,
      namespace: _namespace,
      name: _name,
      images: _images,
      unobserved,
      isMoved: _m,
      requests: _requests,
      readyMs,
      ...outcome
    } = workload;
    rollouts.push({
      ...outcome,
      ...(place === undefined ? {} : { path: place.path }),
      ...(place?.line === undefined ? {} : { line: place.line }),
      cause: causeOf(change),
      readyIn: readyInOfWorkload(workload, unobserved, readyMs),
    });
  }
  return rollouts.sort((a, b) => (a.object < b.object ? -1 : 1));
}

/** Whether another application declares the same from now on: then nothing is made, and nothing is scaled. */
function isHandedOver(before: PlannedObject | undefined, after: PlannedObject | undefined): boolean {
  if (before === undefined || after === undefined || before.application === after.application) return false;
  return before.digest === after.digest || jsonEqual(before.object, after.object);
}

function causeOf(change: Change | undefined): RolloutForecast['cause'] {
  if (change === undefined) return 'neighbour';
  if (change.action === 'created' || change.action === 'deleted' || change.action === 'replaced') return change.action;
  const fields = change.fields.map(({ path }) => formatFieldPath(path));
  return fields.some((field) => field.startsWith('spec.template')) ? 'template' : 'scaled';
}

function readyInOfWorkload(
  { outcome, isMoved, wantedReplicas }: RehearsedWorkload,
  unobserved: readonly string[],
  readyMs: number | undefined,
): ReadyIn {
  if (outcome !== 'stable') return { kind: 'never' };
  if (!isMoved || wantedReplicas === 0) return { kind: 'nothing-to-do' };
  if (unobserved.length > 0 || readyMs === undefined) return { kind: 'not-observed', images: unobserved };
  return { kind: 'observed', ms: readyMs };
}

/** An application is ready when the last of its workloads is. */
function readyInOf(rollouts: readonly RolloutForecast[], isRefused: boolean): ReadyIn {
  const all = rollouts.map(({ readyIn }) => readyIn);
  if (isRefused || all.some(({ kind }) => kind === 'never')) return { kind: 'never' };
  const images = all.flatMap((one) => (one.kind === 'not-observed' ? one.images : []));
  if (all.some(({ kind }) => kind === 'not-observed'))
    return { kind: 'not-observed', images: [...new Set(images)].sort() };
  const observed = all.flatMap((one) => (one.kind === 'observed' ? [one.ms] : []));
  return observed.length === 0 ? { kind: 'nothing-to-do' } : { kind: 'observed', ms: Math.max(...observed) };
}

function describeCommit(commit: CommitInfo, ref: string | undefined, how?: PlanCommit['how']): PlanCommit {
  return {
    id: commit.id,
    ...(ref === undefined ? {} : { ref }),
    subject: commit.message.split('\n', 1)[0] ?? '',
    ...(how === undefined ? {} : { how }),
  };
}

function worstOf(severities: readonly string[]): PlanReport['result'] {
  if (severities.includes('error')) return 'error';
  return severities.includes('warning') ? 'warning' : 'ok';
}

/** Applications of which there is nothing to say are left out. */
function isWorthSaying(findings: PlanReport['findings']): (application: ApplicationReport) => boolean {
  return ({ name, changes, counts, rollouts }) =>
    changes.length > 0 ||
    rollouts.length > 0 ||
    counts.unchanged > 0 ||
    findings.some(({ application }) => application === name);
}
