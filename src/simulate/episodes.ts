import type { StepAction } from './plan-steps.ts';
import type { NamedSpecialKind } from './user/special-actions.ts';

/** One thing of an episode, and how long after the one before it happens. */
export interface EpisodeStep {
  readonly action: StepAction;
  readonly afterMs: number;
}

type Episode = readonly EpisodeStep[];

/**
 * What has to happen in one order for a rule to be taken, and would seldom do so by itself. Each seed plays one episode
 * in the middle of everything else, in turn: whatever happens beside it may spoil it, so that each is played often
 * enough in a run.
 */
export const EPISODES: readonly [Episode, ...Episode[]] = [
  // A daemon waits for room on a node that goes for good.
  [fault('node joins'), git('add the hungry daemon set', 500, 2), fault('node leaves for good', 12_000)],
  // A readiness gate that was open is closed.
  [
    git('add the pod that waits for a gate'),
    hand('open the gates of the pods', 25_000),
    hand('open the gates of the pods', 3_000),
  ],
  // Several pods of an ordered set ail when it is to shrink.
  [
    git('add the stateful set of patient pods', 0, 0),
    fault('power lost', 60_000),
    git('change the stateful set of patient pods', 22_000),
  ],
  [
    git('add the stateful set of patient pods', 0, 0),
    fault('engine down with its containers', 60_000),
    git('change the stateful set of patient pods', 14_000),
  ],
  // Old revisions beyond the limit still have pods.
  [
    git('add the deployment with few revisions', 0, 3),
    git('change the deployment with few revisions', 30_000),
    hand('pause the rollouts', 3_000),
    hand('resume the rollouts', 20_000),
  ],
  [git('add the claim of the default class'), hand('delete a pod and its claims', 30_000)],
  [
    git('add the claims of a class of its own'),
    hand('enlarge the volumes', 12_000),
    git('change the claims of a class of its own', 2_000),
  ],
  // A claim without a class, and a default class that comes later.
  [
    hand('have another default class'),
    git('add the claim of the default class', 1_000),
    hand('have another default class', 15_000),
  ],
  // Nobody can delete what a volume that a person has made stands for.
  [git('add the volume of one’s own', 0, 4), hand('delete a claim', 12_000)],
  [
    git('add the claims of a class of its own'),
    hand('make a volume for a claim that has one', 12_000),
    hand('make a volume for a claim that has one', 2_000),
  ],
  [
    git('add the cron job of long runs'),
    hand('forget when the cron jobs ran', 65_000),
    hand('forget when the cron jobs ran', 20_000),
    hand('forget when the cron jobs ran', 20_000),
  ],
  // More runs were missed than are counted.
  [git('add the cron job with a time zone', 0, 0), fault('wall clock leaps ahead', 65_000)],
  [
    git('add the cron job with a time zone'),
    hand('run a cron job by hand, impatiently', 20_000),
    hand('run a cron job by hand, impatiently', 10_000),
  ],
  // A run is due, and there is no further one within five years.
  [
    fault('the clock is set to the eve of a leap day'),
    git('add the cron job of the leap day', 1_000),
    git('touch nothing', 38_000),
  ],
  [
    fault('the clock is set to the eve of a leap day'),
    git('add the cron job of the leap day', 1_000),
    fault('berth killed', 34_000),
    git('touch nothing', 15_000),
  ],
  [git('add the replica set', 0, 2), git('change the replica set', 15_000)],
  // Permissions that are taken back before a pod has begun.
  [git('add the pod of the host that waits'), fault('configured without permissions', 8_000)],
  [fault('configured with a further folder'), fault('configured with a further folder', 100_000)],
  [git('add the claim of pods without a node'), fault('configured without patience', 2_000)],
  [
    git('add a stateful set'),
    hand('leave the revisions of a set behind', 30_000),
    hand('leave a strange revision', 10_000),
  ],
  [fault('memory fills up'), fault('memory fills up', 40_000)],
  // The node agent of the box looks once a minute.
  [git('add the pod that writes too much', 0, 0), fault('volumes fill up', 60_000)],
  [git('add the pod that writes too much', 0, 1), fault('volumes fill up', 60_000)],
  [git('add the pod that writes too much', 0, 2), ...times(4, fault('volumes fill up', 15_000))],
  [
    git('add the pod that writes too much', 0, 3),
    git('add the pod that writes too much', 500, 4),
    fault('volumes fill up', 60_000),
  ],
  // Images are old enough to go two minutes after the disk was short first.
  [fault('disk fills up', 10_000), fault('disk fills up', 110_000)],
  // One of the two disks of a machine whose engine has one of its own.
  [fault('node joins'), ...times(5, fault('disk fills up', 25_000))],
  // They are looked at every five minutes.
  times(8, fault('disk fills up', 40_000)),
  [
    fault('secrets of the machine changed'),
    fault('secrets of the machine changed', 5_000),
    fault('secrets of the machine changed', 5_000),
    fault('secrets of the machine changed', 5_000),
  ],
  [git('empty an application'), git('touch nothing', 20_000)],
  [git('add the pod that hangs')],
  // A pod takes the place of others.
  [git('add the deployment that fills the box'), git('add the important deployment', 15_000)],
  // A container has succeeded in a sandbox that dies.
  [git('add the pod of its own', 0, 3), fault('power lost', 20_000)],
  [git('add the pod of its own', 0, 3), fault('engine down with its containers', 15_000)],
  // A sandbox is made anew while an image may not be asked for yet.
  [git('add the pod that is wrong in one way', 0, 25), fault('engine down with its containers', 45_000)],
  [git('add the pod that is wrong in one way', 0, 25), fault('engine down with its containers', 26_000)],
  [
    git('add the claims of a class of its own'),
    hand('take a volume away', 12_000),
    hand('delete a claim', 2_000),
    hand('take a volume away', 10_000),
  ],
  // Nobody is left on a node to end its pods.
  [
    fault('node joins'),
    fault('node lost', 20_000),
    hand('declare a node out of service', 65_000),
    fault('node lost with its containers', 10_000),
    hand('declare a node out of service', 65_000),
  ],
  // A datagram service whose pod is on another node than the one that the packets come to.
  [
    fault('node joins'),
    git('add the service of a type that changes', 500, 2),
    git('change the service of a type that changes', 25_000),
  ],
  [
    fault('node joins'),
    git('add the surging daemon set that tolerates nothing', 500),
    hand('taint a node', 20_000),
    hand('taint a node', 1_000),
    git('change the surging daemon set that tolerates nothing', 2_000),
  ],
  // Most nodes are lost, after one was lost alone.
  [fault('a rack joins'), fault('all but the box are lost', 25_000), git('touch nothing', 60_000)],
  // Shared out among zones of many nodes, whose sizes change; then a rollout, and the end of it.
  [
    fault('a rack joins'),
    git('add the service that keeps to its zone', 500, 1),
    hand('put the nodes into zones', 20_000),
    ...times(6, hand('move a node to the other zone', 2_500)),
    ...times(4, hand('share services out among zones', 2_000)),
    git('change the service that keeps to its zone', 4_000),
    git('change the service that keeps to its zone', 15_000),
  ],
  // Pods on a node without a zone that is none of those shared out among.
  [
    fault('a rack joins'),
    git('add the service that keeps to its zone', 500, 1),
    hand('put the nodes into zones', 20_000),
    ...times(8, hand('set a node apart for the control plane', 2_500)),
  ],
  // Pods come to a node that is short of memory.
  [fault('memory fills up'), fault('memory fills up', 12_000), git('add the daemon set that asks for nothing', 12_000)],
  [git('add the service of a named port', 0, 0), hand('hold a service', 20_000), hand('hold a service', 3_000)],
  [git('add the endpoints by hand', 0, 0), hand('hold endpoints', 20_000)],
  // More pods have ended than are kept.
  [
    git('add a job'),
    git('add the job of several steps', 0, 1),
    fault('configured to keep few ended pods', 20_000),
    fault('configured to keep few ended pods', 30_000),
  ],
  // No node for the percentages of a daemon set.
  [git('add the surging daemon set', 0, 2)],
  [git('add a deployment'), git('add the autoscaler with a rival', 1_000)],
  [git('add a deployment'), git('add the autoscaler of a deployment', 20_000, 1)],
  [git('add a daemon set'), hand('declare a pod of a set ended', 15_000), hand('declare a pod of a set ended', 5_000)],
  [hand('do the work of a job by hand'), git('add a job', 1_000), hand('do the work of a job by hand', 300)],
  // Endpoints of two nodes and more, shared out among zones that change.
  [
    fault('node joins'),
    git('add a deployment', 500),
    git('add a deployment', 1_000),
    hand('put the nodes into zones', 15_000),
    hand('share services out among zones', 1_000),
    hand('put the nodes into zones', 5_000),
    hand('share services out among zones', 3_000),
    hand('put the nodes into zones', 5_000),
  ],
  [
    hand('hold a namespace'),
    hand('own things wrongly at first', 5_000),
    hand('leave a slice of another family', 5_000),
  ],
  // A downgrade: objects that this Berth would refuse, and their namespace, which goes.
  [fault('another Berth was here'), hand('tidy up', 70_000), hand('tidy up', 15_000)],
  [
    fault('another Berth was here'),
    fault('berth killed', 45_000),
    hand('tidy up', 50_000),
    fault('power lost', 5_000),
    hand('tidy up', 45_000),
  ],
  // A Job is done and goes; power is lost in the middle of that.
  [
    git('add the job that goes when it is done', 0, 0),
    fault('power lost', 14_000),
    git('touch nothing', 20_000),
    git('change the job that goes when it is done', 5_000),
  ],
];

