import type { BoxPorts } from '../../box/index.ts';
import type { GitHubApi, GitHubClient, OctokitOptions } from '../../github/index.ts';
import type { OutcomeSink } from '../../gitops/index.ts';
import { createBoundedFetch } from '../../host/linux/bounded-fetch.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Logger } from '../../lib/logger.ts';
import type { WebhookMessage } from '../../webhook/index.ts';
import type { Configuration, GitHubConfiguration } from '../configuration/configuration.ts';
import { dataPaths } from './data-paths.ts';
import { postWebhook, USER_AGENT } from './post-webhook.ts';
import { readSecretFile } from './read-secret-file.ts';
import { openReportMemory } from './report-memory-file.ts';

const boundedFetch = createBoundedFetch(LIMITS.reportAnswerBytes);

/** Opens whatever the configuration wants to be told. Octokit is loaded only for a box that reports to GitHub. */
export async function openReports(configuration: Configuration, logger: Logger): Promise<Pick<BoxPorts, 'reports'>> {
  const { github, webhooks, dataDirectory } = configuration;
  const sinks: OutcomeSink[] = [];
  if (github !== undefined) sinks.push(await openGitHub(github, configuration));
  if (webhooks.length > 0) {
    const { WebhookSink } = await import('../../webhook/index.ts');
    webhooks.forEach(({ urlFile, format, tokenFile }, index) => {
      const post = (message: WebhookMessage, signal: AbortSignal) =>
        postWebhook({ urlFile, format, ...(tokenFile === undefined ? {} : { tokenFile }) }, message, signal);
      sinks.push(new WebhookSink({ clock: linuxClock, name: `webhook ${index + 1} (${format})`, format, post }));
    });
  }
  if (sinks.length === 0) return {};
  return { reports: { sinks, memory: openReportMemory(dataPaths(dataDirectory).reports, logger) } };
}

async function openGitHub(github: GitHubConfiguration, { statusBranch }: Configuration): Promise<OutcomeSink> {
  const { createGitHubClient, GitHubSink, OctokitApi } = await import('../../github/index.ts');
  const { owner, repo, apiUrl, environment } = github;
  let current: { readonly secret: string; readonly client: GitHubClient; readonly options: OctokitOptions } | undefined;
  /**
   * The file is read at each report, so that a rotated credential needs no restart; the client stays as long as the
   * credential does.
   */
  const connect = async (signal: AbortSignal): Promise<GitHubApi> => {
    const { credential } = github;
    const secret = await readSecretFile('tokenFile' in credential ? credential.tokenFile : credential.keyFile);
    if (current?.secret !== secret) {
      const auth = await openCredential(github, secret, signal);
      const options = { apiUrl, owner, repo, userAgent: USER_AGENT, fetch: boundedFetch, auth, patienceSeconds: 60 };
      current = { secret, options, client: createGitHubClient(options) };
    }
    return new OctokitApi(current.client, current.options, signal);
  };
  return new GitHubSink({
    clock: linuxClock,
    repository: `${owner}/${repo}`,
    repositoryUrl: `${webUrlOf(apiUrl)}/${owner}/${repo}`,
    statusBranch,
    environment,
    connect,
  });
}

async function openCredential(
  github: GitHubConfiguration,
  secret: string,
  signal: AbortSignal,
): Promise<OctokitOptions['auth']> {
  const { credential, apiUrl, owner, repo } = github;
  if ('tokenFile' in credential) return { token: secret };
  const { createAppAuth } = await import('@octokit/auth-app');
  const { createGitHubClient, findInstallation } = await import('../../github/index.ts');
  const app = { appId: credential.appId, privateKey: secret };
  const options = {
    apiUrl,
    owner,
    repo,
    userAgent: USER_AGENT,
    fetch: boundedFetch,
    auth: { authStrategy: createAppAuth, auth: app },
    patienceSeconds: 60,
  };
  const installationId =
    credential.installationId ?? (await findInstallation(createGitHubClient(options), options, signal));
  return { authStrategy: createAppAuth, auth: { ...app, installationId } };
}

/** Where people look: `https://host/api/v3` is an API of `https://host`. */
function webUrlOf(apiUrl: string): string {
  const { origin, hostname, protocol } = new URL(apiUrl);
  return hostname.startsWith('api.') ? `${protocol}//${hostname.slice('api.'.length)}` : origin;
}
