import type { IIoK8sApiCoreV1LifecycleHandler } from 'kubernetes-models/v1/LifecycleHandler';
import { sleep } from '../../lib/clock.ts';
import { getFollowing, hasAddress, httpUrl, NO_ADDRESS, type ProbeTarget, requestHeaders } from '../probes/http-get.ts';
import { type ProbePorts, runCommand } from '../probes/run-probe.ts';

/**
 * Carries out a lifecycle hook and gives its failure as a sentence, or `undefined` when it went well. Documentation of
 * hooks: "Exec – executes a specific command inside the cgroups and namespaces of the Container. HTTP – executes an
 * HTTP request against a specific endpoint on the Container. Sleep – pauses the container for a specified duration."
 * The sentence stands in the pod's status, so nothing of what the hook wrote is in it, which could be a secret. Never
 * rejects; ends after `timeoutMs` at the latest.
 */
export async function runHook(
  ports: ProbePorts,
  handler: IIoK8sApiCoreV1LifecycleHandler,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<string | undefined> {
  const { exec, httpGet, sleep: pause } = handler;
  if (exec !== undefined) {
    const command = exec.command ?? [];
    const run = await runCommand(ports, target.containerId, command, timeoutMs);
    if (run.type === 'exited' && run.exitCode === 0) return undefined;
    const why = run.type === 'exited' ? `exited with ${run.exitCode}` : describe(run);
    return `command '${command.join(' ')}' ${why}`;
  }
  if (httpGet !== undefined) {
    if (!hasAddress(httpGet.host, target)) return NO_ADDRESS;
    const url = httpUrl(httpGet, target);
    if (url === undefined) return `no port named "${httpGet.port}"`;
    const reply = await getFollowing(ports, { url, headers: requestHeaders(httpGet, 'lifecycle'), timeoutMs });
    // "HTTP hooks: any response counts": the kubelet only looks at whether the request went through.
    return reply.type === 'error' ? `Get "${url}": ${reply.message}` : undefined;
  }
  if (pause !== undefined) {
    const pauseMs = pause.seconds * 1000;
    await sleep(ports.clock, Math.min(pauseMs, timeoutMs));
    return pauseMs > timeoutMs ? 'container terminated before sleep hook finished' : undefined;
  }
  return 'no supported handler';
}

function describe(
  run: { readonly type: 'timedOut' } | { readonly type: 'unavailable'; readonly message: string },
): string {
  return run.type === 'timedOut' ? 'timed out' : `failed: ${run.message}`;
}
