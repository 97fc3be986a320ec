import { readFile } from 'node:fs/promises';
import { SourceError } from './source.ts';

/** Where credentials are: always files, which are read at each fetch, so that a rotated one works at once. */
export interface SourceCredentials {
  /** User name of basic authentication; with a token most forges take any. */
  readonly username?: string;
  /** File with an access token. */
  readonly tokenFile?: string;
  /** File with a password. */
  readonly passwordFile?: string;
  /** File with certificates (PEM) that are trusted besides the system's. */
  readonly caFile?: string;
  /** Private key for ssh; without one ssh takes those of the user that runs Berth. */
  readonly privateKeyFile?: string;
  /** Host keys that are trusted; without a file ssh takes those of the user that runs Berth. */
  readonly knownHostsFile?: string;
}

/** The user name that Git forges document for a bare token. */
const TOKEN_USERNAME = 'git';
const CREDENTIAL_LIMIT_BYTES = 64 * 1024;

/**
 * The `Authorization` header, or `undefined` without credentials. Rejects with `Unauthorized` when a file cannot be
 * read.
 */
export async function readAuthorization(
  credentials: SourceCredentials,
  urlUsername?: string,
): Promise<string | undefined> {
  const file = credentials.tokenFile ?? credentials.passwordFile;
  if (file === undefined) return undefined;
  const secret = await readSecret(file);
  const username = credentials.username ?? urlUsername ?? TOKEN_USERNAME;
  return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
}

async function readSecret(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SourceError('Unauthorized', `the credential file ${file} cannot be read`, error);
  }
  const secret = text.trim();
  if (secret === '') throw new SourceError('Unauthorized', `the credential file ${file} is empty`);
  if (text.length > CREDENTIAL_LIMIT_BYTES || /[\r\n]/.test(secret)) {
    throw new SourceError(
      'Unauthorized',
      `the credential file ${file} holds more than one line; it must hold the secret alone`,
    );
  }
  return secret;
}
