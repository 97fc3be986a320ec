import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { sleep } from '../../lib/clock.ts';
import { BerthError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { GitopsEvent } from '../events.ts';
import { TestLoop } from '../testing.ts';
import { NO_OBSERVATIONS } from './observations.ts';
import { redactObject } from './redact-object.ts';
import { renderStatusPage } from './render-status-page.ts';
import { computeStatusDocument, type StatusDocument } from './status-document.ts';
import { StatusPublisher } from './status-publisher.ts';

describe('redactObject', () => {
  it('keeps keys and hides values of Secrets and ConfigMaps', () => {
    const secret = {
      kind: 'Secret',
      metadata: { name: 'a', managedFields: [] },
      data: { password: 'aHVudGVyMg==' },
      type: 'Opaque',
    };
    expect(redactObject(secret)).toEqual({
      kind: 'Secret',
      metadata: { name: 'a' },
      data: { password: '(hidden)' },
      type: 'Opaque',
    });
    expect(redactObject({ kind: 'ConfigMap', data: { a: '1' }, binaryData: { b: 'AA==' } })).toMatchObject({
      data: { a: '(hidden)' },
      binaryData: { b: '(hidden)' },
    });
  });

  it('hides literal environment values wherever containers are, and keeps references', () => {
    const env = [
      { name: 'A', value: 'hunter2' },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    ];
    const object = {
      kind: 'Deployment',
      metadata: {},
      spec: { template: { spec: { containers: [{ name: 'c', env }], volumes: [] } } },
    };
    const redacted = JSON.stringify(redactObject(object));
    expect(redacted).not.toContain('hunter2');
    expect(redacted).toContain('secretKeyRef');
  });

  it('hides headers of probes, and what containers said last, which may be the end of their log', () => {
    const httpGet = { path: '/', httpHeaders: [{ name: 'Authorization', value: 'hunter2' }] };
    const terminated = { exitCode: 1, message: 'password hunter2 refused' };
    const object = {
      kind: 'Pod',
      metadata: {},
      spec: { containers: [{ name: 'c', livenessProbe: { httpGet } }] },
      status: { containerStatuses: [{ state: { terminated }, lastState: { terminated } }], message: 'shown' },
    };
    const redacted = JSON.stringify(redactObject(object));
    expect(redacted).not.toContain('hunter2');
    expect(redacted).toContain('Authorization');
    expect(redacted).toContain('shown');
  });

  it('hides what a failed hook has written, and no other reason to wait', () => {
    const waiting = (reason: string, message: string) => ({ state: { waiting: { reason, message } } });
    const containerStatuses = [
      waiting('PostStartHookError', 'exited with 7: password hunter2 refused'),
      waiting('ErrImagePull', 'shown'),
    ];
    const redacted = JSON.stringify(redactObject({ kind: 'Pod', metadata: {}, status: { containerStatuses } }));
    expect(redacted).not.toContain('hunter2');
    expect(redacted).toContain('shown');
  });

  it('hides annotations that repeat the object', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"x":"hunter2"}}',
      'example.com/team': 'a',
    };
    expect(redactObject({ kind: 'Pod', metadata: { annotations } })).toEqual({
      kind: 'Pod',
      metadata: {
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '(hidden)', 'example.com/team': 'a' },
      },
    });
  });
});

let loop: TestLoop;
afterEach(() => loop?.stop());

function documentOf(test: TestLoop, uid: string): StatusDocument {
  return computeStatusDocument({
    paths: ['.'],
    settings: {
      node: 'box',
      serviceCidr: '10.96.0.0/16',
      clusterDomain: 'cluster.local',
      rolloutTimeoutSeconds: 600,
      allow: {},
    },
    observed: NO_OBSERVATIONS,
    cluster: { name: 'box1', uid },
    berthVersion: '0.1.0',
    engine: 'sim',
    nowMs: test.test.clock.wallMs(),
    repository: 'memory',
    branch: 'main',
    commit: test.reconciler.commit,
    sourceFailure: test.reconciler.sourceFailure,
    problems: [],
    applications: test.reconciler.applications.map((one) => ({
      name: one.application.name,
      path: one.application.path,
      verdict: one.verdict,
      record: one.record,
      health: one.health,
      placeOf: () => undefined,
    })),
  });
}

function publisherOf(test: TestLoop, events: GitopsEvent[], uid = 'uid-1', source = test.source): StatusPublisher {
  return new StatusPublisher({
    client: test.test.client,
    clock: test.test.clock,
    logger: silentLogger,
    source,
    emit: (event) => events.push(event),
    branch: 'berth-status',
    cluster: { name: 'box1', uid },
    snapshot: () => documentOf(test, uid),
    author: { name: 'Berth', email: 'berth@localhost' },
  });
}

const FILES = {
  'a.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n',
  'b.yaml': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  namespace: shop\ndata:\n  password: aHVudGVyMg==\n',
};

async function begin(): Promise<void> {
  loop = new TestLoop();
  loop.push(FILES);
  await loop.start();
}

function statusFiles(): ReadonlyMap<string, string> {
  return loop.repository.readFiles(loop.repository.tip('berth-status')?.id ?? '');
}

