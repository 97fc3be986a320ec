import { counted } from '../../lib/counted.ts';
import type { Finding, Severity } from '../../plan/findings/finding.ts';
import type { ApplicationReport, ImageReport, ObjectChange, PlanReport, RolloutForecast } from '../plan-report.ts';
import { describeChange, withoutContext } from './describe-change.ts';
import { drawTimeline } from './draw-timeline.ts';
import { formatReadyIn } from './format-duration.ts';
import { isBad } from './is-bad.ts';
import { type Block, code, type Leaf, place, type Rich, type Section, strong, text } from './report-tree.ts';

/** Everything below the findings, each section with leaves that are shown or left out whole. */
export function buildSections(report: PlanReport): readonly Section[] {
  const severityOf = indexSeverities(report.findings);
  const sections = [
    ...report.applications.map((application) => rolloutSection(application, severityOf)),
    restartSection(report),
    imageSection(report),
    blastSection(report),
    capacitySection(report),
    diffSection(report, severityOf),
  ];
  return sections.filter(({ leaves }) => leaves.length > 0);
}

type SeverityOf = (object: string) => Severity | 'none';

function indexSeverities(findings: readonly Finding[]): SeverityOf {
  const worst = new Map<string, Severity>();
  // Findings come worst first.
  for (const { object, severity } of findings)
    if (object !== undefined && !worst.has(object)) worst.set(object, severity);
  return (object) => worst.get(object) ?? 'none';
}

function rolloutSection({ name, rollouts }: ApplicationReport, severityOf: SeverityOf): Section {
  const leaves = rollouts.map((rollout): Leaf => {
    const severity = isBad(rollout) ? 'error' : severityOf(rollout.object);
    return { kind: 'timeline', severity, blocks: describeRollout(rollout) };
  });
  const isFailing = rollouts.some(isBad);
  return { title: [text(`Simulated rollout: ${name}`)], name: `rollout of ${name}`, isOpen: isFailing, leaves };
}

