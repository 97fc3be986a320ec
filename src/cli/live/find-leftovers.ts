import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolveEngineAddress } from '../../runtime/docker/engine-address.ts';
import { EngineConnection } from '../../runtime/docker/engine-connection.ts';
import { networkNameOf } from '../../runtime/docker/index.ts';
import { listAt, textAt, textsAt } from '../../runtime/docker/json-path.ts';
import { clusterFilter } from '../../runtime/docker/labels.ts';
import { findProgram } from '../setup/ensure-docker.ts';

/** What still carries a cluster's uid on this machine, each as a person would look for it. */
export async function findLeftovers(clusterUid: string): Promise<readonly string[]> {
  const engine = new EngineConnection(await resolveEngineAddress({ env: process.env, home: homedir() }));
  try {
    const filters = clusterFilter(clusterUid);
    const list = async (path: string, query: Record<string, string>) =>
      listAt(await engine.json({ method: 'GET', path, query, purpose: 'query' }));
    const containers = await list('/containers/json', { all: 'true', filters });
    const networks = await list('/networks', { filters });
    const tags = (await list('/images/json', {})).flatMap((image) => textsAt(image, 'RepoTags'));
    return [
      ...containers.map((container) => `container ${textsAt(container, 'Names')[0] ?? textAt(container, 'Id')}`),
      ...networks.map((network) => `network ${textAt(network, 'Name')}`),
      ...tags.filter((tag) => tag.includes(clusterUid)).map((tag) => `image ${tag}`),
      ...findHostLeftovers(clusterUid),
    ];
  } finally {
    engine.close();
  }
}

function findHostLeftovers(clusterUid: string): readonly string[] {
  const bridge = networkNameOf(clusterUid);
  const left = existsSync(`/sys/class/net/${bridge}`) ? [`interface ${bridge}`] : [];
  const short = bridge.replace(/^berth-/, '');
  for (const [program, args] of [
    ['nft', ['list', 'tables']],
    ['iptables-save', []],
  ] as const) {
    const path = findProgram(program);
    if (path === undefined) continue;
    const lines = (spawnSync(path, args, { encoding: 'utf8' }).stdout ?? '').split('\n');
    left.push(...lines.filter((line) => line.includes(short)).map((line) => `rule ${line.trim()} (${program})`));
  }
  return left;
}
