import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { resolveEngineAddress } from '../engine-address.ts';
import { EngineConnection, type EngineRequest } from '../engine-connection.ts';

/** A call to the engine as a person would make it beside Berth; for tests. */
export async function engineCall(method: EngineRequest['method'], path: string, body?: unknown): Promise<unknown> {
  const engine = new EngineConnection(await resolveEngineAddress({ env: process.env, home: '/root' }));
  try {
    return await engine.json({ method, path, purpose: 'change', ...(body === undefined ? {} : { body }) });
  } finally {
    engine.close();
  }
}

/** Makes sure that `busybox:1.36` is on the box, without any registry. */
export async function ensureBusybox(): Promise<void> {
  const isThere = await engineCall('GET', '/images/busybox:1.36/json').then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const script = join(import.meta.dirname, '../../../../scripts/build-busybox-image.mjs');
  await promisify(execFile)(process.execPath, [script]);
}
