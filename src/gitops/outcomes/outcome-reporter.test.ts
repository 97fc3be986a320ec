import { afterEach, describe, expect, it, test } from 'vitest';
import { BerthError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { computeApplicationStatus } from '../status/status-document.ts';
import { configMap, deployment, NAMESPACE, TestLoop } from '../testing.ts';
import { computeOutcome, type DeploymentOutcome } from './deployment-outcome.ts';
import { OutcomeReporter } from './outcome-reporter.ts';
import type { OutcomeSink, ReportContext, ReportedOutcome, ReportResult } from './outcome-sink.ts';

function outcomeOf(outcome: Partial<DeploymentOutcome> = {}): DeploymentOutcome {
  return {
    cluster: 'box1',
    application: 'shop',
    path: 'shop',
    branch: 'main',
    commit: 'a'.repeat(40),
    state: 'succeeded',
    phase: 'Healthy',
    reason: 'ReconciliationSucceeded',
    message: 'all 3 objects are healthy',
    pods: { wanted: 3, ready: 3 },
    objects: { total: 3, healthy: 3 },
    problems: [],
    ...outcome,
  };
}

class World {
  readonly clock = new VirtualClock();
  readonly told: string[] = [];
  readonly memory = new Map<string, ReportedOutcome>();
  outcome: DeploymentOutcome | undefined = outcomeOf();
  problemChanges = 0;
  answer: (outcome: DeploymentOutcome, context: ReportContext) => Promise<ReportResult> = async () => ({});
  reporter = this.open();

  open(): OutcomeReporter {
    const sink: OutcomeSink = {
      name: 'sink',
      report: async (outcome, context) => {
        const result = await this.answer(outcome, context);
        if (result.againAfterMs === undefined) this.told.push(`${outcome.commit.slice(0, 1)} ${outcome.state}`);
        return result;
      },
    };
    return new OutcomeReporter({
      clock: this.clock,
      logger: silentLogger,
      sinks: [sink],
      memory: {
        get: (name, application) => this.memory.get(name + application),
        set: (name, application, reported) => void this.memory.set(name + application, reported),
      },
      outcomeOf: () => this.outcome,
      allOutcomes: () => (this.outcome === undefined ? [] : [this.outcome]),
      durable: async () => {},
      onProblem: () => this.problemChanges++,
    });
  }

  async run(ms: number): Promise<void> {
    const endMs = this.clock.monotonicMs() + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const due = this.clock.nextDueMs();
      if (due === undefined || due > endMs) break;
      this.clock.fireNext();
    }
    this.clock.moveTo(endMs);
  }

  async tell(outcome: Partial<DeploymentOutcome>): Promise<void> {
    this.outcome = outcomeOf(outcome);
    this.reporter.note('shop');
    await this.run(100);
  }
}

const failing = (code: 'ReportFailed' | 'ReportRefused') => async () => {
  throw new BerthError(code, { detail: 'it answered 500' });
};

