import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for temporary files of this test alone, so that what is left behind can be told from what others make at the same time. */
export class OwnTemporaryFolder {
  readonly path: string;
  readonly #usual = process.env['TMPDIR'];

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'berth-test-'));
    process.env['TMPDIR'] = this.path;
  }

  /** Names of what is still there. */
  get left(): readonly string[] {
    return readdirSync(this.path);
  }

  remove(): void {
    if (this.#usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = this.#usual;
    rmSync(this.path, { recursive: true, force: true });
  }
}
