import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimPacketTables } from '../host/sim/sim-packet-tables.ts';
import type { ServiceRules } from './compute-rules.ts';
import { isTableIntact } from './is-table-intact.ts';
import { renderChange, renderRemoval, renderReplacement, tableNameOf } from './render-nft.ts';
import type { RuleModel } from './table-content.ts';
import { arbitraryModel, modelOf, TEST_NETWORK } from './testing.ts';

const TABLE = 'berth_0123abcd';

const WEB: ServiceRules = {
  key: 'shop/web',
  clusterIp: '10.96.0.5',
  ports: [
    {
      id: 'shop/web/tcp/80',
      protocol: 'tcp',
      clusterIp: '10.96.0.5',
      port: 80,
      nodePort: 30080,
      endpoints: [
        { address: '10.88.0.2', port: 8080 },
        { address: '10.88.0.3', port: 8081 },
      ],
    },
  ],
};

function tablesWith(model: RuleModel): SimPacketTables {
  const tables = new SimPacketTables();
  tables.apply(renderReplacement(TABLE, model));
  return tables;
}

/** The service with other endpoints. */
function withEndpoints(...addresses: readonly string[]): ServiceRules {
  const endpoints = addresses.map((address) => ({ address, port: 8080 }));
  return { ...WEB, ports: WEB.ports.map((port) => ({ ...port, endpoints })) };
}

it('names a table after the cluster, and only with what nft takes for a name', () => {
  expect(tableNameOf('0123abcd-4567-89ab-cdef-0123456789ab')).toBe(TABLE);
});

describe('a whole table', () => {
  it('leads the address and the node port to all endpoints', () => {
    const tables = tablesWith(modelOf([WEB]));
    const endpoints = ['10.88.0.2:8080', '10.88.0.3:8081'];
    expect(tables.endpointsOf(TABLE, '10.96.0.5', 'tcp', 80)).toEqual(endpoints);
    expect(tables.nodePortEndpointsOf(TABLE, 'tcp', 30080)).toEqual(endpoints);
    expect(tables.endpointsOf(TABLE, '10.96.0.5', 'udp', 80)).toEqual([]);
  });

  it('refuses what has no endpoints', () => {
    const text = tablesWith(modelOf([withEndpoints()])).format(TABLE);
    expect(text).toContain('element cluster_ips 10.96.0.5');
    expect(text).toContain('element closed_node_ports tcp . 30080');
    expect(text.filter((line) => line.startsWith('element service_ips'))).toEqual([]);
  });

  it('lets pods reach themselves, and answers of strangers come back', () => {
    const text = tablesWith(modelOf([withEndpoints('10.88.0.2', '192.0.2.80')])).format(TABLE);
    expect(text.filter((line) => /^element (hairpin|foreign)/.test(line))).toEqual([
      'element foreign_endpoints 192.0.2.80 . tcp . 8080',
      'element hairpin 10.88.0.2 . 10.88.0.2',
    ]);
  });

  it('stands in for callers where packets on the bridge pass no rules', () => {
    const rule = 'ct status dnat oifname "berth-test" ip saddr 10.88.0.0/16 masquerade';
    expect(renderReplacement(TABLE, modelOf([], { ...TEST_NETWORK, bridgeFiltered: false }))).toContain(rule);
    expect(renderReplacement(TABLE, modelOf([]))).not.toContain(rule);
  });

  it('goes away again', () => {
    const tables = tablesWith(modelOf([WEB]));
    tables.apply(renderRemoval(TABLE));
    expect(tables.names).toEqual([]);
    tables.apply(renderRemoval(TABLE));
  });
});

describe('a change', () => {
  it('is none when nothing changed', () => {
    expect(renderChange(TABLE, modelOf([WEB]), modelOf([WEB]))).toBe('');
  });

  it('touches the one chain whose endpoints changed, and keeps the elements of others', () => {
    const other: ServiceRules = { ...withEndpoints('10.88.0.2'), key: 'shop/other' };
    const change = renderChange(
      TABLE,
      modelOf([withEndpoints('10.88.0.2', '10.88.0.3'), other]),
      modelOf([withEndpoints('10.88.0.3'), other]),
    );
    expect(change?.trimEnd().split('\n')).toEqual([
      `add chain ip ${TABLE} svc/shop/web/tcp/80`,
      `flush chain ip ${TABLE} svc/shop/web/tcp/80`,
      `add rule ip ${TABLE} svc/shop/web/tcp/80 meta l4proto tcp dnat ip to 10.88.0.3:8080`,
    ]);
  });

  it('cannot lead to another network', () => {
    expect(renderChange(TABLE, modelOf([]), modelOf([], { ...TEST_NETWORK, bridge: 'berth-other' }))).toBeUndefined();
  });

  it('remembers the clients of endpoints that stay', () => {
    const sticky = (service: ServiceRules): ServiceRules => ({
      ...service,
      ports: service.ports.map((port) => ({ ...port, affinitySeconds: 60 })),
    });
    const change = renderChange(
      TABLE,
      modelOf([sticky(withEndpoints('10.88.0.2', '10.88.0.3'))]),
      modelOf([sticky(withEndpoints('10.88.0.3'))]),
    );
    const kept = 'seen/shop/web/tcp/80/10.88.0.3/8080';
    const gone = 'seen/shop/web/tcp/80/10.88.0.2/8080';
    expect(change).not.toMatch(new RegExp(`(add|delete|flush) set ip ${TABLE} ${kept}`));
    expect(change).toContain(`delete set ip ${TABLE} ${gone}`);
  });

  it('comes to the same table as a replacement, whatever changes', () => {
    fc.assert(
      fc.property(fc.array(arbitraryModel(), { minLength: 2, maxLength: 6 }), (models) => {
        const tables = new SimPacketTables();
        let before: RuleModel | undefined;
        for (const model of models) {
          tables.apply(
            (before === undefined ? undefined : renderChange(TABLE, before, model)) ?? renderReplacement(TABLE, model),
          );
          before = model;
          expect(tables.format(TABLE)).toEqual(tablesWith(model).format(TABLE));
          expect(isTableIntact(tables.describe(TABLE), model)).toBe(true);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('a table that somebody touched', () => {
  it.each([
    ['deleted', `delete table ip ${TABLE}\n`],
    ['with an empty chain', `flush chain ip ${TABLE} nat_output\n`],
    ['without an element', `delete element ip ${TABLE} service_ips { 10.96.0.5 . tcp . 80 }\n`],
  ])('is noticed: %s', (_name, commands) => {
    const model = modelOf([WEB]);
    const tables = tablesWith(model);
    expect(isTableIntact(tables.describe(TABLE), model)).toBe(true);
    tables.apply(commands);
    expect(isTableIntact(tables.describe(TABLE), model)).toBe(false);
  });
});
