import type { IIoK8sApiCoreV1HTTPGetAction } from 'kubernetes-models/v1/HTTPGetAction';
import type { IIoK8sApiCoreV1Probe } from 'kubernetes-models/v1/Probe';
import type { ProbeSockets } from '../../host/probe-sockets.ts';
import type { Clock } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { type Runtime, RuntimeError } from '../../runtime/runtime.ts';
import { formatGoDuration } from '../go-duration.ts';
import {
  getFollowing,
  hasAddress,
  httpUrl,
  NO_ADDRESS,
  nonEmpty,
  type ProbeTarget,
  requestHeaders,
  resolvePort,
} from './http-get.ts';

/** `unknown`: says nothing about the container, and counts for nothing. */
export interface ProbeResult {
  readonly outcome: 'success' | 'failure' | 'unknown';
  /** Of `unknown`: why the probe could not be carried out; empty where that is told elsewhere or passes by itself. */
  readonly output: string;
  readonly timedOut: boolean;
}

export interface ProbePorts {
  readonly runtime: Runtime;
  readonly sockets: ProbeSockets;
  readonly clock: Clock;
}

/** Carries out one probe. Never rejects. */
export async function runProbe(
  ports: ProbePorts,
  probe: IIoK8sApiCoreV1Probe,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec !== undefined) return execProbe(ports, probe.exec.command ?? [], target, timeoutMs);
  if (!hasAddress(probe.httpGet?.host ?? probe.tcpSocket?.host, target))
    return { outcome: 'failure', output: NO_ADDRESS, timedOut: false };
  if (probe.httpGet !== undefined) return httpProbe(ports, probe.httpGet, target, timeoutMs);
  if (probe.tcpSocket === undefined) return unknown('no supported probe action');
  const port = resolvePort(probe.tcpSocket.port, target.container);
  if (port === undefined) return unknown(`no port named "${probe.tcpSocket.port}"`);
  const host = nonEmpty(probe.tcpSocket.host) ?? target.podIp;
  const reply = await ports.sockets.tcpConnect(host, port, timeoutMs);
  if (reply.type === 'connected') return { outcome: 'success', output: '', timedOut: false };
  return { outcome: 'failure', output: `dial tcp ${host}:${port}: ${reply.message}`, timedOut: reply.timedOut };
}

/** "Any code greater than or equal to 200 and less than 400 indicates success. Any other code indicates failure." */
async function httpProbe(
  ports: ProbePorts,
  action: IIoK8sApiCoreV1HTTPGetAction,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const url = httpUrl(action, target);
  if (url === undefined) return unknown(`no port named "${action.port}"`);
  const reply = await getFollowing(ports, { url, headers: requestHeaders(action, 'probe'), timeoutMs });
  if (reply.type === 'error')
    return { outcome: 'failure', output: `Get "${url}": ${reply.message}`, timedOut: reply.timedOut };
  const { statusCode, body } = reply;
  if (statusCode >= 200 && statusCode < 400) return { outcome: 'success', output: body, timedOut: false };
  return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${statusCode}`, timedOut: false };
}

/** "The command is considered healthy if it exits with status 0, unhealthy otherwise." */
async function execProbe(
  ports: ProbePorts,
  command: readonly string[],
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const run = await runCommand(ports, target.containerId, command, timeoutMs);
  if (run.type === 'exited') {
    const outcome = run.exitCode === 0 ? 'success' : 'failure';
    return { outcome, output: run.output, timedOut: false };
  }
  if (run.type === 'unavailable') return unknown(run.isGone ? '' : run.message);
  const text = `command timed out: "${command.join(' ')}" timed out after ${formatGoDuration(timeoutMs)}`;
  return { outcome: 'failure', output: text, timedOut: true };
}

export type CommandRun =
  | { readonly type: 'exited'; readonly exitCode: number; readonly output: string }
  | { readonly type: 'timedOut' }
  /** The engine or the container was not there to run it. */
  | { readonly type: 'unavailable'; readonly message: string; readonly isGone: boolean };

/** Runs a command in a container and keeps the beginning of its output. Never rejects. */
export async function runCommand(
  { runtime, clock }: Pick<ProbePorts, 'runtime' | 'clock'>,
  containerId: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<CommandRun> {
  const decoder = new TextDecoder();
  let output = '';
  const onOutput = (_stream: 'stdout' | 'stderr', chunk: Uint8Array): void => {
    if (output.length < LIMITS.probeOutputBytes) output += decoder.decode(chunk, { stream: true });
  };
  let isOver = false;
  let closeSession = (): void => {};
  const running = (async (): Promise<CommandRun> => {
    try {
      const session = await runtime.exec(containerId, { command, tty: false, stdin: false, onOutput });
      closeSession = () => session.close();
      if (isOver) closeSession();
      return { type: 'exited', exitCode: await session.exitCode, output: output.slice(0, LIMITS.probeOutputBytes) };
    } catch (error) {
      const reason = error instanceof RuntimeError ? error.reason : 'InvalidSpec';
      const message = error instanceof Error ? error.message : String(error);
      // A command that does not exist in the image is a failure of the probe; an engine that is away is none.
      if (reason === 'StartFailed' || reason === 'InvalidSpec')
        return { type: 'exited', exitCode: 126, output: message };
      return { type: 'unavailable', message, isGone: reason === 'EngineUnavailable' || reason === 'NotFound' };
    }
  })();
  let timer: { cancel(): void } | undefined;
  const timeout = new Promise<CommandRun>((resolve) => {
    timer = clock.setTimer(timeoutMs, () => resolve({ type: 'timedOut' }));
  });
  const result = await Promise.race([running, timeout]);
  isOver = true;
  timer?.cancel();
  if (result.type === 'timedOut') closeSession();
  return result;
}

function unknown(output: string): ProbeResult {
  return { outcome: 'unknown', output, timedOut: false };
}