/** Specials of many forms, and forms of them that together show all that they have. Each seed adds one, in turn. */
export const TOUR: readonly [StepAction, ...StepAction[]] = [
  ...forms('add the pod that is wrong in one way', [0, 1, 2, 3, 4, 5, 6, 7, 8, 25, 27]),
  ...forms('add the pod of its own', [0, 1, 2, 3, 4]),
  ...forms('add the pod that ails at first', [2]),
  ...forms('add the pod that names its node', [0, 1, 2, 3]),
  ...forms('add the pod of the host', [1, 2]),
  ...forms('add the hook of a chart', [0, 1]),
  ...forms('add the volume of one’s own', [0, 1, 2, 3, 4, 5]),
  ...forms('add the claim that nobody meets', [0, 1, 2, 3, 4, 5]),
  ...forms('add the claim that was brought back', [0, 1, 2]),
  ...forms('add the pod whose claim is somebody else’s', [0]),
  ...forms('add the volume of a class that grows', [0]),
  ...forms('add the job that fails', [0, 1, 2, 3, 4, 5, 6]),
  ...forms('add the job of several steps', [0, 1, 2]),
  ...forms('add the replica set out of reach', [0]),
  ...forms('add the service of two pods of the host', [0]),
  ...forms('add the budget of pods without a number', [0, 1]),
  ...forms('add the autoscaler with a rival', [0]),
  ...forms('add the cron job that never runs', [0]),
  ...forms('add the endpoints by hand', [3]),
];

function forms(kind: NamedSpecialKind, versions: readonly [number, ...number[]]): [StepAction, ...StepAction[]] {
  const [first, ...others] = versions.map((version) => ({ by: 'git', kind, version }) as const);
  return [first ?? { by: 'git', kind }, ...others];
}

function times(count: number, step: EpisodeStep): Episode {
  return Array.from({ length: count }, () => step);
}

function git(kind: (StepAction & { by: 'git' })['kind'], afterMs = 0, version?: number): EpisodeStep {
  return { action: { by: 'git', kind, ...(version === undefined ? {} : { version }) }, afterMs };
}

function hand(kind: (StepAction & { by: 'hand' })['kind'], afterMs = 0): EpisodeStep {
  return { action: { by: 'hand', kind }, afterMs };
}

function fault(kind: (StepAction & { by: 'fault' })['kind'], afterMs = 0): EpisodeStep {
  return { action: { by: 'fault', kind }, afterMs };
}
