import { stat } from 'node:fs/promises';
import { LIMITS } from '../../lib/limits.ts';
import type { ContainerDisk } from '../runtime.ts';
import type { EngineConnection } from './engine-connection.ts';
import { numberAt, textAt } from './json-path.ts';

/** The engine walks over all that the container has written. */
const WALK_TIMEOUT_MS = 60_000;

/** What a container has written beside its mounts, with its log where the engine's files are this machine's. */
export async function readContainerDisk(
  engine: EngineConnection,
  containerId: string,
): Promise<ContainerDisk | undefined> {
  const path = `/containers/${containerId}/json`;
  const details = await engine.find({
    method: 'GET',
    path,
    query: { size: true },
    purpose: 'measure',
    timeoutMs: WALK_TIMEOUT_MS,
  });
  if (details === undefined) return undefined;
  const logPath = engine.isLocal ? textAt(details, 'LogPath') : '';
  return { bytes: numberAt(details, 'SizeRw') + (logPath === '' ? 0 : await logBytes(logPath)) };
}

async function logBytes(logPath: string): Promise<number> {
  const rotated = Array.from({ length: LIMITS.containerLogFiles - 1 }, (_, index) => `${logPath}.${index + 1}`);
  const sizes = await Promise.all(
    [logPath, ...rotated].map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
