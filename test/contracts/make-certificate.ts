import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate that vouches for itself, for these names (`IP:127.0.0.1`, `DNS:web.shop.svc`), written to a file. Needs openssl. */
export async function makeCertificate(
  folder: string,
  certificateFile: string,
  names: readonly string[] = ['IP:127.0.0.1'],
): Promise<{ readonly cert: string; readonly key: string }> {
  const keyFile = join(folder, 'tls-key.pem');
  const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', `subjectAltName=${names.join(',')}`];
  await run('openssl', ['req', '-x509', ...algorithm, '-keyout', keyFile, '-out', certificateFile, ...subject]);
  return { cert: await readFile(certificateFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
}
