import type { ReportedProblem } from '../../gitops/index.ts';
import { ERROR_CODES } from '../../lib/error-codes.ts';
import { LIMITS } from '../../lib/limits.ts';
import { findKindsNamed, formatFieldPath, formatObject, referencesOf, storageKeyOf } from '../../objects/index.ts';
import {
  type Finding,
  isToldByRule,
  type PlannedObject,
  RULES,
  runRules,
  sortFindings,
} from '../../plan/findings/index.ts';
import { computeRestarts, ingressRulesOf } from '../../plan/impact/index.ts';
import type { ChangeProblem } from '../../plan/index.ts';
import type { HiddenFindings, ImageReport } from '../../report/index.ts';
import { rolloutFindings } from '../../simulate/rehearsal/rollout-findings.ts';
import type { ReportInput } from './compose-report.ts';
import { createLiveView } from './live-view.ts';

/** Everything that is found, worst first, and how much of it is left out and why. */
export function collectFindings(input: ReportInput): {
  readonly findings: readonly Finding[];
  readonly hidden: readonly HiddenFindings[];
} {
  const loaded = loadFindings(input);
  const ruled = ruleFindings(input);
  const refused = input.rehearsal.plans.flatMap(({ application, path, problems }) =>
    problems.map((problem) => refusal(application, path, problem)),
  );
  const played = withoutMissingClasses(placedAtReferences(playedFindings(input), loaded.findings), ruled.findings);
  const all = withoutRepeats(
    sortFindings([
      // Where the simulation shows what a missing object leads to, that is the news.
      ...withoutDeleted(withoutEchoes(loaded.findings, played, 'ReferenceMissing'), ruled.findings),
      ...refused,
      ...withoutEchoes(withoutEchoes(played, ruled.findings, 'PrivilegeForbidden'), ruled.findings, 'PortClaimed'),
      // What may not change is refused, so that it orphans nobody.
      ...withoutEchoes(ruled.findings, refused, 'PodsOrphaned', 'FieldImmutable'),
      ...restartFindings(input),
      ...input.images.flatMap((image) => imageFindings(image, input)),
    ]),
  );
  const known = loaded.known + ruled.known;
  const findings = all.slice(0, LIMITS.diagnostics);
  return {
    findings,
    hidden: [
      ...(known > 0 ? [{ rule: `${known === 1 ? 'it was' : 'they were'} so before the change`, count: known }] : []),
      ...(all.length > findings.length ? [{ rule: 'limit diagnostics', count: all.length - findings.length }] : []),
    ],
  };
}

/** Problems of the manifests themselves. A warning that the base has in the same words is not the change's. */
function loadFindings({ head, base, declared }: ReportInput): {
  readonly findings: readonly Finding[];
  readonly known: number;
} {
  const identity = ({ code, object, path, field, message }: ReportedProblem) =>
    JSON.stringify([code, object, path, field, message]);
  const old = new Set((base?.applications ?? []).flatMap(({ loaded }) => loaded.problems.map(identity)));
  const found = head.applications.flatMap(({ application, loaded }) =>
    loaded.problems
      .filter((problem) => problem.code !== 'ReferenceMissing' || !isRuled(problem, declared))
      .map((problem) => ({ application: application.name, problem })),
  );
  const news = found.filter(({ problem }) => problem.severity === 'error' || !old.has(identity(problem)));
  const findings = news.map(({ application, problem }): Finding => {
    return { ...problem, application, help: problem.help ?? ERROR_CODES[problem.code].help };
  });
  return { findings, known: found.length - news.length };
}

/** Whether the plan has a rule for the name that stands in this field, which knows more of it. */
function isRuled({ object = '', field }: ReportedProblem, declared: ReportInput['declared']): boolean {
  const planned = declared.get(object);
  if (planned === undefined) return false;
  return referencesOf(planned.object).some((one) => isToldByRule(one) && formatFieldPath(one.field) === field);
}

/** What the registry of the box refuses. */
function refusal(
  application: string,
  folder: string,
  { id, code, message, field, place, help }: ChangeProblem,
): Finding {
  return {
    code,
    severity: 'error',
    application,
    object: formatObject(id),
    ...(field === undefined ? {} : { field }),
    path: place?.path ?? folder,
    ...(place?.line === undefined ? {} : { line: place.line }),
    ...(place?.column === undefined ? {} : { column: place.column }),
    message,
    help: help ?? ERROR_CODES[code].help,
  };
}

function ruleFindings(input: ReportInput) {
  const { before, after, entries, live, diffs, workloads } = input;
  const view = createLiveView(entries);
  const existsLive = (kind: string, namespace: string | undefined, name: string) =>
    findKindsNamed(kind).length === 0 || view.find(kind, namespace, name) !== undefined;
  const podsOf = (object: string) => workloads.get(object)?.replicasBefore ?? 0;
  const replacedIds = diffs.flatMap(({ changes }) => changes.filter(({ action }) => action === 'replaced'));
  const replaced = new Set(replacedIds.map(({ id }) => storageKeyOf(id)));
  const known = live.source === 'nothing' ? undefined : view;
  return runRules(RULES, { before, after, existsLive, podsOf, live: known, replaced });
}

