import type { IIoK8sApiCoreV1HTTPGetAction } from 'kubernetes-models/v1/HTTPGetAction';
import type { IIoK8sApiCoreV1Probe } from 'kubernetes-models/v1/Probe';
import type { ProbeSockets } from '../../host/probe-sockets.ts';
import type { Clock } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { type Runtime, RuntimeError } from '../../runtime/runtime.ts';
import { formatGoDuration } from '../go-duration.ts';
import type { Container } from '../observed-pod.ts';

/** `unknown`: says nothing about the container, and counts for nothing. */
export interface ProbeResult {
  readonly outcome: 'success' | 'failure' | 'unknown';
  readonly output: string;
  readonly timedOut: boolean;
}

export interface ProbeTarget {
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

export interface ProbePorts {
  readonly runtime: Runtime;
  readonly sockets: ProbeSockets;
  readonly clock: Clock;
}

export const NO_ADDRESS = 'the pod has no address';
const MAX_REDIRECTS = 10;
const USER_AGENT = { name: 'User-Agent', value: 'kube-probe/1.33' };

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

/** Whether there is somebody to ask: a pod whose sandbox has died has no address, and an empty one would be the box itself. */
export function hasAddress(host: string | undefined, { podIp }: ProbeTarget): boolean {
  return nonEmpty(host) !== undefined || podIp !== '';
}

/** "Number or name of the port to access on the container. Number must be in the range 1 to 65535. Name must be an IANA_SVC_NAME." */
export function resolvePort(port: string | number, container: Container): number | undefined {
  const asNumber = Number(port);
  if (Number.isInteger(asNumber) && asNumber > 0) return asNumber;
  return (container.ports ?? []).find(({ name }) => name === port)?.containerPort;
}

/** The address that an HTTP probe or hook asks. */
export function httpUrl(action: IIoK8sApiCoreV1HTTPGetAction, target: ProbeTarget): string | undefined {
  const port = resolvePort(action.port, target.container);
  if (port === undefined) return undefined;
  const host = nonEmpty(action.host) ?? target.podIp;
  const path = action.path ?? '/';
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return `${(action.scheme ?? 'HTTP').toLowerCase()}://${bracketed}:${port}${path.startsWith('/') ? path : `/${path}`}`;
}

/**
 * "Any code greater than or equal to 200 and less than 400 indicates success. Any other code indicates failure." Redirects are followed to the same host
 * only: one that leads elsewhere counts as success (probes documentation: "if the redirect hostname differs … the kubelet treats it as
 * success").
 */
async function httpProbe(
  ports: ProbePorts,
  action: IIoK8sApiCoreV1HTTPGetAction,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const first = httpUrl(action, target);
  if (first === undefined) return unknown(`no port named "${action.port}"`);
  const headers = probeHeaders(action);
  const deadlineMs = ports.clock.monotonicMs() + timeoutMs;
  let url = first;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const remainingMs = Math.max(1, deadlineMs - ports.clock.monotonicMs());
    const request = { url, headers, timeoutMs: remainingMs, maxBodyBytes: LIMITS.probeOutputBytes };
    const reply = await ports.sockets.httpGet(request);
    if (reply.type === 'error') {
      return { outcome: 'failure', output: `Get "${first}": ${reply.message}`, timedOut: reply.timedOut };
    }
    const { statusCode, location, body } = reply;
    const next = statusCode >= 300 && statusCode < 400 && location !== undefined ? follow(url, location) : undefined;
    if (next === undefined) return judge(statusCode, body);
    url = next;
  }
  return { outcome: 'failure', output: `Get "${first}": stopped after ${MAX_REDIRECTS} redirects`, timedOut: false };
}

function follow(url: string, location: string): string | undefined {
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  return next?.hostname === new URL(url).hostname && /^https?:$/.test(next.protocol) ? next.href : undefined;
}

function judge(statusCode: number, body: string): ProbeResult {
  if (statusCode >= 200 && statusCode < 400) return { outcome: 'success', output: body, timedOut: false };
  return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${statusCode}`, timedOut: false };
}

export function probeHeaders(action: IIoK8sApiCoreV1HTTPGetAction): readonly { name: string; value: string }[] {
  const own = action.httpHeaders ?? [];
  const has = (name: string): boolean => own.some((header) => header.name.toLowerCase() === name);
  return [
    ...(has('user-agent') ? [] : [USER_AGENT]),
    ...(has('accept') ? [] : [{ name: 'Accept', value: '*/*' }]),
    ...own,
  ];
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
  if (run.type === 'unavailable') return unknown(run.message);
  const text = `command timed out: "${command.join(' ')}" timed out after ${formatGoDuration(timeoutMs)}`;
  return { outcome: 'failure', output: text, timedOut: true };
}

export type CommandRun =
  | { readonly type: 'exited'; readonly exitCode: number; readonly output: string }
  | { readonly type: 'timedOut' }
  /** The engine or the container was not there to run it. */
  | { readonly type: 'unavailable'; readonly message: string };

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
      const isGone = error instanceof RuntimeError && error.reason !== 'StartFailed' && error.reason !== 'InvalidSpec';
      const message = error instanceof Error ? error.message : String(error);
      // A command that does not exist in the image is a failure of the probe; an engine that is away is none.
      return isGone ? { type: 'unavailable', message } : { type: 'exited', exitCode: 126, output: message };
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

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
