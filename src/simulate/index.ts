/**
 * The simulated world: the same box as the live one, over a virtual clock and ports that only pretend. `SimulatedWorld`
 * is the plain one, for rehearsals and scenarios; `playSeed` lets a `Machine` and its user go wrong in every way while
 * checkers look on. It must not name a real driver.
 */
export { type PlanOptions, planSteps, type Step } from './plan-steps.ts';
export { type Outcome, playSeed } from './play-seed.ts';
export { playRollout, type RolloutReport } from './rollout-scenario.ts';
export { type RunSeedsOptions, type RunSummary, runSeeds } from './run-seeds.ts';
export { SimulatedWorld, type SimulatedWorldOptions } from './simulated-world.ts';
