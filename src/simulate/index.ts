/**
 * The simulated world: the same box as the live one, over a virtual clock, a store in memory, a repository in memory and an engine that only
 * pretends. It must not name a real driver.
 */
export { playRollout, type RolloutReport } from './rollout-scenario.ts';
export { SimulatedWorld, type SimulatedWorldOptions } from './simulated-world.ts';
