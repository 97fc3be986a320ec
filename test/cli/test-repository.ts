import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import { LinuxRandom } from '../../src/host/linux/linux-random.ts';
import { commitFiles, createBareRepositoryFromFolder } from '../../src/source/index.ts';

const SAMPLE = fileURLToPath(new URL('site', import.meta.url));
const AUTHOR = { name: 'Test', email: 'test@localhost' };

/** A bare repository with a small application of plain manifests on its branch `main`. */
export class TestRepository {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(folder: string): Promise<TestRepository> {
    const path = join(folder, 'site.git');
    await createBareRepositoryFromFolder({
      repository: path,
      folder: SAMPLE,
      branch: 'main',
      message: 'The sample application',
      author: AUTHOR,
      clock: linuxClock,
      random: new LinuxRandom(),
    });
    return new TestRepository(path);
  }

  /** Commits changes of the application's own files, each from its original text. */
  async commit(changes: Readonly<Record<string, (text: string) => string>>, message = 'A change'): Promise<string> {
    const files = Object.entries(changes).map(([name, change]) => {
      const text = change(readFileSync(join(SAMPLE, name), 'utf8'));
      return [name, { bytes: Buffer.from(text, 'utf8') }] as const;
    });
    const commit = await commitFiles({
      repository: this.path,
      branch: 'main',
      files: new Map(files),
      message,
      author: AUTHOR,
      clock: linuxClock,
      random: new LinuxRandom(),
    });
    return commit.id;
  }
}
