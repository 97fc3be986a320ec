import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { LinuxPacketRules } from '../../src/host/linux/linux-packet-rules.ts';
import { isTableIntact } from '../../src/network/is-table-intact.ts';
import { renderChange, renderRemoval, renderReplacement } from '../../src/network/render-nft.ts';
import type { RuleModel } from '../../src/network/table-content.ts';
import { arbitraryModel, manyServices, modelOf, TEST_NETWORK } from '../../src/network/testing.ts';

/** What is rendered, given to the kernel: in a network namespace of its own, so that nothing on this machine changes. */
const namespace = `berth-test-${randomUUID().slice(0, 8)}`;
const inNamespace = ['netns', 'exec', namespace];
const packetRules = new LinuxPacketRules({ prefix: ['ip', ...inNamespace] });
const TABLE = 'berth_0123abcd';

beforeAll(() => {
  execFileSync('ip', ['netns', 'add', namespace]);
});

afterAll(() => {
  execFileSync('ip', ['netns', 'del', namespace]);
});

beforeEach(() => packetRules.apply(renderRemoval(TABLE)));

/** The table as the kernel has it, without what differs between two of equal content: handles, order, and what is remembered of clients. */
async function contentOf(table: string): Promise<readonly string[]> {
  const described = JSON.stringify(await packetRules.readTable(table), (key, value: unknown) => {
    if (key === 'handle') return undefined;
    return key === 'elem' && Array.isArray(value) ? value.map((one) => JSON.stringify(one)).sort() : value;
  });
  const { nftables }: { nftables: unknown[] } = JSON.parse(described);
  // Rules of one chain keep their order: it is part of what they mean.
  const rules = new Map<string, number>();
  return nftables
    .map((item) => {
      const chain = JSON.stringify(item).match(/^\{"rule":.*?"chain":"([^"]*)"/)?.[1];
      if (chain === undefined) return JSON.stringify(item);
      rules.set(chain, (rules.get(chain) ?? 0) + 1);
      return `${chain} ${rules.get(chain)} ${JSON.stringify(item)}`;
    })
    .sort();
}

test('the kernel takes every table, and small changes come to the same as a whole one', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryModel(), { minLength: 2, maxLength: 4 }), async (models) => {
      await packetRules.apply(renderRemoval(TABLE));
      let before: RuleModel | undefined;
      for (const model of models) {
        const change = before === undefined ? undefined : renderChange(TABLE, before, model);
        await packetRules.apply(change ?? renderReplacement(TABLE, model));
        before = model;
      }
      const last = models.at(-1) ?? modelOf([]);
      const stepwise = await contentOf(TABLE);
      expect(isTableIntact(await packetRules.readTable(TABLE), last)).toBe(true);
      await packetRules.apply(renderReplacement(TABLE, last));
      expect(stepwise).toEqual(await contentOf(TABLE));
    }),
    { numRuns: 40, seed: 1 },
  );
});

test('a table without packets on the bridge is taken, too', async () => {
  await packetRules.apply(
    renderReplacement(TABLE, modelOf(manyServices(2, 2), { ...TEST_NETWORK, bridgeFiltered: false })),
  );
  expect(await packetRules.readTable(TABLE)).toBeDefined();
});

test('a refused transaction changes nothing and says why', async () => {
  const model = modelOf(manyServices(2, 2));
  await packetRules.apply(renderReplacement(TABLE, model));
  const before = await contentOf(TABLE);
  const broken = `delete chain ip ${TABLE} nat_output\ndelete chain ip ${TABLE} not_there\n`;
  await expect(packetRules.apply(broken)).rejects.toThrow(/No such file or directory/);
  await expect(packetRules.apply('gibberish\n')).rejects.toThrow(/syntax error/);
  expect(await contentOf(TABLE)).toEqual(before);
});

test('what somebody flushed or deleted is noticed', async () => {
  const model = modelOf(manyServices(3, 2));
  const isIntact = async () => isTableIntact(await packetRules.readTable(TABLE), model);
  await packetRules.apply(renderReplacement(TABLE, model));
  expect(await isIntact()).toBe(true);
  execFileSync('ip', [...inNamespace, 'nft', 'flush', 'table', 'ip', TABLE]);
  expect(await isIntact()).toBe(false);
  await packetRules.apply(renderReplacement(TABLE, model));
  execFileSync('ip', [...inNamespace, 'nft', 'flush', 'map', 'ip', TABLE, 'service_ips']);
  expect(await isIntact()).toBe(false);
  execFileSync('ip', [...inNamespace, 'nft', 'flush', 'ruleset']);
  expect(await isIntact()).toBe(false);
});

test('two clusters never touch each other', async () => {
  const other = 'berth_ffffffff';
  await packetRules.apply(renderReplacement(other, modelOf(manyServices(3, 2))));
  const before = await contentOf(other);
  await packetRules.apply(renderReplacement(TABLE, modelOf(manyServices(2, 2))));
  await packetRules.apply(renderRemoval(TABLE));
  expect(await contentOf(other)).toEqual(before);
  await packetRules.apply(renderRemoval(other));
});

test('a relay carries connections at an address that it brings along, and takes it away again', async () => {
  const address = '198.18.79.1';
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // It answers once the client has said all: only with half-closed connections that arrives.
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('end', () => socket.end(`heard ${text}`));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const target = server.address();
  if (target === null || typeof target === 'string') throw new Error('there is no port');
  const local = new LinuxPacketRules();
  const listener = { address, interface: 'lo', pick: () => ({ address: '127.0.0.1', port: target.port }) };
  const first = await local.relay({ ...listener, port: 31_771 });
  const second = await local.relay({ ...listener, port: 31_772, pick: () => undefined });
  const say = async (port: number, text: string) => {
    const socket = connect({ host: address, port, allowHalfOpen: true });
    socket.end(text);
    let heard = '';
    for await (const chunk of socket) heard += String(chunk);
    return heard;
  };
  try {
    expect(await say(31_771, 'hello')).toBe('heard hello');
    await expect(say(31_772, 'hello')).rejects.toThrow(/ECONNRESET/);
    await first.close();
    expect(execFileSync('ip', ['addr', 'show', 'dev', 'lo'], { encoding: 'utf8' })).toContain(address);
  } finally {
    await second.close();
    server.close();
  }
  expect(execFileSync('ip', ['addr', 'show', 'dev', 'lo'], { encoding: 'utf8' })).not.toContain(address);
});

test('says when packet rules cannot be had', async () => {
  expect(await packetRules.probe()).toMatchObject({ usable: true });
  const unprivileged = new LinuxPacketRules({
    prefix: ['setpriv', '--reuid=65534', '--clear-groups', '--bounding-set=-all'],
  });
  expect(await unprivileged.probe()).toMatchObject({ usable: false, reason: 'rights' });
});