describe('StatusPublisher', () => {
  it('writes a page, data and the live objects into the cluster’s folder, without secrets', async () => {
    await begin();
    const publisher = publisherOf(loop, []);
    publisher.noteChange({ terminal: true });
    await loop.run(1_000);
    const files = statusFiles();
    expect([...files.keys()]).toEqual(['box1/README.md', 'box1/live.json', 'box1/status.yaml']);
    expect(parse(files.get('box1/status.yaml') ?? '')).toMatchObject({
      kind: 'ClusterStatus',
      cluster: { name: 'box1', uid: 'uid-1' },
      applications: [{ name: 'root', phase: 'Healthy', appliedCommit: loop.repository.tip('main')?.id }],
    });
    expect(JSON.parse(files.get('box1/live.json') ?? '').map(({ kind }: { kind: string }) => kind)).toContain('Secret');
    expect([...files.values()].join('')).not.toMatch(/aHVudGVyMg|hunter2/);
    expect(loop.repository.tip('berth-status')?.message).toContain('[skip ci]');
    await publisher.stop();
  });

  it('commits terminal transitions at once, other changes once a minute, and a heartbeat every hour', async () => {
    await begin();
    const events: GitopsEvent[] = [];
    const publisher = publisherOf(loop, events);
    const published = () => events.filter(({ type }) => type === 'published').length;
    publisher.noteChange({ terminal: true });
    await loop.run(1_000);
    for (let i = 0; i < 20; i++) publisher.noteChange({ terminal: false });
    await loop.run(50_000);
    expect(published()).toBe(1);
    await loop.run(20_000);
    expect(published()).toBe(2);
    await loop.run(3_600_000);
    expect(published()).toBe(3);
    await publisher.stop();
  });

  // A box that was killed between a verdict and its commit found everything as it was, and the branch was an hour
  // behind.
  it('publishes at its start, although nothing changes', async () => {
    await begin();
    const publisher = publisherOf(loop, []);
    await loop.run(10_000);
    expect(loop.repository.tip('berth-status')).toBeUndefined();
    publisher.start();
    await loop.run(1_000);
    expect(statusFiles().get('box1/status.yaml')).toContain(loop.repository.tip('main')?.id);
    await publisher.stop();
  });

  it('publishes a transition that comes while it is publishing right after', async () => {
    await begin();
    const { source } = loop;
    const startedMs: number[] = [];
    vi.spyOn(source, 'publish').mockImplementation(async () => {
      startedMs.push(loop.test.clock.monotonicMs());
      await sleep(loop.test.clock, 400);
      return undefined;
    });
    const publisher = publisherOf(loop, []);
    publisher.noteChange({ terminal: true });
    await loop.run(100);
    publisher.noteChange({ terminal: true });
    await loop.run(2_000);
    expect(startedMs).toHaveLength(2);
    await publisher.stop();
  });

  it('ends quietly when the disk fails: the store has told who ends the process', async () => {
    await begin();
    const failure = new BerthError('DiskFailed', { object: 'store', verb: 'write', detail: 'no space left on device' });
    vi.spyOn(loop.test.store, 'durable').mockRejectedValue(failure);
    const publisher = publisherOf(loop, []);
    publisher.noteChange({ terminal: true });
    await loop.run(1_000);
    expect(loop.repository.tip('berth-status')).toBeUndefined();
    await publisher.stop();
  });

  it('leaves a folder of another cluster alone and reports it once', async () => {
    await begin();
    const first = publisherOf(loop, [], 'uid-1');
    first.noteChange({ terminal: true });
    await loop.run(1_000);
    await first.stop();
    const tip = loop.repository.tip('berth-status')?.id;
    const events: GitopsEvent[] = [];
    const second = publisherOf(loop, events, 'uid-2');
    second.noteChange({ terminal: true });
    await loop.run(1_000);
    second.noteChange({ terminal: true });
    await loop.run(1_000);
    expect(loop.repository.tip('berth-status')?.id).toBe(tip);
    expect(events).toEqual([expect.objectContaining({ type: 'publish-failed', reason: 'StatusFolderTaken' })]);
    expect(second.problems).toMatchObject([{ code: 'StatusFolderTaken', message: expect.stringContaining('uid-1') }]);
    loop.repository.commit('berth-status', new Map(), { message: 'Take it away', atMs: loop.test.clock.wallMs() });
    second.noteChange({ terminal: true });
    await loop.run(1_000);
    await second.stop();
    expect([second.problems, loop.repository.tip('berth-status')?.id === tip]).toEqual([[], false]);
  });
});

describe('renderStatusPage', () => {
  it('puts the worst news into the heading, and text from outside means nothing in it', async () => {
    loop = new TestLoop();
    loop.push({ 'a.yaml': 'a: [1' });
    await loop.start();
    const document = documentOf(loop, 'uid-1');
    const [application] = document.applications;
    if (application === undefined) throw new Error('no application');
    const page = renderStatusPage({ ...document, applications: [{ ...application, message: '<b>@team</b> `x` | y' }] });
    expect(page).toContain('# ❌ box1: 1 of 1 failed');
    expect(page).toContain('&#60;b&#62;@\u200bteam&#60;/b&#62; &#96;x&#96; &#124; y');
  });
});
