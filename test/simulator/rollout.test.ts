import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { playRollout, SimulatedWorld } from '../../src/simulate/index.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('./play-rollout.mjs', import.meta.url));

describe('the simulated world', () => {
  it('rolls 50 replicas over in ten virtual minutes, within the bounds of the rolling update', async () => {
    const report = await playRollout({ seed: 1, replicas: 50 });
    expect(report).toMatchObject({ phase: 'Healthy', readyPods: 50, virtualSeconds: 600 });
    // 25 % of 50, rounded down, may be unavailable.
    expect(report.lowestReady).toBeGreaterThanOrEqual(38);
  });

  it('has one history for one seed, in two processes, and another for another seed', async () => {
    const play = async (seed: number) =>
      JSON.parse((await run(process.execPath, [PROGRAM, String(seed)])).stdout).traceHash as string;
    const [first, second, other] = await Promise.all([play(7), play(7), play(8)]);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  }, 60_000);

  it('makes no writes once it is stable', async () => {
    const world = new SimulatedWorld({ seed: 3 });
    world.push({
      'web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "app:1"}]}
`,
    });
    await world.start();
    expect(await world.runUntil(() => world.phaseOf('memory') === 'Healthy', 120_000)).toBe(true);
    await world.run(120_000);
    const before = world.store.revision;
    await world.run(30 * 60_000);
    expect(world.store.revision).toBe(before);
  });
});
