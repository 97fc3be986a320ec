import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pod } from '../../src/objects/types.ts';
import { ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { ByHand } from './testing/by-hand.ts';
import { configMap } from './testing/manifests.ts';
import { TestBox } from './testing/test-box.ts';
import { waitUntil } from './testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;
const hand = new ByHand(() => box.berth, 'default');

beforeAll(async () => {
  await ensureBusybox();
  program = await bundleBerth();
  box = await TestBox.create({ program: program.path, runtime: 'docker' });
  const commit = await box.repository.push({ 'a.yaml': configMap('here', { a: '1' }) });
  await box.start();
  await box.berth.reaches(commit, 'Healthy');
});

afterAll(async () => {
  await box?.remove();
  await program?.remove();
});

const container = (name: string, script: string, more = '') =>
  `{name: ${name}, image: "busybox:1.36", command: [sh, -c, ${JSON.stringify(script)}]${more}}`;

function pod(name: string, spec: string): string {
  return `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {${spec}}}`;
}

const stateOf = ({ status }: Pod, name: string) =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find((one) => one.name === name);
const endOf = (pod: Pod, name: string) => stateOf(pod, name)?.state?.terminated;

test.concurrent('init containers and sidecars start in order, and what has ended says how', async () => {
  // Each notes itself in a file that all of them share.
  const note = (word: string) => `echo ${word} >> /v/log`;
  const mount = ', volumeMounts: [{name: v, mountPath: /v}]';
  const untilTerm = (word: string) =>
    `trap "${note(`${word}-ends`)}; exit 0" TERM; ${note(word)}; while :; do sleep 0.1; done`;
  const started = ', startupProbe: {exec: {command: [test, -f, /v/log]}, periodSeconds: 1}';
  await hand.create(
    pod(
      'order',
      `restartPolicy: Never, terminationGracePeriodSeconds: 10, volumes: [{name: v, emptyDir: {}}], initContainers: [${[
        container('first', note('first'), mount),
        container('proxy', untilTerm('proxy'), `${mount}, restartPolicy: Always${started}`),
        container('second', note('second'), mount),
        container('logger', untilTerm('logger'), `${mount}, restartPolicy: Always`),
      ].join()}], containers: [${container('main', `${note('main')}; sleep 1; cat /v/log; ${note('main-ends')}`, mount)}]`,
    ),
  );
  const ended = await hand.podIs('order', 'Succeeded', 'Failed');
  expect(ended.status?.phase).toBe('Succeeded');
  expect(await hand.log('order', 'main')).toEqual(['first', 'proxy', 'second', 'logger', 'main']);
  // "Sidecars are terminated after the main containers, in the reverse order of their appearance."
  const ends = ['main', 'logger', 'proxy'].map((name) => endOf(ended, name)?.finishedAt ?? '');
  expect([...ends].sort()).toEqual(ends);
  expect(endOf(ended, 'proxy')).toMatchObject({ exitCode: 0, reason: 'Completed' });
});

test.concurrent('exit codes, last words and reasons are those that Kubernetes shows', async () => {
  const limits = ', resources: {limits: {memory: 20Mi}}';
  await hand.create(
    pod(
      'ends',
      `restartPolicy: Never, containers: [${[
        container('file', 'echo said > /dev/termination-log; exit 3'),
        container('log', 'echo logged; exit 42', ', terminationMessagePolicy: FallbackToLogsOnError'),
        container('fine', 'echo quiet', ', terminationMessagePolicy: FallbackToLogsOnError'),
        container('greedy', 'dd if=/dev/zero of=/dev/null bs=100M', limits),
        '{name: none, image: "busybox:1.36", command: [/does/not/exist]}',
      ].join()}]`,
    ),
  );
  // The engine may tell what a container was killed for after it has told its end.
  const isTold = (one: Pod) => endOf(one, 'greedy')?.reason === 'OOMKilled';
  const ended = await hand.is<Pod>(
    'Pod',
    'ends',
    'says why it ended',
    (one) => one.status?.phase === 'Failed' && isTold(one),
  );
  expect(endOf(ended, 'file')).toMatchObject({ exitCode: 3, reason: 'Error', message: 'said\n' });
  expect(endOf(ended, 'log')).toMatchObject({ exitCode: 42, reason: 'Error', message: 'logged\n' });
  expect(endOf(ended, 'fine')).toMatchObject({ exitCode: 0, reason: 'Completed' });
  expect(endOf(ended, 'fine')?.message).toBeUndefined();
  expect(endOf(ended, 'greedy')).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  expect(endOf(ended, 'none')).toMatchObject({ exitCode: 128, reason: 'StartError' });
  expect(endOf(ended, 'none')?.message).toContain('/does/not/exist');
});

test.concurrent('hooks run beside the process, and one that fails keeps the container from serving', async () => {
  const untilTerm = 'trap "echo term; exit 0" TERM; echo start; while :; do sleep 0.1; done';
  const say = (word: string) => `{exec: {command: [sh, -c, 'echo ${word} > /proc/1/fd/1']}}`;
  const spec = (main: string) => `terminationGracePeriodSeconds: 5, containers: [${main}]`;
  await hand.create(
    pod(
      'hooks',
      spec(container('main', untilTerm, `, lifecycle: {postStart: ${say('post')}, preStop: ${say('pre')}}`)),
    ),
  );
  const fails = ', lifecycle: {postStart: {exec: {command: [sh, -c, "echo cold; exit 7"]}}}';
  await hand.create(pod('cold', spec(container('main', 'sleep 1000', fails))));
  const cold = await hand.is<Pod>('Pod', 'cold', 'says what failed', (one) => {
    expect(stateOf(one, 'main')?.ready).not.toBe(true);
    return stateOf(one, 'main')?.state?.waiting?.reason === 'PostStartHookError';
  });
  // What it wrote may be a secret.
  expect(stateOf(cold, 'main')?.state?.waiting?.message).toMatch(/exited with 7$/);
  await hand.is<Pod>('Pod', 'cold', 'was killed', (one) => {
    expect(stateOf(one, 'main')?.ready).not.toBe(true);
    return (stateOf(one, 'main')?.restartCount ?? 0) > 0;
  });

  await hand.is<Pod>('Pod', 'hooks', 'is ready', (one) => stateOf(one, 'main')?.ready);
  const words: string[] = [];
  await hand.delete('Pod', 'hooks');
  await waitUntil('it has ended', async () => {
    const log = await hand.log('hooks');
    if (log[0] === 'start') words.splice(0, words.length, ...log);
    return (await hand.find('Pod', 'hooks')) === undefined;
  });
  expect(words.slice(0, 3)).toEqual(['start', 'post', 'pre']);
});