function playedFindings(input: ReportInput): readonly Finding[] {
  return rolloutFindings(input.rehearsal).map(({ object, field, message, ...rest }): Finding => {
    const declared = object === undefined ? undefined : input.declared.get(object);
    const place = declared?.locate(field ?? ['metadata', 'name']);
    const hosts = rest.code === 'AvailabilityLost' && declared !== undefined ? hostsBehind(input, declared) : '';
    return {
      ...rest,
      message: `${message}${hosts}`,
      ...(object === undefined ? {} : { object }),
      ...(declared === undefined ? {} : { application: declared.application }),
      ...(place === undefined ? {} : { path: place.path }),
      ...(place?.line === undefined ? {} : { line: place.line }),
      ...(place?.column === undefined ? {} : { column: place.column }),
    };
  });
}

/** `; shop.example.com leads to it`. */
function hostsBehind({ after }: ReportInput, service: PlannedObject): string {
  const hosts = [...after.values()]
    .filter(({ id }) => id.kind === 'Ingress' && id.namespace === service.id.namespace)
    .flatMap(({ object }) => ingressRulesOf(object).filter(({ backends }) => backends.includes(service.id.name)))
    .map(({ host }) => host);
  const names = [...new Set(hosts)].sort();
  return names.length === 0 ? '' : `; ${names.join(', ')} ${names.length === 1 ? 'leads' : 'lead'} to it`;
}

/** Pods that keep a value that Git has changed. */
function restartFindings(input: ReportInput): readonly Finding[] {
  const { before, after, workloads } = input;
  const podsOf = (object: string) => workloads.get(object)?.replicasBefore ?? 0;
  return computeRestarts({ base: before, head: after, podsOf }).flatMap(
    ({ application, object, pods, kind, reason }) => {
      if (kind !== 'needed') return [];
      const place = input.declared.get(object)?.locate(['metadata', 'name']);
      const message = `${reason}: its ${pods} pods go on with the old value until they are restarted`;
      return [
        {
          code: 'ConfigurationStale',
          severity: 'warning',
          application,
          object,
          ...(place === undefined ? {} : { path: place.path }),
          ...(place?.line === undefined ? {} : { line: place.line }),
          message,
          help: ERROR_CODES.ConfigurationStale.help,
        },
      ];
    },
  );
}

function imageFindings(
  { image, found, usedBy, digest, runningDigest }: ImageReport,
  input: ReportInput,
): readonly Finding[] {
  const about = (
    code: 'ImageMissing' | 'ImageMoved' | 'ImageUnauthorized',
    severity: Finding['severity'],
    message: string,
  ): Finding[] =>
    usedBy.slice(0, 1).map((object) => {
      const declared = input.declared.get(object);
      const place = declared?.locate(['spec', 'template', 'spec', 'containers', 0, 'image']);
      return {
        code,
        severity,
        object,
        ...(declared === undefined ? {} : { application: declared.application }),
        ...(place === undefined ? {} : { path: place.path }),
        ...(place?.line === undefined ? {} : { line: place.line }),
        message,
        help: ERROR_CODES[code].help,
      };
    });
  if (found === 'no') return about('ImageMissing', 'error', `the registry has no image ${image}`);
  if (found === 'unauthorized')
    return about('ImageUnauthorized', 'warning', `the registry does not show ${image} to these credentials`);
  if (digest !== undefined && runningDigest !== undefined && digest !== runningDigest)
    return about(
      'ImageMoved',
      'info',
      `${image} is ${digest.slice(0, 19)} now, and ${runningDigest.slice(0, 19)} runs`,
    );
  return [];
}

/** A rollout that waits for an object that is not there is shown where that object is named. */
function placedAtReferences(played: readonly Finding[], loaded: readonly Finding[]): readonly Finding[] {
  return played.map((finding) => {
    if (finding.code !== 'ReferenceMissing') return finding;
    const named = loaded.find(({ code, object }) => code === 'ReferenceMissing' && object === finding.object);
    if (named === undefined) return finding;
    const { path, line, column, endColumn, excerpt, field } = named;
    const place = { path, line, column, endColumn, excerpt, field };
    const known = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
    return { ...finding, ...known, message: `${named.message}: ${finding.message}`, help: named.help };
  });
}

/**
 * One cause is told once: without findings of a code about objects of which `told` says the same with another, or with
 * a better place.
 */
function withoutEchoes(
  findings: readonly Finding[],
  told: readonly Finding[],
  code: Finding['code'],
  toldAs: Finding['code'] = code,
): readonly Finding[] {
  const objects = new Set(
    told.filter((one) => one.code === toldAs && one.severity === 'error').map(({ object }) => object),
  );
  return findings.filter((one) => one.code !== code || !objects.has(one.object));
}

/** That the change itself deletes what is missing says more than that it is missing. */
function withoutDeleted(loaded: readonly Finding[], ruled: readonly Finding[]): readonly Finding[] {
  const placeOf = ({ object, path, line, column }: Finding) => JSON.stringify([object, path, line, column]);
  const told = new Set(ruled.filter(({ code }) => code === 'ReferenceDangling').map(placeOf));
  return loaded.filter((one) => one.code !== 'ReferenceMissing' || !told.has(placeOf(one)));
}

/** Pods that are refused for their class are told where the class is named. */
function withoutMissingClasses(played: readonly Finding[], ruled: readonly Finding[]): readonly Finding[] {
  const named = ruled.filter(({ field }) => field?.endsWith('.priorityClassName') === true);
  const objects = new Set(named.filter(({ code }) => code === 'ReferenceDangling').map(({ object }) => object));
  return played.filter(
    ({ object, message }) => !(objects.has(object) && message.includes('no PriorityClass with name')),
  );
}

function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, object, path, line, message }) => {
    const identity = JSON.stringify([code, object, path, line, message]);
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}
