import { readFile } from 'node:fs/promises';
import { BerthError } from '../../lib/errors.ts';

/** A file that holds a credential or a secret address. An error names the file, and nothing of what is in it. */
export async function readSecretFile(file: string): Promise<string> {
  try {
    const secret = (await readFile(file, 'utf8')).trim();
    if (secret !== '') return secret;
    throw new BerthError('ReportRefused', { detail: `${file} is empty`, help: 'put the credential into it' });
  } catch (error) {
    if (error instanceof BerthError) throw error;
    throw new BerthError('ReportRefused', {
      detail: `cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'an error'}`,
      cause: error,
    });
  }
}
