import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BerthError } from '../../lib/errors.ts';
import { formatConfiguration } from '../install/format-configuration.ts';
import { formatDuration, parseDuration } from './parse-duration.ts';
import { readConfiguration } from './read-configuration.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-config-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileWith(text: string): string {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, text);
  return file;
}

function problemOf(text: string): string {
  try {
    readConfiguration({ config: fileWith(text) });
    return '';
  } catch (error) {
    return error instanceof BerthError ? error.detail : `a bug: ${error}`;
  }
}

describe('a configuration file', () => {
  test.each`
    text                                                                                                                   | problem
    ${'branch: main'}                                                                                                      | ${'repository: is needed'}
    ${'repository: /x\nbrnach: main'}                                                                                      | ${'config.yaml:2:9: brnach: unknown field'}
    ${'repository: /x\ninterval: 5'}                                                                                       | ${'config.yaml:2:11: interval: must be a text'}
    ${'repository: /x\nterminatedPods: -1'}                                                                                | ${'terminatedPods: must be a whole number of at least 0, not -1'}
    ${'repository: /x\npaths: apps'}                                                                                       | ${'paths: must be a list of texts'}
    ${'repository: /x\npaths: [../y]'}                                                                                     | ${'"../y" must lie inside the repository'}
    ${'repository: /x\ncluster: "a/b"'}                                                                                    | ${'cluster: "a/b" must be'}
    ${'repository: /x\nstatusBranch: main'}                                                                                | ${'must not be the branch that is deployed'}
    ${'repository: /x\nruntime: podman'}                                                                                   | ${'"podman" must be docker or sim'}
    ${'repository: /x\nallow: [{hostPaths: [/a]}]'}                                                                        | ${'item 1: needs a namespace'}
    ${'repository: /x\nallow: [{namespace: a, privilege: true}]'}                                                          | ${'unknown field privilege'}
    ${'repository: /x\nallow: [{namespace: a, hostPaths: [b]}]'}                                                           | ${'host path "b" must be absolute'}
    ${'repository: /x\nnetwork: {serviceCidr: foo}'}                                                                       | ${'serviceCidr: foo is no IPv4 range'}
    ${'repository: /x\nnetwork: {podCdr: 10.1.0.0/16}'}                                                                    | ${'unknown field podCdr'}
    ${'repository: /x\nnetwork: {podCidr: 10.96.128.0/17}'}                                                                | ${'overlaps serviceCidr 10.96.0.0/16'}
    ${'repository: /x\nnetwork: {clusterDomain: Cluster_Local}'}                                                           | ${'is no domain'}
    ${'repository: /x\ngithub: {tokenFile: /t}'}                                                                           | ${'repository: is needed, such as team/site'}
    ${'repository: /x\ngithub: {repository: x, tokenFile: /t}'}                                                            | ${'"x" must be OWNER/NAME'}
    ${'repository: https://github.com/a/b\ngithub: {}'}                                                                    | ${'needs either tokenFile, or appId and appKeyFile'}
    ${'repository: https://github.com/a/b\ngithub: {appId: x, appKeyFile: /k}'}                                            | ${'appId: must be a number'}
    ${'repository: https://github.com/a/b\ngithub: {token: x}'}                                                            | ${'unknown field token; known are'}
    ${'repository: /x\nwebhooks: [{url: "http://x"}]'}                                                                     | ${'item 1: unknown field url'}
    ${'repository: /x\nwebhooks: [{urlFile: /u, format: teams}]'}                                                          | ${'must be one of json, ntfy, slack'}
    ${'repository: /x\nwebhooks: {urlFile: /u}'}                                                                           | ${'webhooks: must be a list'}
    ${'repository: /x\nmetrics: {external: {}}'}                                                                           | ${'external: needs either url or service'}
    ${'repository: /x\nmetrics: {external: {url: "ftp://x"}}'}                                                             | ${'external: url: must be an address'}
    ${'repository: /x\nmetrics: {custom: {url: "https://u:p@x"}}'}                                                         | ${'custom: url: must hold no credentials'}
    ${'repository: /x\nmetrics: {custom: {url: "http://x", tokenFile: /t}}'}                                               | ${'a token is sent over https only'}
    ${'repository: /x\nmetrics: {custom: {url: "https://x", tokenFile: /t, insecureSkipTLSVerify: true}}'}                 | ${'custom: tokenFile: a token is sent only to whoever proves its name'}
    ${'repository: /x\nmetrics: {custom: {service: {namespace: a, name: b}, tokenFile: /t, insecureSkipTLSVerify: true}}'} | ${'give a caFile in place of insecureSkipTLSVerify'}
    ${'repository: /x\nmetrics: {custom: {service: {name: a}}}'}                                                           | ${'service: needs a namespace and a name'}
    ${'repository: /x\nmetrics: {custom: {service: {namespace: a, name: b, port: 0}}}'}                                    | ${'port must be a number from 1 to 65535'}
    ${'repository: /x\nmetrics: {resource: {}}'}                                                                           | ${'unknown field resource; known are custom, external'}
    ${'repository: [x'}                                                                                                    | ${'flow sequence'}
    ${'- a'}                                                                                                               | ${'must hold fields'}
    ${'repository: /x'}                                                                                                    | ${''}
  `('$text', ({ text, problem }) => {
    const found = problemOf(text);
    if (problem === '') expect(found).toBe('');
    else expect(found.toLowerCase()).toContain(problem.toLowerCase());
  });

  test('everything that is wrong is told at once', () => {
    const detail = problemOf('brnach: x\ninterval: soon\nruntime: podman');
    for (const part of ['repository', 'brnach', 'soon', 'podman']) expect(detail).toContain(part);
  });

  test('adapters of metrics are told as an APIService tells them', () => {
    const config = fileWith(
      'repository: /x\nmetrics:\n  custom: {service: {namespace: monitoring, name: adapter}, insecureSkipTLSVerify: true}\n' +
        '  external: {url: "https://queue.example.com/", caFile: /ca, tokenFile: /t}',
    );
    expect(readConfiguration({ config }).metrics).toEqual({
      custom: {
        target: { type: 'service', namespace: 'monitoring', name: 'adapter', port: 443, scheme: 'https' },
        insecureSkipTlsVerify: true,
      },
      external: { target: { type: 'url', url: 'https://queue.example.com' }, caFile: '/ca', tokenFile: '/t' },
    });
  });

  test('options win over the file', () => {
    const config = fileWith('repository: /x\nbranch: release\ninterval: 5m\nallow: [{namespace: a, privileged: true}]');
    expect(readConfiguration({ config, branch: 'main', dataDir: '/data' })).toMatchObject({
      repository: '/x',
      branch: 'main',
      intervalMs: 300_000,
      dataDirectory: '/data',
      allow: [{ namespace: 'a', privileged: true }],
    });
  });

  test.each`
    repository                                      | apiUrl
    ${'https://github.com/team/site.git'}           | ${'https://api.github.com'}
    ${'git@github.com:team/site.git'}               | ${'https://api.github.com'}
    ${'https://ghe.example.com/team/site'}          | ${'https://ghe.example.com/api/v3'}
    ${'ssh://git@ghe.example.com:22/team/site.git'} | ${'https://ghe.example.com/api/v3'}
  `('of $repository GitHub is told at $apiUrl', ({ repository, apiUrl }) => {
    const config = fileWith(
      `repository: ${repository}\ncluster: box1\ngithub: {tokenFile: /t}\nwebhooks: [{urlFile: /u}]`,
    );
    expect(readConfiguration({ config })).toMatchObject({
      github: { owner: 'team', repo: 'site', apiUrl, credential: { tokenFile: '/t' }, environment: 'box1' },
      webhooks: [{ urlFile: '/u', format: 'json' }],
    });
  });

  test('what install writes reads as what it was made from', () => {
    const options = {
      repo: 'https://git.example.com/site.git',
      path: ['apps/*'],
      cluster: 'box1',
      dataDir: '/srv/berth',
      interval: '90s',
      rolloutTimeout: '1h',
      tokenFile: '/etc/berth/token',
      statusBranch: 'live',
    };
    const configuration = readConfiguration(options);
    expect(readConfiguration({ config: fileWith(formatConfiguration(configuration)) })).toEqual(configuration);
  });
});