function describeRollout(rollout: RolloutForecast): readonly Block[] {
  const { object, path, line, outcome, reason, wantedReplicas, lowestReady, readyBefore, finalReady, omittedSamples } =
    rollout;
  const end = outcome === 'stable' ? describeStable(rollout) : `❌ ${describeOutcome(outcome)}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const readiness = RUNS_TO_ITS_END.test(object)
    ? `${counted(finalReady, 'pod')} at work in the end`
    : `ready ${readyBefore} → ${finalReady} of ${wantedReplicas}, lowest ${lowestReady}`;
  const where = path === undefined ? [] : [text(' '), place(path, line)];
  const omitted = omittedSamples === 0 ? '' : `; ${counted(omittedSamples, 'step')} left out of the picture`;
  const line1: Rich = [code(object), text(` (${rollout.cause}): ${end}${why}; ${readiness}${omitted}`), ...where];
  const picture = RUNS_TO_ITS_END.test(object) ? [] : drawTimeline(rollout);
  return [
    { kind: 'paragraph', line: line1 },
    ...(picture.length === 0 ? [] : [{ kind: 'picture', lines: picture } as const]),
  ];
}

/** Pods of these end by themselves: none of them has to stay ready. */
const RUNS_TO_ITS_END = /^(?:Cron)?Job\//;

function describeStable({ readyIn }: RolloutForecast): string {
  if (readyIn.kind === 'nothing-to-do') return 'stable';
  if (readyIn.kind === 'not-observed') return 'stable; how long it takes to get ready was not yet observed';
  return `stable, ready in ${formatReadyIn(readyIn)}`;
}

function describeOutcome(outcome: 'stuck' | 'never'): string {
  return outcome === 'stuck' ? 'stuck' : 'never gets there';
}

function restartSection({ applications }: PlanReport): Section {
  const restarts = applications.flatMap((application) => application.restarts);
  const verbs = { restarted: 'made anew', refreshed: 'see it without a restart', needed: 'need a restart to see it' };
  const items = restarts.map(({ object, pods, kind, reason }): Rich => {
    return [code(object), text(`: ${counted(pods, 'pod')} ${verbs[kind]}: ${reason}`)];
  });
  const pods = restarts.filter(({ kind }) => kind === 'restarted').reduce((sum, restart) => sum + restart.pods, 0);
  return listSection(`Restarts: ${counted(pods, 'pod')}`, 'restarts', items);
}

function imageSection({ images }: PlanReport): Section {
  const changed = images.filter(({ change }) => change !== 'kept');
  const shown = changed.length > 0 ? changed : images;
  const rows = shown.map((image): readonly Rich[] => [
    [code(image.image)],
    [text(image.change)],
    [text(describeFound(image))],
    image.digest === undefined ? [text('')] : [code(shortDigest(image.digest))],
    [text(describeMove(image))],
  ]);
  const blocks: readonly Block[] = [{ kind: 'table', columns: ['image', 'change', 'found', 'digest', 'note'], rows }];
  const leaves: readonly Leaf[] = rows.length === 0 ? [] : [{ kind: 'images', severity: 'none', blocks }];
  return { title: [text(`Images (${shown.length}): tag → digest, found?`)], name: 'images', isOpen: false, leaves };
}

function describeFound({ found }: ImageReport): string {
  const words = { yes: 'yes', no: '❌ no', unauthorized: 'no permission to look', unknown: 'not known' };
  return words[found];
}

function describeMove({ digest, runningDigest, detail }: ImageReport): string {
  const isMoved = digest !== undefined && runningDigest !== undefined && digest !== runningDigest;
  const move = isMoved ? [`moved: ${shortDigest(runningDigest)} runs`] : [];
  return [...move, ...(detail === undefined ? [] : [detail])].join('; ');
}

function shortDigest(digest: string): string {
  return digest.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}

function blastSection({ applications }: PlanReport): Section {
  const radii = applications.map(({ blastRadius }) => blastRadius);
  const services = [...new Set(radii.flatMap((radius) => radius.services))];
  const hosts = [...new Set(radii.flatMap((radius) => radius.ingressHosts))];
  const workloads = [...new Set(radii.flatMap((radius) => radius.workloads))];
  const pods = radii.reduce((sum, radius) => sum + radius.pods, 0);
  const groups = [
    ['Services', services],
    ['Hosts', hosts],
    ['Workloads', workloads],
  ] as const;
  const items = groups.flatMap(([label, names]): readonly Rich[] =>
    names.length === 0 ? [] : [[strong(label), text(': '), ...joinCodes(names)]],
  );
  const counts = [
    [services.length, 'Service'],
    [hosts.length, 'host'],
    [pods, 'pod'],
  ] as const;
  const sums = counts.filter(([count]) => count > 0).map(([count, noun]) => counted(count, noun));
  return listSection(`Blast radius: ${sums.join(', ')}`, 'blast radius', pods === 0 ? [] : items);
}

function joinCodes(names: readonly string[]): Rich {
  return names.flatMap((name, index) => (index === 0 ? [code(name)] : [text(', '), code(name)]));
}

function capacitySection({ capacity }: PlanReport): Section {
  const rows = capacity.map(({ node, resource, allocatable, before, after, peak }): readonly Rich[] =>
    [node, resource, before, after, peak, allocatable].map((cell) => [text(cell)]),
  );
  const columns = ['node', 'resource', 'requested before', 'after', 'at most', 'allocatable'];
  const leaves: readonly Leaf[] =
    rows.length === 0 ? [] : [{ kind: 'capacity', severity: 'none', blocks: [{ kind: 'table', columns, rows }] }];
  return { title: [text('Capacity')], name: 'capacity', isOpen: false, leaves };
}

function diffSection({ applications }: PlanReport, severityOf: SeverityOf): Section {
  const changes = applications.flatMap((application) => application.changes);
  // "Deletions first": they cannot be taken back.
  const ordered = [...changes].sort((a, b) => changeRank(a) - changeRank(b));
  let lines = 0;
  const leaves = ordered.map((change): Leaf => {
    const all = describeChange(change);
    const terse = withoutContext(all);
    lines += all.length - 1;
    return {
      kind: 'diff',
      severity: severityOf(change.object),
      blocks: [{ kind: 'diff', lines: all }],
      ...(terse.length === all.length ? {} : { terse: [{ kind: 'diff', lines: terse }] }),
    };
  });
  const title = `Diff: ${counted(leaves.length, 'object')}, ${counted(lines, 'line')}`;
  return { title: [text(title)], name: 'diff', isOpen: false, leaves };
}

function changeRank({ action }: ObjectChange): number {
  return action === 'deleted' ? 0 : action === 'replaced' ? 1 : 2;
}

function listSection(title: string, name: 'restarts' | 'blast radius', items: readonly Rich[]): Section {
  const kind = name === 'restarts' ? 'restarts' : 'blast-radius';
  const leaves: readonly Leaf[] =
    items.length === 0 ? [] : [{ kind, severity: 'none', blocks: [{ kind: 'list', items }] }];
  return { title: [text(title)], name, isOpen: false, leaves };
}