describe('the reporter of outcomes', () => {
  it('tells each outcome once, also across a restart', async () => {
    const world = new World();
    await world.tell({});
    await world.tell({});
    await world.tell({ message: 'the same in other words' });
    world.reporter = world.open();
    await world.tell({});
    expect(world.told).toEqual(['a succeeded']);
    await world.tell({ state: 'failed', phase: 'Degraded' });
    expect(world.told).toEqual(['a succeeded', 'a failed']);
  });

  it('says of a commit that was on its way that a newer one took over', async () => {
    const world = new World();
    await world.tell({ state: 'progressing', phase: 'Progressing' });
    await world.tell({ commit: 'b'.repeat(40) });
    expect(world.told).toEqual(['a progressing', 'a superseded', 'b succeeded']);
  });

  it('tries again with growing pauses, tells a problem once, and tells how things stand in the end', async () => {
    const world = new World();
    world.answer = failing('ReportFailed');
    await world.tell({ state: 'failed', phase: 'Failed' });
    await world.run(60_000);
    expect(world.reporter.problems()).toEqual([
      expect.objectContaining({ code: 'ReportFailed', message: 'sink: it answered 500' }),
    ]);
    expect(world.problemChanges).toBe(1);
    world.outcome = outcomeOf();
    world.answer = async () => ({});
    await world.run(120_000);
    expect(world.told).toEqual(['a succeeded']);
    expect(world.reporter.problems()).toEqual([]);
    expect(world.problemChanges).toBe(2);
  });

  it('does not repeat what is refused before there is something new', async () => {
    const world = new World();
    let calls = 0;
    world.answer = async () => {
      calls++;
      return failing('ReportRefused')();
    };
    await world.tell({});
    await world.tell({});
    await world.run(3_600_000);
    expect(calls).toBe(1);
    await world.tell({ commit: 'b'.repeat(40) });
    expect(calls).toBe(2);
  });

  it('gives up after some attempts, and is then at rest', async () => {
    const world = new World();
    let calls = 0;
    world.answer = async () => {
      calls++;
      return failing('ReportFailed')();
    };
    await world.tell({});
    await world.run(24 * 3_600_000);
    expect(calls).toBe(12);
    expect(world.clock.nextDueMs()).toBeUndefined();
  });

  it('ends a report that hangs, and does not wait for it when it stops', async () => {
    const world = new World();
    let aborted = 0;
    world.answer = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted++;
          reject(new BerthError('ReportFailed', { detail: 'ended' }));
        });
      });
    await world.tell({});
    await world.run(121_000);
    expect(aborted).toBe(1);
    await world.run(10_000);
    await world.reporter.stop();
    expect(aborted).toBe(2);
    expect(world.clock.nextDueMs()).toBeUndefined();
  });

  it('asks again when a sink waits for something to last', async () => {
    const world = new World();
    let calls = 0;
    world.answer = async () => (calls++ === 0 ? { againAfterMs: 10_000 } : {});
    await world.tell({ state: 'progressing', phase: 'Progressing' });
    expect(world.told).toEqual([]);
    await world.run(10_000);
    expect(world.told).toEqual(['a progressing']);
  });
});

describe('an outcome', () => {
  let loop: TestLoop;
  afterEach(() => loop.stop());

  const outcomes = () =>
    loop.reconciler.applications.flatMap((one) => {
      const { verdict, record, health, application, pods } = one;
      const placeOf = (key: string) => {
        const origin = one.originOf(key);
        return origin === undefined ? undefined : `${origin.path}:${origin.line}`;
      };
      const status = computeApplicationStatus({ ...application, verdict, record, health, placeOf });
      return computeOutcome(status, { cluster: 'box1', branch: 'main', pods }) ?? [];
    });

  test('says how long it took and how many pods are ready', async () => {
    loop = new TestLoop();
    loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': deployment('web', { replicas: 3 }) });
    await loop.start();
    await loop.run(20_000);
    expect(outcomes()).toEqual([
      expect.objectContaining({
        state: 'succeeded',
        pods: { wanted: 3, ready: 3 },
        durationSeconds: expect.any(Number),
      }),
    ]);
  });

  test('names the line of a commit that is refused', async () => {
    loop = new TestLoop();
    loop.push({ 'a.yaml': 'a: [1' });
    await loop.start();
    expect(outcomes()).toEqual([
      expect.objectContaining({
        state: 'failed',
        phase: 'Invalid',
        problems: [expect.objectContaining({ code: 'YamlSyntax', place: expect.stringMatching(/^a\.yaml:\d+/) })],
      }),
    ]);
  });

  test('is none for an application that a commit does not touch', async () => {
    loop = new TestLoop({ paths: ['apps/*'] });
    const blog = { 'apps/blog/a.yaml': `${NAMESPACE}---\n${configMap('a', 'x')}` };
    loop.push({ ...blog, 'apps/shop/b.yaml': configMap('b', 'x') });
    await loop.start();
    await loop.run(20_000);
    expect(outcomes().map(({ application }) => application)).toEqual(['blog', 'shop']);
    loop.push({ ...blog, 'apps/shop/b.yaml': configMap('b', 'y') });
    await loop.run(20_000);
    expect(outcomes().map(({ application }) => application)).toEqual(['shop']);
  });
});