test.each`
  github
  ${'{tokenFile: /t, repository: team/site, environment: prod}'}
  ${'{appId: 12, appKeyFile: /k, installationId: 7, repository: team/site, apiUrl: "https://ghe.example.com/api/v3"}'}
`('a file with $github comes out of install with everything that it says', ({ github }) => {
  const text = [
    'repository: /srv/site.git',
    'cluster: box1',
    'secretsDirectory: /etc/berth/secrets',
    'ageKeyFile: /etc/berth/age',
    'dockerConfigFile: /root/.docker/config.json',
    'allow: [{namespace: a, privileged: true}]',
    'terminatedPods: 100',
    'network: {podCidr: 10.88.0.0/16, clusterDomain: box.internal}',
    'webhooks: [{urlFile: /u, format: slack, tokenFile: /w}, {urlFile: /v}]',
    'metrics: {custom: {service: {namespace: a, name: b, port: 8080, scheme: http}}, external: {url: "https://x", caFile: /c, tokenFile: /t}}',
    `github: ${github}`,
  ].join('\n');
  const configuration = readConfiguration({ config: fileWith(text) });
  expect(readConfiguration({ config: fileWith(formatConfiguration(configuration)) })).toEqual(configuration);
});

test.each`
  text       | durationMs
  ${'250ms'} | ${250}
  ${'1m30s'} | ${90_000}
  ${'2h'}    | ${7_200_000}
  ${'1d'}    | ${86_400_000}
  ${'0s'}    | ${undefined}
  ${'5'}     | ${undefined}
  ${'-5s'}   | ${undefined}
  ${'5s x'}  | ${undefined}
`('the duration $text is $durationMs', ({ text, durationMs }) => {
  expect(parseDuration(text)).toBe(durationMs);
  if (durationMs !== undefined) expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
});
