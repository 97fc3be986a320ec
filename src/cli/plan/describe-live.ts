import { STATUS_HEARTBEAT_MS } from '../../gitops/index.ts';
import { formatTime, parseTime } from '../../lib/clock.ts';
import type { LiveState } from '../../report/index.ts';
import type { PlanResult } from './plan-change.ts';

/** What a heartbeat may be late: publishing takes a moment, and clocks differ. */
const LATE_MS = 300_000;

/**
 * Where the simulation started from, and whether that may be out of date: then by its revision or a missed heartbeat,
 * not by its age.
 */
export function describeLive(result: PlanResult): LiveState {
  const { live, entries, nowMs, base, rehearsal } = result;
  const objects = entries.filter(({ key }) => key.startsWith('/')).length;
  const pods = live.source === 'nothing' ? 0 : rehearsal.livePods;
  if (live.source === 'nothing') {
    const source = base === undefined ? 'none' : 'base';
    return { source, deployed: [], stale: [], missing: live.missing, objects, pods };
  }
  const deployed = [...new Set(live.applied.values())].sort();
  if (live.source === 'store')
    return { source: 'store', observedAt: formatTime(nowMs), ageMs: 0, deployed, stale: [], objects, pods };
  const { status } = live;
  const observedMs = parseTime(status.observedAt);
  const ageMs = observedMs === undefined ? undefined : Math.max(0, nowMs - observedMs);
  return {
    source: 'status-branch',
    branch: result.request.statusBranch,
    commit: status.commit.id,
    observedAt: status.observedAt,
    ...(ageMs === undefined ? {} : { ageMs }),
    deployed,
    stale: staleness(result, status.sourceCommit, ageMs),
    objects,
    pods,
  };
}

function staleness({ commits }: PlanResult, deployed: string, ageMs: number | undefined): readonly string[] {
  const stale: string[] = [];
  const base = commits.base?.id;
  if (base !== undefined && deployed !== '' && deployed !== base)
    stale.push(`the box has seen ${deployed.slice(0, 7)}, and the base is ${base.slice(0, 7)}`);
  if (ageMs === undefined) stale.push('it does not say when it was written');
  else if (ageMs > STATUS_HEARTBEAT_MS + LATE_MS)
    stale.push(`the box has been silent for ${Math.round(ageMs / 3_600_000)} hours, though it speaks every hour`);
  return stale;
}
