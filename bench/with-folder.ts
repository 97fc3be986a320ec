import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

/** Runs `work` in a folder of its own below `directory` and removes that afterwards. What cannot be removed is said, and hides no failure. */
export async function withFolder<T>(
  directory: string,
  name: string,
  work: (folder: string) => Promise<T>,
  cleanUp: (folder: string) => Promise<void> = async () => {},
): Promise<T> {
  const folder = await mkdtemp(path.join(directory, `berth-bench-${name}-`));
  try {
    return await work(folder);
  } finally {
    try {
      await cleanUp(folder);
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      console.error(`${folder} is left behind: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
