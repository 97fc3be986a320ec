import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/api-error.ts';
import { createTestRegistry } from '../../api/testing.ts';
import { AssertionError } from '../../lib/assert.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { LogFields, Logger } from '../../lib/logger.ts';
import type { Controller, ReconcileResult } from '../controller.ts';
import { ControllerManager } from './controller-manager.ts';
import { keyOf } from './object-key.ts';

function controllerOf(name: string, run: (key: string) => ReconcileResult | number): Controller {
  const reconcile = (key: string) => {
    const result = run(key);
    return typeof result === 'number' ? {} : result;
  };
  return { name, watches: [{ kind: 'ConfigMap', keysOf: (object) => [keyOf(object)] }], reconcile };
}

function setUp(...controllers: readonly Controller[]) {
  return setUpPaced(0, ...controllers);
}

function setUpPaced(paceMs: number, ...controllers: readonly Controller[]) {
  const world = createTestRegistry();
  const log: string[] = [];
  const note = (level: string) => (message: string, fields?: LogFields) => {
    log.push(`${level} ${message} ${String(fields?.['object'])} ${String(fields?.['error'])}`);
  };
  const logger: Logger = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    child: () => logger,
  };
  const manager = new ControllerManager({ ...world, logger, controllers, paceMs });
  const advance = (ms: number) => {
    const endMs = world.clock.monotonicMs() + ms;
    while ((world.clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= endMs) world.clock.fireNext();
    world.clock.moveTo(endMs);
  };
  const create = (name: string) =>
    world.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name } });
  return { ...world, manager, log, advance, create };
}

describe('the controller manager', () => {
  it('reconciles what is there at the start and what changes later, once per burst', () => {
    const keys: string[] = [];
    const world = setUp(controllerOf('c', (key) => keys.push(key)));
    world.create('before');
    world.manager.start();
    world.advance(0);
    world.create('after');
    world.client.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'after' }, 'merge', {
      data: { a: 'b' },
    });
    world.advance(0);
    expect(keys).toEqual(['default/before', 'default/after']);
    expect(world.manager.counters().get('c')).toEqual({ reconciles: 2, errors: 0 });
    expect(world.clock.nextDueMs()).toBeUndefined();
  });

  it('lets keys gather between two turns where a pace is set', () => {
    const seen: string[] = [];
    const world = setUpPaced(
      20,
      controllerOf('c', (key) => seen.push(`${world.clock.monotonicMs()} ${key}`)),
    );
    const change = (text: string) =>
      world.client.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }, 'merge', {
        data: { text },
      });
    world.create('a');
    world.manager.start();
    world.advance(50);
    change('at once, since the last turn is long ago');
    world.advance(5);
    change('waits');
    world.advance(5);
    change('is gathered');
    world.advance(100);
    expect(seen).toEqual(['0 default/a', '50 default/a', '70 default/a']);
  });

  it('takes turns between controllers', () => {
    const order: string[] = [];
    const world = setUp(
      controllerOf('a', (key) => order.push(`a ${key}`)),
      controllerOf('b', (key) => order.push(`b ${key}`)),
    );
    for (const name of ['x', 'y']) world.create(name);
    world.manager.start();
    world.advance(0);
    expect(order).toEqual(['a default/x', 'b default/x', 'a default/y', 'b default/y']);
  });

  it('ends its turn when the time is over, and goes on in the next', () => {
    const world = setUp(
      controllerOf('slow', () => {
        world.clock.moveTo(world.clock.monotonicMs() + LIMITS.turnMs);
        return {};
      }),
    );
    for (const name of ['x', 'y']) world.create(name);
    world.manager.start();
    world.clock.fireNext();
    expect(world.manager.isIdle).toBe(false);
    world.clock.fireNext();
    expect(world.manager.isIdle).toBe(true);
  });

  it('undoes the writes of a reconcile that throws, and retries it with growing delays', () => {
    const times: number[] = [];
    const world = setUp(
      controllerOf('c', () => {
        times.push(world.clock.monotonicMs());
        world.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'default', name: 's' } });
        if (times.length < 4) throw new ApiError('Conflict', 'somebody was faster');
        return {};
      }),
    );
    world.create('x');
    world.manager.start();
    world.advance(10);
    expect(world.client.list('Secret')).toEqual([]);
    world.advance(1_000);
    expect(times).toEqual([0, 5, 15, 35]);
    expect(world.client.list('Secret')).toHaveLength(1);
    expect(world.log).toEqual(Array(3).fill('warn reconcile refused default/x somebody was faster'));
    expect(world.manager.counters().get('c')).toEqual({ reconciles: 4, errors: 3 });
  });

  it('keeps the writes of a reconcile that reports a failure, and retries it', () => {
    let runs = 0;
    const world = setUp(
      controllerOf('c', () => {
        if (runs++ > 0) return {};
        world.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'default', name: 's' } });
        return { failure: new ApiError('Forbidden', 'no more quota') };
      }),
    );
    world.create('x');
    world.manager.start();
    world.advance(1_000);
    expect(runs).toBe(2);
    expect(world.client.list('Secret')).toHaveLength(1);
  });

  it('looks again when it was asked to', () => {
    const times: number[] = [];
    const world = setUp(
      controllerOf('c', () => {
        times.push(world.clock.monotonicMs());
        return times.length < 3 ? { requeueAfterMs: 700 } : {};
      }),
    );
    world.create('x');
    world.manager.start();
    world.advance(10_000);
    expect(times).toEqual([0, 700, 1400]);
  });

  it('lets a broken invariant through', () => {
    const world = setUp(
      controllerOf('c', () => {
        throw new AssertionError('two of one');
      }),
    );
    world.create('x');
    world.manager.start();
    expect(() => world.advance(0)).toThrow('two of one');
  });

  it('stops for good', () => {
    let runs = 0;
    const world = setUp(
      controllerOf('c', () => {
        runs++;
        return { requeueAfterMs: 10 };
      }),
    );
    world.create('x');
    world.manager.start();
    world.advance(0);
    world.manager.stop();
    world.create('y');
    world.advance(1_000);
    expect(runs).toBe(1);
    expect(world.clock.nextDueMs()).toBeUndefined();
  });
});
