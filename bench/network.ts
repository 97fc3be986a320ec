import { spawnSync } from 'node:child_process';
import { LinuxPacketRules } from '../src/host/linux/linux-packet-rules.ts';
import { type RuleModel, renderChange, renderReplacement, type ServiceRules } from '../src/network/index.ts';
import { type BenchReport, type Figure, figure } from './report.ts';

const SERVICES = 1_000;
const ENDPOINTS = 3;
const ROUNDS = 7;
const TABLE = 'berth_bench000';

/**
 * Rules of 1,000 services with 3 endpoints each, all at once and as changes, in a network namespace of its own. The yardstick is iptables-restore with
 * the chains that kube-proxy makes for the same services.
 */
export async function benchNetwork(): Promise<BenchReport> {
  const namespace = `berth-bench-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', namespace]);
  if (made.status !== 0)
    return { name: 'network', figures: [], notes: ['not measured: it needs root and the program ip'] };
  try {
    return { name: 'network', figures: await measure(['ip', 'netns', 'exec', namespace]), notes: [] };
  } finally {
    spawnSync('ip', ['netns', 'del', namespace]);
  }
}

async function measure(prefix: readonly string[]): Promise<Figure[]> {
  const packetRules = new LinuxPacketRules({ prefix });
  const whole = modelOf(SERVICES);
  const rendered = timed(() => renderReplacement(TABLE, whole));
  const times = { theirs: [] as number[], whole: [] as number[], one: [] as number[], hundred: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.theirs.push(restoreIptables(prefix));
    times.whole.push(await timedAsync(() => packetRules.apply(rendered.result)));
    for (const [name, count] of [
      ['one', 1],
      ['hundred', 100],
    ] as const) {
      const changed = modelOf(SERVICES, whole, count);
      const change = renderChange(TABLE, whole, changed) ?? '';
      times[name].push(await timedAsync(() => packetRules.apply(change)));
      await packetRules.apply(renderChange(TABLE, changed, whole) ?? '');
    }
  }
  const theirs = median(times.theirs);
  const title = `${SERVICES} services × ${ENDPOINTS} endpoints`;
  return [
    figure({
      name: `${title}: all at once`,
      value: median(times.whole),
      unit: 'ms',
      ...(Number.isNaN(theirs) ? {} : { yardstick: { name: 'iptables-restore', value: theirs } }),
    }),
    figure({ name: `${title}: rendering`, value: rendered.ms, unit: 'ms' }),
    figure({ name: 'one service changed', value: median(times.one), unit: 'ms' }),
    figure({ name: '100 services changed', value: median(times.hundred), unit: 'ms' }),
  ];
}

/** The model; with `changed`, the first so many services of `base` have lost an endpoint. */
function modelOf(count: number, base?: RuleModel, changed = 0): RuleModel {
  const services = Array.from({ length: count }, (_, index): ServiceRules => {
    const key = `shop/service-${index}`;
    const known = base?.services.get(key);
    if (known !== undefined && index >= changed) return known;
    const clusterIp = `10.96.${index >> 8}.${index & 255}`;
    const endpoints = endpointsOf(index).slice(index < changed ? 1 : 0);
    return { key, clusterIp, ports: [{ id: `${key}/tcp/80`, protocol: 'tcp', clusterIp, port: 80, endpoints }] };
  });
  return {
    network: { bridge: 'berth-bench', podCidr: '10.88.0.0/16', bridgeFiltered: true },
    services: new Map(services.map((service) => [service.key, service])),
  };
}

function endpointsOf(index: number) {
  return Array.from({ length: ENDPOINTS }, (_, number) => {
    const host = index * ENDPOINTS + number + 2;
    return { address: `10.88.${host >> 8}.${host & 255}`, port: 8080 };
  });
}

/** Milliseconds that iptables-restore takes for the same; not a number where it cannot be run. */
function restoreIptables(prefix: readonly string[]): number {
  const chains: string[] = [':KUBE-SERVICES - [0:0]', ':KUBE-MARK-MASQ - [0:0]'];
  const rules: string[] = ['-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000'];
  for (let index = 0; index < SERVICES; index++) {
    const service = `KUBE-SVC-${index}`;
    const about = `-m comment --comment "shop/service-${index}`;
    const to = `-d 10.96.${index >> 8}.${index & 255}/32 -p tcp ${about} cluster IP" -m tcp --dport 80`;
    chains.push(`:${service} - [0:0]`);
    rules.push(`-A KUBE-SERVICES ${to} -j ${service}`, `-A ${service} ! -s 10.88.0.0/16 ${to} -j KUBE-MARK-MASQ`);
    endpointsOf(index).forEach(({ address, port }, number) => {
      const endpoint = `KUBE-SEP-${index}-${number}`;
      const left = ENDPOINTS - number;
      const chance = left === 1 ? '' : `-m statistic --mode random --probability ${(1 / left).toFixed(10)} `;
      chains.push(`:${endpoint} - [0:0]`);
      rules.push(
        `-A ${service} ${about} -> ${address}:${port}" ${chance}-j ${endpoint}`,
        `-A ${endpoint} ${about}" -s ${address}/32 -j KUBE-MARK-MASQ`,
        `-A ${endpoint} -p tcp ${about}" -m tcp -j DNAT --to-destination ${address}:${port}`,
      );
    });
  }
  const input = ['*nat', ...chains, ...rules, 'COMMIT', ''].join('\n');
  const [command = '', ...args] = [...prefix, 'iptables-restore'];
  const { result, ms } = timed(() => spawnSync(command, args, { input }));
  return result.status === 0 ? ms : Number.NaN;
}

function timed<T>(body: () => T): { readonly result: T; readonly ms: number } {
  const startMs = performance.now();
  const result = body();
  return { result, ms: performance.now() - startMs };
}

async function timedAsync(body: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await body();
  return performance.now() - startMs;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
