import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { ApplicationVerdict, GitopsEvent, StatusDocument } from '../../gitops/index.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { exitCodeOfStatus } from './phase-exit-code.ts';
import { Progress } from './progress.ts';
import { createTerminal } from './terminal.ts';

function show(events: readonly GitopsEvent[]): readonly string[] {
  const stream = new PassThrough();
  const progress = new Progress({ terminal: createTerminal(stream, {}), clock: new VirtualClock(), mode: 'plain' });
  for (const event of events) progress.onEvent(event);
  progress.stop();
  return String(stream.read()).trimEnd().split('\n');
}

function verdict(reason: ApplicationVerdict['reason'], message: string): GitopsEvent {
  const settled = { phase: 'Healthy', reason, message, sinceMs: 0, problems: [], omittedProblems: 0 } as const;
  return { type: 'verdict', application: 'shop', commit: 'c1', verdict: settled, isTransition: false };
}

test('an application that is no longer whole is not called healthy, and its recovery is not timed from the commit', () => {
  const counts = { created: 1, configured: 0, replaced: 0, deleted: 0, unchanged: 0, skipped: 0 };
  const lines = show([
    { type: 'applied', application: 'shop', commit: 'c1', counts, changes: [] },
    verdict('ReconciliationSucceeded', 'all 2 objects are healthy'),
    verdict('Progressing', '1/2 objects healthy'),
    verdict('ReconciliationSucceeded', 'all 2 objects are healthy'),
  ]);
  expect(lines.slice(1)).toEqual([
    '✔ shop is healthy after 0.0 s: all 2 objects are healthy',
    '◎ shop  1/2 objects healthy',
    '✔ shop is healthy: all 2 objects are healthy',
  ]);
});

test('a path that leads to nothing is told of, not passed over', () => {
  const commit = { id: 'c1', tree: '', parents: [], authorName: '', authorEmail: '', committedAtMs: 0, message: 'One' };
  expect(show([{ type: 'commit', commit, applications: [] }])).toEqual([
    '► c1 One',
    '⚠ no folder of this commit is an application: correct --path, or push one',
  ]);
});

test.each`
  reason                       | code
  ${'ReconciliationSucceeded'} | ${0}
  ${'Progressing'}             | ${undefined}
`('waiting for one that was healthy and is now $reason ends with $code', ({ reason, code }) => {
  const application = { name: 'shop', phase: 'Healthy', reason, attemptedCommit: 'c1' };
  const status = { source: { commit: 'c1' }, applications: [application] };
  expect(exitCodeOfStatus(status as unknown as StatusDocument)).toBe(code);
});

test('a commit in which no path leads to an application is an error to whoever waits for it', () => {
  const status = { source: { commit: 'c1' }, applications: [] };
  expect(exitCodeOfStatus(status as unknown as StatusDocument)).toBe(1);
});

test('a failure is told again when something else of it fails, not with each restart of a container', () => {
  const failed = (phase: 'Failed' | 'Degraded', about: string, message: string): GitopsEvent => {
    const verdict = {
      phase,
      reason: 'HealthCheckFailed',
      message,
      sinceMs: 0,
      problems: [],
      omittedProblems: 0,
    } as const;
    return { type: 'verdict', application: 'shop', commit: 'c1', verdict, isTransition: false, about };
  };
  const lines = show([
    failed('Failed', 'Pod/t/a RunContainerError', 'a: RunContainerError'),
    failed('Failed', 'Pod/t/a CrashLoopBackOff', 'a: back-off 10s'),
    failed('Failed', 'Pod/t/a RunContainerError', 'a: RunContainerError'),
    failed('Failed', 'Pod/t/a CrashLoopBackOff', 'a: back-off 20s'),
    failed('Failed', 'Pod/t/b CrashLoopBackOff', 'b: back-off 10s'),
    verdict('ReconciliationSucceeded', 'all 2 objects are healthy'),
    failed('Degraded', 'Pod/t/a CrashLoopBackOff', 'a: back-off 10s'),
    failed('Degraded', 'Pod/t/a CrashLoopBackOff', 'a: back-off 20s'),
    verdict('Progressing', '1/2 objects healthy'),
    failed('Degraded', 'Pod/t/a CrashLoopBackOff', 'a: back-off 40s'),
  ]);
  expect(lines).toEqual([
    '✗ shop Failed: a: RunContainerError',
    '✗ shop Failed: a: back-off 10s',
    '✗ shop Failed: b: back-off 10s',
    '✔ shop is healthy: all 2 objects are healthy',
    '✗ shop Degraded: a: back-off 10s',
    '◎ shop  1/2 objects healthy',
    '✗ shop Degraded: a: back-off 40s',
  ]);
});
