/**
 * Blobs that are on their way at once: enough to keep a remote disk or another process busy, few enough to keep memory
 * flat.
 */
const READ_AT_ONCE = 256;

/** Reads blobs, many at once. */
export async function forEachBlob(
  blobs: readonly string[],
  read: (blob: string) => Promise<void>,
  atOnce = READ_AT_ONCE,
): Promise<void> {
  let next = 0;
  const readNext = async () => {
    for (let blob = blobs[next++]; blob !== undefined; blob = blobs[next++]) await read(blob);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, blobs.length) }, readNext));
}
