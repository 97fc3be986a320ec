/**
 * A change played forward before it is merged. `rehearse` takes what is live (a store's content, or what
 * `seedFromStatus` makes of the status branch), lets the simulated engine adopt the pods that run, pushes the head and
 * lets virtual time run until everything is as asked for or nothing more can happen.
 *
 * Flow: entries → `RehearsalWorld` (a whole box) → `RolloutRecorder` and the meters watch → `forecastRollout` draws the
 * conclusion of each workload.
 *
 * It reads nothing and asks nobody while it plays; limits end what does not end by itself. It must not name a real
 * driver.
 */
export { forecastRollout, type RecordedOutcome } from './forecast-rollout.ts';
export type { ServiceAvailability } from './meters.ts';
export { type Rehearsal, type RehearsalOptions, type RehearsedWorkload, rehearse } from './rehearse.ts';
export { CachedTrees } from './rehearsed-commit.ts';
export { RolloutRecorder } from './rollout-recorder.ts';
export { keyOfPublished, type SeedOptions, seedFromStatus, shownOf } from './seed-from-status.ts';
export { newestRevisionOf } from './workload-of-pod.ts';
