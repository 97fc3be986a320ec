import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerSpec, Runtime, RuntimeErrorReason, RuntimeEvent, Sandbox } from '../../src/runtime/index.ts';
import { normalizeImageName } from '../../src/runtime/index.ts';
import {
  type ContractProcess,
  contractContainer,
  contractSandbox,
  eventually,
  type RuntimeHarness,
  readLines,
  untilExited,
} from './runtime-harness.ts';

async function reasonOf(promise: Promise<unknown>): Promise<RuntimeErrorReason | 'none'> {
  return promise.then(
    () => 'none' as const,
    (error) => error.reason,
  );
}

/** The behaviour that every driver of the runtime port shares. */
export function describeRuntime(driver: string, open: () => Promise<RuntimeHarness>): void {
  describe(`the runtime port on ${driver}`, () => {
    let harness: RuntimeHarness;
    let runtime: Runtime;

    beforeAll(async () => {
      harness = await open();
      runtime = harness.runtime;
      await runtime.prepare();
      await harness.other.prepare();
    });

    afterEach(async () => {
      const state = await runtime.list();
      for (const sandbox of state.sandboxes) await runtime.removeSandbox(sandbox.id);
    });

    afterAll(async () => {
      await runtime.removeEverything();
      await harness.other.removeEverything();
      await harness.close();
    });

    /** A pod with one container that was created but not started. */
    async function createPod(process: ContractProcess, more: Partial<ContainerSpec> = {}) {
      const spec = contractSandbox();
      const sandbox = await runtime.runSandbox(spec);
      const container = contractContainer(spec, sandbox.id, harness.processOf(process), more);
      return { spec, sandbox, container, id: await runtime.createContainer(container) };
    }

    async function startPod(process: ContractProcess, more: Partial<ContainerSpec> = {}) {
      const pod = await createPod(process, more);
      await runtime.startContainer(pod.id);
      return pod;
    }

    async function execOutput(id: string, command: readonly string[]): Promise<{ code: number; out: string }> {
      let out = '';
      const onOutput = (_stream: string, chunk: Uint8Array) => {
        out += new TextDecoder().decode(chunk);
      };
      const session = await runtime.exec(id, { command, tty: false, stdin: false, onOutput });
      return { code: await session.exitCode, out };
    }

    describe('the engine', () => {
      it('says what it is', async () => {
        const info = await runtime.info();
        expect(info.description).toContain(info.version);
        expect(info.cpuCount).toBeGreaterThan(0);
        expect(info.memoryBytes).toBeGreaterThan(1e8);
      });

      it('gives the same pod network each time it is prepared, and another to another cluster', async () => {
        const network = await runtime.prepare();
        expect(await runtime.prepare()).toEqual(network);
        expect(network.bridge.length).toBeLessThanOrEqual(15);
        expect(network.cidr).toMatch(/^\d+\.\d+\.0\.0\/16$/);
        expect(network.gateway.startsWith(network.cidr.split('.').slice(0, 2).join('.'))).toBe(true);
      });

      it('is unavailable when it does not answer, for every kind of call', async () => {
        const away = await harness.unreachable();
        const calls = [
          away.info(),
          away.prepare(),
          away.list(),
          away.runSandbox(contractSandbox()),
          away.startContainer('x'),
          away.stopContainer('x', 1_000),
          away.removeContainer('x'),
          away.inspectContainer('x'),
          away.inspectImage('busybox'),
          away.pullImage('busybox', { credentials: [] }),
          away.logs('x', { follow: false, timestamps: false }),
          away.attach('x', { tty: false, stdin: false, onOutput: () => {} }),
          away.connect('x', 80),
          away.usage('x'),
          away.diskUsage('x'),
          away.listImages(),
          away.removeImage('busybox'),
          away.watch(
            () => {},
            () => {},
          ),
          away.removeEverything(),
        ];
        expect(await Promise.all(calls.map(reasonOf))).toEqual(calls.map(() => 'EngineUnavailable'));
        await away.close();
      });
    });

    describe('a sandbox', () => {
      it('runs with an address in the pod network', async () => {
        const { cidr } = await runtime.prepare();
        const sandbox = await runtime.runSandbox(contractSandbox());
        const prefix = cidr.split('.').slice(0, 2).join('.');
        expect(sandbox.ip.startsWith(`${prefix}.`)).toBe(true);
        expect((await runtime.list()).sandboxes).toMatchObject([{ id: sandbox.id, running: true, ip: sandbox.ip }]);
      });

      it('is returned as it is when it runs already, and started again when it stopped', async () => {
        const spec = contractSandbox();
        const first = await runtime.runSandbox(spec);
        expect((await runtime.runSandbox(spec)).id).toBe(first.id);
        await runtime.stopSandbox(first.id);
        expect((await runtime.list()).sandboxes).toMatchObject([{ id: first.id, running: false, ip: '' }]);
        expect((await runtime.runSandbox(spec)).id).toBe(first.id);
        expect((await runtime.list()).sandboxes).toMatchObject([{ id: first.id, running: true }]);
      });

      it('is another one for the next attempt', async () => {
        const spec = contractSandbox();
        const first = await runtime.runSandbox(spec);
        const second = await runtime.runSandbox({ ...spec, attempt: 1 });
        expect(second.id).not.toBe(first.id);
        const attempts = (await runtime.list()).sandboxes.map((sandbox) => sandbox.attempt).sort();
        expect(attempts).toEqual([0, 1]);
      });

      it('can be stopped and removed again and again', async () => {
        const { id } = await runtime.runSandbox(contractSandbox());
        await runtime.stopSandbox(id);
        await runtime.stopSandbox(id);
        await runtime.removeSandbox(id);
        await runtime.removeSandbox(id);
        await runtime.stopSandbox(id);
        expect((await runtime.list()).sandboxes).toEqual([]);
      });

      it('takes its containers with it, running or not', async () => {
        const pod = await startPod('serve');
        await runtime.createContainer({ ...pod.container, name: 'second' });
        await runtime.removeSandbox(pod.sandbox.id);
        expect(await runtime.list()).toEqual({ sandboxes: [], containers: [] });
      });

      it('refuses a host port that is taken, and gets it once it is free', async () => {
        const portMappings = [{ hostIp: '', hostPort: 38_417, containerPort: 80, protocol: 'TCP' as const }];
        const holder = await runtime.runSandbox(contractSandbox({ portMappings }));
        const second = contractSandbox({ portMappings });
        expect(await reasonOf(runtime.runSandbox(second))).toBe('PortInUse');
        await runtime.removeSandbox(holder.id);
        expect(await reasonOf(runtime.runSandbox(second))).toBe('none');
      });

      it('shares the address of the node in the network of the host', async () => {
        const first: Sandbox = await runtime.runSandbox(contractSandbox({ hostNetwork: true }));
        const second: Sandbox = await runtime.runSandbox(contractSandbox({ hostNetwork: true }));
        expect(first.ip).toBe(second.ip);
        expect(first.hostInterface).toBeUndefined();
        const { sandboxes } = await runtime.list();
        expect(sandboxes.map((sandbox) => sandbox.ip)).toEqual([first.ip, first.ip]);
      });
    });

    describe('a container', () => {
      it('is created, runs, and exits when it is stopped', async () => {
        const { id, container, sandbox } = await createPod('serve');
        const base = {
          id,
          pod: container.pod,
          sandboxId: sandbox.id,
          name: 'app',
          attempt: 0,
          image: container.image,
          specHash: 'hash-1',
        };
        const created = await runtime.inspectContainer(id);
        expect(created).toMatchObject({ ...base, stopGraceMs: 7_000, status: 'created' });
        expect(created?.startedAtMs).toBeUndefined();
        expect(created?.exitCode).toBeUndefined();
        await runtime.startContainer(id);
        const running = await runtime.inspectContainer(id);
        expect(running).toMatchObject({ ...base, status: 'running' });
        expect(running?.startedAtMs).toBeGreaterThanOrEqual((running?.createdAtMs ?? 0) - 1);
        expect((await runtime.list()).containers).toMatchObject([{ ...base, status: 'running' }]);
        await runtime.stopContainer(id, 10_000);
        const stopped = await runtime.inspectContainer(id);
        expect(stopped).toMatchObject({ ...base, status: 'exited', exitCode: 0, oomKilled: false });
        expect(stopped?.finishedAtMs).toBeGreaterThanOrEqual(stopped?.startedAtMs ?? Number.POSITIVE_INFINITY);
        expect((await runtime.list()).containers).toMatchObject([{ ...base, status: 'exited', exitCode: 0 }]);
      });

      it('is found again by a second create call of the same attempt', async () => {
        const { id, container } = await createPod('serve');
        expect(await runtime.createContainer(container)).toBe(id);
        expect(await runtime.createContainer({ ...container, attempt: 1 })).not.toBe(id);
      });

      it('keeps its exit code when it ends by itself', async () => {
        const { id } = await startPod('talk');
        expect(await untilExited(runtime, id)).toMatchObject({ exitCode: 3 });
        expect((await runtime.list()).containers).toMatchObject([{ status: 'exited', exitCode: 3 }]);
      });

      it.each([
        ['after its grace', 1_000],
        ['at once without grace', 0],
      ])('is killed %s when it does not heed the signal', async (_title, graceMs) => {
        const { id } = await startPod('stubborn');
        await runtime.stopContainer(id, graceMs);
        expect(await runtime.inspectContainer(id)).toMatchObject({ status: 'exited', exitCode: 137 });
      });

      it('fails to start with the words of the engine, which it keeps', async () => {
        const { id } = await createPod('broken');
        const error = await runtime.startContainer(id).catch((caught) => caught);
        expect(error).toMatchObject({ name: 'RuntimeError', reason: 'StartFailed' });
        expect(error.message).not.toContain('\n');
        const state = await runtime.inspectContainer(id);
        expect(state?.status).toBe('created');
        expect(state?.error).toMatch(/no such file|not found/);
      });

      it('cannot start in a sandbox that does not run', async () => {
        const { id, sandbox } = await createPod('serve');
        await runtime.stopSandbox(sandbox.id);
        expect(await reasonOf(runtime.startContainer(id))).toBe('StartFailed');
      });

      it('cannot be created from an image that is not there, or without its sandbox', async () => {
        const { container, sandbox } = await createPod('serve');
        const missing = { ...container, name: 'other', image: 'berth.invalid/none:1' };
        expect(await reasonOf(runtime.createContainer(missing))).toBe('ImageNotFound');
        await runtime.removeSandbox(sandbox.id);
        expect(await reasonOf(runtime.createContainer({ ...container, name: 'other' }))).toBe('NotFound');
      });

      it('that is gone is not there, and need not be stopped or removed', async () => {
        const { id } = await startPod('serve');
        await runtime.removeContainer(id);
        await runtime.removeContainer(id);
        await runtime.stopContainer(id, 1_000);
        expect(await runtime.inspectContainer(id)).toBeUndefined();
        expect(await runtime.usage(id)).toBeUndefined();
        const options = { follow: false, timestamps: false };
        expect(await reasonOf(runtime.logs(id, options))).toBe('NotFound');
        expect(await reasonOf(runtime.startContainer(id))).toBe('NotFound');
        const exec = { command: ['true'], tty: false, stdin: false, onOutput: () => {} };
        expect(await reasonOf(runtime.exec(id, exec))).toBe('NotFound');
      });

      it('runs by the name and by the id of its image', async () => {
        const { container } = await createPod('serve');
        const image = await runtime.inspectImage(container.image);
        const byId = { ...container, name: 'by-id', image: image?.id ?? '' };
        const id = await runtime.createContainer(byId);
        await runtime.startContainer(id);
        expect(await runtime.inspectContainer(id)).toMatchObject({ image: image?.id, imageId: image?.id });
      });

      it('uses time and memory while it runs, and nothing before and after', async () => {
        const { id } = await createPod('serve');
        expect(await runtime.usage(id)).toBeUndefined();
        await runtime.startContainer(id);
        const usage = await eventually(() => runtime.usage(id), 'the container uses something');
        expect(usage.memoryWorkingSetBytes).toBeGreaterThan(0);
        expect(usage.cpuNanoseconds).toBeGreaterThanOrEqual(0);
        await runtime.stopContainer(id, 1_000);
        expect(await runtime.usage(id)).toBeUndefined();
      });
    });

    describe('events', () => {
      it('tell of each change of this cluster, in order, until they are closed', async () => {
        const events: RuntimeEvent[] = [];
        const onLost = () => expect.unreachable('the stream was closed by the caller');
        const close = await runtime.watch((event) => events.push(event), onLost);
        const { id, sandbox, spec } = await startPod('serve');
        await harness.other.runSandbox(contractSandbox()).then(({ id }) => harness.other.removeSandbox(id));
        await harness.killByHand(id);
        await runtime.removeSandbox(sandbox.id);
        const seen = () => events.map((event) => `${event.type} ${event.action}`);
        await eventually(async () => seen().includes('sandbox destroy'), 'the sandbox is destroyed');
        const ofContainer = events.filter((event) => event.type === 'container');
        expect(ofContainer.map((event) => event.action)).toEqual(['create', 'start', 'die', 'destroy']);
        expect(ofContainer[2]).toEqual({
          type: 'container',
          action: 'die',
          id,
          podUid: spec.pod.uid,
          name: 'app',
          exitCode: 137,
        });
        expect(events.filter((event) => event.type === 'sandbox')).toMatchObject(
          ['create', 'start', 'die', 'destroy'].map((action) => ({
            action,
            id: sandbox.id,
            podUid: spec.pod.uid,
            name: '',
          })),
        );
        close();
        const count = events.length;
        await startPod('serve');
        expect(events).toHaveLength(count);
      });
    });

    describe('logs', () => {
      it('have the lines of both streams, with times when asked for', async () => {
        const { id } = await startPod('talk');
        await untilExited(runtime, id);
        const plain = await readLines(await runtime.logs(id, { follow: false, timestamps: false }));
        const texts = (stream: string) => plain.filter((line) => line.stream === stream).map((line) => line.text);
        expect(texts('stdout')).toEqual(['one', 'two']);
        expect(texts('stderr')).toEqual(['three']);
        expect(plain.every((line) => line.timestamp === '')).toBe(true);
        const timed = await readLines(await runtime.logs(id, { follow: true, timestamps: true }));
        for (const line of timed) expect(line.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
      });

      it('have only the last lines, or those since a time', async () => {
        const { id } = await startPod('talk');
        const state = await untilExited(runtime, id);
        const last = await readLines(await runtime.logs(id, { follow: false, timestamps: false, tailLines: 1 }));
        expect(last).toHaveLength(1);
        const none = await readLines(await runtime.logs(id, { follow: false, timestamps: false, tailLines: 0 }));
        expect(none).toEqual([]);
        const sinceMs = (state.finishedAtMs ?? 0) + 60_000;
        expect(await readLines(await runtime.logs(id, { follow: false, timestamps: false, sinceMs }))).toEqual([]);
      });

      it('that are followed end with the container, or when they are closed', async () => {
        const { id } = await startPod('serve');
        const followed = await runtime.logs(id, { follow: true, timestamps: false });
        const read = readLines(followed);
        const closed = await runtime.logs(id, { follow: true, timestamps: false });
        const cut = readLines(closed);
        closed.close();
        await cut;
        await runtime.stopContainer(id, 1_000);
        await read;
      });
    });

    describe('exec', () => {
      it('gives the exit code and the output', async () => {
        const { id } = await startPod('serve');
        expect(await execOutput(id, ['sh', '-c', 'echo $GREETING; exit 7'])).toEqual({ code: 7, out: 'hello\n' });
        expect((await execOutput(id, ['true'])).code).toBe(0);
      });

      it('reads its input to the end', async () => {
        const { id } = await startPod('serve');
        let out = '';
        const session = await runtime.exec(id, {
          command: ['cat'],
          tty: false,
          stdin: true,
          onOutput: (_stream, chunk) => {
            out += new TextDecoder().decode(chunk);
          },
        });
        await session.writeStdin(new TextEncoder().encode('first\n'));
        await session.writeStdin(new TextEncoder().encode('second\n'));
        session.endStdin();
        expect(await session.exitCode).toBe(0);
        expect(out).toBe('first\nsecond\n');
      });

      it('is a conflict in a container that does not run', async () => {
        const { id } = await createPod('serve');
        const options = { command: ['true'], tty: false, stdin: false, onOutput: () => {} };
        expect(await reasonOf(runtime.exec(id, options))).toBe('Conflict');
      });
    });

    describe('attach', () => {
      const INTERACTIVE = { stdin: true, stdinOnce: true };

      /** Joins a process, writes to it, and ends the input. */
      async function talk(id: string, words: readonly string[]) {
        let out = '';
        const session = await runtime.attach(id, {
          tty: false,
          stdin: true,
          onOutput: (_stream, chunk) => {
            out += new TextDecoder().decode(chunk);
          },
        });
        for (const word of words) await session.writeStdin(new TextEncoder().encode(word));
        session.endStdin();
        return { session, output: () => out };
      }

      it('gives a process its input and takes its output to the end', async () => {
        const { id } = await startPod('echo', INTERACTIVE);
        const { session, output } = await talk(id, ['first\n', 'second\n']);
        await session.ended;
        expect(output()).toBe('first\nsecond\n');
        expect((await untilExited(runtime, id)).exitCode).toBe(0);
      });

      it('leaves the input open for the next one, unless it is for one client only', async () => {
        const { id } = await startPod('echo', { stdin: true });
        const first = await talk(id, ['first\n']);
        await eventually(async () => first.output() === 'first\n', 'the process answers');
        first.session.close();
        const second = await talk(id, ['second\n']);
        await eventually(async () => second.output() === 'second\n', 'the process answers the next one');
        second.session.close();
        expect((await runtime.inspectContainer(id))?.status).toBe('running');
      });

      it('is a conflict with a container that does not run', async () => {
        const { id } = await createPod('echo', INTERACTIVE);
        const options = { tty: false, stdin: true, onOutput: () => {} };
        expect(await reasonOf(runtime.attach(id, options))).toBe('Conflict');
        expect(await reasonOf(runtime.attach('0'.repeat(64), options))).toBe('NotFound');
      });
    });

    describe('a connection to a port', () => {
      it('carries bytes both ways', async () => {
        const { sandbox } = await startPod('listen');
        const request = new TextEncoder().encode('GET /passwd HTTP/1.0\r\n\r\n');
        const connection = await eventually(
          () => runtime.connect(sandbox.id, 8080).catch(() => undefined),
          'the process listens',
        );
        await connection.write(request);
        let answer = '';
        for await (const chunk of connection.chunks) answer += new TextDecoder().decode(chunk);
        connection.close();
        expect(answer).toMatch(/^HTTP\/1\.[01] 200 /);
      });

      it('is a conflict where nobody listens or nothing runs', async () => {
        const { sandbox } = await startPod('listen');
        expect(await reasonOf(runtime.connect(sandbox.id, 8081))).toBe('Conflict');
        await runtime.stopSandbox(sandbox.id);
        expect(await reasonOf(runtime.connect(sandbox.id, 8080))).toBe('Conflict');
      });
    });

    describe('images', () => {
      it('are inspected by any spelling of their name', async () => {
        const { image } = harness.processOf('serve');
        const info = await runtime.inspectImage(image);
        expect(info?.id).toMatch(/^sha256:[0-9a-f]{64}$/);
        expect(await runtime.inspectImage(`docker.io/library/${image}`)).toEqual(info);
        expect(await runtime.inspectImage(info?.id ?? '')).toMatchObject({ id: info?.id });
        expect(await runtime.inspectImage('berth.invalid/none:1')).toBeUndefined();
      });

      it('have names, and nothing else is one', async () => {
        expect(await reasonOf(runtime.inspectImage('UPPER:1'))).toBe('ImageInvalid');
        expect(await reasonOf(runtime.pullImage('UPPER:1', { credentials: [] }))).toBe('ImageInvalid');
      });

      it('that cannot be pulled say why', async () => {
        const seen: Partial<Record<RuntimeErrorReason, string>> = {};
        for (const [reason, image] of Object.entries(harness.failingPulls)) {
          const error = await runtime.pullImage(image, { credentials: [] }).catch((caught) => caught);
          expect(error.message, reason).not.toContain('\n');
          Object.assign(seen, { [error.reason]: image });
        }
        expect(seen).toEqual(harness.failingPulls);
      });

      it('are there once they are pulled', async ({ skip }) => {
        if (harness.pullable === undefined) return skip('this engine has no registry to pull from');
        const progress: string[] = [];
        const pulled = await runtime.pullImage(harness.pullable, {
          credentials: [],
          onProgress: (text) => progress.push(text),
        });
        expect(pulled.repoDigests[0]).toMatch(/@sha256:[0-9a-f]{64}$/);
        expect(progress.length).toBeGreaterThan(0);
        expect((await runtime.inspectImage(harness.pullable))?.id).toBe(pulled.id);
        const again = await runtime.pullImage(harness.pullable, { credentials: [] });
        expect(again.namesBefore?.map(normalizeImageName)).toContain(normalizeImageName(harness.pullable));
      });

      it('can be given up while they are pulled', async () => {
        const abort = new AbortController();
        abort.abort(new Error('no longer wanted'));
        const pull = runtime.pullImage('berth.invalid/none:1', { credentials: [], signal: abort.signal });
        await expect(pull).rejects.toThrow('no longer wanted');
      });
    });

    describe('two clusters on one engine', () => {
      it('see and remove only their own', async () => {
        const { id } = await startPod('serve');
        const theirs = await harness.other.runSandbox(contractSandbox());
        expect((await runtime.list()).sandboxes.map((sandbox) => sandbox.id)).not.toContain(theirs.id);
        expect(await harness.other.inspectContainer(id)).toBeUndefined();
        const summary = await harness.other.removeEverything();
        expect(summary).toEqual({ containers: 1, networks: 1 });
        expect((await harness.other.list()).sandboxes).toEqual([]);
        expect((await runtime.inspectContainer(id))?.status).toBe('running');
        await harness.other.prepare();
      });
    });

    describe('what is on disk', () => {
      it('has a size on disk, and none when it is gone', async () => {
        const { id } = await startPod('serve');
        expect((await runtime.diskUsage(id))?.bytes).toBeGreaterThanOrEqual(0);
        await runtime.removeContainer(id);
        expect(await runtime.diskUsage(id)).toBeUndefined();
      });

      it('holds its image, which is listed with its names and its size', async () => {
        const { id, container } = await createPod('serve');
        await runtime.startContainer(id);
        const info = await runtime.inspectImage(container.image);
        const listed = (await runtime.listImages()).find((image) => image.id === info?.id);
        expect(listed?.names.map(normalizeImageName)).toContain(normalizeImageName(container.image));
        expect(listed?.sizeBytes).toBe(info?.sizeBytes);
        expect(await runtime.removeImage(info?.id ?? '')).toBe(false);
        await runtime.stopContainer(id, 1_000);
        expect(await runtime.removeImage(info?.id ?? '')).toBe(false);
        expect((await runtime.inspectImage(container.image))?.id).toBe(info?.id);
        expect(await runtime.removeImage(`sha256:${'0'.repeat(64)}`)).toBe(true);
      });
    });
  });
}
