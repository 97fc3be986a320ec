import { LIMITS } from '../lib/limits.ts';
import type { Pod } from '../objects/types.ts';
import type { ContainerState } from '../runtime/runtime.ts';
import { hideValues, secretValuesOf } from './environment/hide-secrets.ts';
import { allContainers } from './observed-pod.ts';
import { lastWordsPlace } from './volumes/pod-volumes.ts';
import { sourcesOf, type WorkerContext } from './worker-context.ts';

/**
 * Container.terminationMessagePolicy: "File will use the contents of terminationMessagePath to populate the container
 * status message on both success and failure. FallbackToLogsOnError will use the last chunk of container log output if
 * the termination message file is empty and the container exited with an error. The log output is limited to 2048 bytes
 * or 80 lines, whichever is smaller." Of a process that could not be started these are the engine's words, without what
 * they repeat of Secrets. "The total message length across all containers is limited to 12KiB, divided equally among
 * each container" (Determine the Reason for Pod Failure). Never rejects.
 */
export async function readLastWords(context: LastWordsContext, pod: Pod, state: ContainerState): Promise<string> {
  const share = Math.floor(LIMITS.terminationMessagesOfPodBytes / allContainers(pod).length);
  const bytes = new TextEncoder().encode(await readWords(context, pod, state));
  // A character that is cut in the middle is left out.
  return new TextDecoder().decode(bytes.subarray(0, share), { stream: true });
}

type LastWordsContext = Pick<WorkerContext, 'client' | 'runtime' | 'volumeFiles'>;

async function readWords(context: LastWordsContext, pod: Pod, state: ContainerState): Promise<string> {
  const container = allContainers(pod).find(({ name }) => name === state.name);
  if (state.error !== undefined && container !== undefined)
    return hideValues(state.error, secretValuesOf(container, sourcesOf(context, pod)));
  const place = lastWordsPlace(pod.metadata.uid, state.name, state.attempt);
  const bytes = await context.volumeFiles.readTail(place, LIMITS.terminationMessageBytes).catch(() => undefined);
  const text = new TextDecoder().decode(bytes ?? new Uint8Array());
  if (text !== '' || container?.terminationMessagePolicy !== 'FallbackToLogsOnError' || state.exitCode === 0)
    return text;
  return logTail(context, state.id).catch(() => '');
}

async function logTail({ runtime }: Pick<WorkerContext, 'runtime'>, containerId: string): Promise<string> {
  const options = { follow: false, timestamps: false, tailLines: LIMITS.terminationLogTailLines };
  const stream = await runtime.logs(containerId, options);
  let text = '';
  for await (const line of stream.lines) text += `${line.text}\n`;
  const bytes = new TextEncoder().encode(text);
  return new TextDecoder().decode(bytes.subarray(Math.max(0, bytes.length - LIMITS.terminationLogTailBytes)));
}
