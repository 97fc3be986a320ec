import type { PacketRules } from '../../host/packet-rules.ts';
import { BerthError } from '../../lib/errors.ts';
import type { ServiceRules } from '../compute-rules.ts';
import { parseDescribedTable } from '../described-table.ts';
import { TABLE_PREFIX } from '../render-nft.ts';

/**
 * Node ports of this cluster that another Berth on this machine has, too: there is one such port on a machine, and
 * which of the two clusters answers depends on who set its rules last. The other's rules are never touched.
 */
export async function findRivals(
  packetRules: PacketRules,
  table: string,
  services: ReadonlyMap<string, ServiceRules>,
): Promise<readonly BerthError[]> {
  const own = new Map<string, string>();
  for (const { key, ports } of services.values()) {
    for (const { protocol, nodePort } of ports) if (nodePort !== undefined) own.set(`${protocol} . ${nodePort}`, key);
  }
  const others = (await packetRules.listTables()).filter((name) => name.startsWith(TABLE_PREFIX) && name !== table);
  const problems: BerthError[] = [];
  for (const other of own.size === 0 ? [] : others) {
    const { sets } = parseDescribedTable(await packetRules.readTable(other));
    for (const element of [...(sets.get('node_ports') ?? []), ...(sets.get('closed_node_ports') ?? [])]) {
      const key = own.get(element);
      if (key === undefined) continue;
      const port = element.split(' . ')[1];
      problems.push(
        new BerthError('NodePortBusy', {
          object: `Service/${key}`,
          detail: `node port ${port} is also one of another Berth on this machine, whose rules are in the table ${other}`,
          help: `choose another nodePort; if that cluster is gone, remove its rules: nft delete table ip ${other}`,
        }),
      );
    }
  }
  return problems;
}
