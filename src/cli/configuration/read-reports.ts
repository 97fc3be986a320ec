import { resolve } from 'node:path';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { WEBHOOK_FORMATS, type WebhookFormat } from '../../webhook/index.ts';
import type { GitHubConfiguration, WebhookConfiguration } from './configuration.ts';

const GITHUB_FIELDS = [
  'repository',
  'apiUrl',
  'tokenFile',
  'appId',
  'appKeyFile',
  'installationId',
  'environment',
] as const;
const WEBHOOK_FIELDS = ['urlFile', 'format', 'tokenFile'] as const;

interface Read<T> {
  readonly value: T;
  readonly problems: readonly string[];
}

/**
 * Reads the field `github`, with everything that is wrong with it. `repository` is what the box deploys from: it may
 * say which repository is meant.
 */
export function readGitHub(
  value: unknown,
  repository: string | undefined,
  cluster: string,
): Read<GitHubConfiguration | undefined> {
  if (value === undefined) return { value: undefined, problems: [] };
  if (!isJsonObject(value)) return { value: undefined, problems: [`must hold the fields ${GITHUB_FIELDS.join(', ')}`] };
  const problems = findUnknown(value, GITHUB_FIELDS);
  const text = (field: (typeof GITHUB_FIELDS)[number]) => readText(value, field, problems);
  const found = repository === undefined ? undefined : readAddress(repository);
  const named = text('repository') ?? found?.path;
  const [owner = '', repo = '', ...rest] = (named ?? '').split('/');
  if (named === undefined) problems.push('repository: is needed, such as team/site, where the repository is no URL');
  else if (owner === '' || repo === '' || rest.length > 0 || !/^[\w.-]+\/[\w.-]+$/.test(named)) {
    problems.push(`repository: "${named}" must be OWNER/NAME`);
  }
  const apiUrl = (text('apiUrl') ?? found?.apiUrl ?? 'https://api.github.com').replace(/\/+$/, '');
  if (!/^https?:\/\/[^\s@?#]+$/.test(apiUrl))
    problems.push(`apiUrl: must be an address such as https://github.example.com/api/v3`);
  const credential = readCredential(value, problems);
  if (credential === undefined || problems.length > 0) return { value: undefined, problems };
  return { value: { owner, repo, apiUrl, credential, environment: text('environment') ?? cluster }, problems };
}

function readCredential(value: JsonObject, problems: string[]): GitHubConfiguration['credential'] | undefined {
  const tokenFile = readText(value, 'tokenFile', problems);
  const keyFile = readText(value, 'appKeyFile', problems);
  const appId = readNumber(value, 'appId', problems);
  const installationId = readNumber(value, 'installationId', problems);
  if (tokenFile !== undefined && keyFile === undefined && appId === undefined) return { tokenFile: resolve(tokenFile) };
  if (tokenFile === undefined && keyFile !== undefined && appId !== undefined) {
    return { appId, keyFile: resolve(keyFile), ...(installationId === undefined ? {} : { installationId }) };
  }
  problems.push('needs either tokenFile, or appId and appKeyFile');
  return undefined;
}

/** `team/site` and the API's address of a repository's URL: `https://github.com/team/site.git`, `git@host:team/site.git`. */
function readAddress(repository: string): { readonly path: string; readonly apiUrl: string } | undefined {
  const match =
    /^(?:https?|ssh|git):\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?\/([^/]+\/[^/]+?)(?:\.git)?\/?$/i.exec(repository) ??
    /^[^/\s]+@([^/\s:]+):([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(repository);
  const [, host, path] = match ?? [];
  if (host === undefined || path === undefined) return undefined;
  return { path, apiUrl: host.toLowerCase() === 'github.com' ? 'https://api.github.com' : `https://${host}/api/v3` };
}

/** Reads the field `webhooks`, with everything that is wrong with it. */
export function readWebhooks(value: unknown): Read<readonly WebhookConfiguration[]> {
  if (value === undefined) return { value: [], problems: [] };
  if (!Array.isArray(value)) {
    return { value: [], problems: ['must be a list, such as `- urlFile: /etc/berth/webhook` with `format: ntfy`'] };
  }
  const reads = value.map((item: unknown, index) => readWebhook(item, index));
  return { value: reads.flatMap((read) => read.value ?? []), problems: reads.flatMap(({ problems }) => problems) };
}

function readWebhook(item: unknown, index: number): Read<WebhookConfiguration | undefined> {
  const prefix = `item ${index + 1}: `;
  if (!isJsonObject(item))
    return { value: undefined, problems: [`${prefix}must hold the fields ${WEBHOOK_FIELDS.join(', ')}`] };
  const problems = findUnknown(item, WEBHOOK_FIELDS);
  const urlFile = readText(item, 'urlFile', problems);
  const tokenFile = readText(item, 'tokenFile', problems);
  const format = readText(item, 'format', problems) ?? 'json';
  // An address often carries its own secret, so that it stands in a file of its own.
  if (urlFile === undefined) problems.push('needs urlFile, a file with the address');
  if (!isFormat(format)) problems.push(`format: "${format}" must be one of ${WEBHOOK_FORMATS.join(', ')}`);
  const named = problems.map((problem) => `${prefix}${problem}`);
  if (urlFile === undefined || !isFormat(format) || problems.length > 0) return { value: undefined, problems: named };
  const token = tokenFile === undefined ? {} : { tokenFile: resolve(tokenFile) };
  return { value: { urlFile: resolve(urlFile), format, ...token }, problems: named };
}

function isFormat(format: string): format is WebhookFormat {
  return (WEBHOOK_FORMATS as readonly string[]).includes(format);
}

function findUnknown(value: JsonObject, fields: readonly string[]): string[] {
  const unknown = Object.keys(value).filter((field) => !fields.includes(field));
  return unknown.map((field) => `unknown field ${field}; known are ${fields.join(', ')}`);
}

function readText(value: JsonObject, field: string, problems: string[]): string | undefined {
  const text = value[field];
  if (text === undefined || (typeof text === 'string' && text !== '')) return text;
  problems.push(`${field}: must be a text`);
  return undefined;
}

function readNumber(value: JsonObject, field: string, problems: string[]): number | undefined {
  const number = value[field];
  if (number === undefined || (typeof number === 'number' && Number.isSafeInteger(number) && number > 0)) return number;
  problems.push(`${field}: must be a number`);
  return undefined;
}
