import type { PacketRules } from '../host/packet-rules.ts';
import { BerthError, messageOf } from '../lib/errors.ts';
import { renderRemoval, tableNameOf } from './render-nft.ts';

/**
 * Takes back every rule that carries a cluster's uid, and nothing else; for `berth down`. Where packet rules cannot be
 * set, none were. What is set on the pods' bridge goes with it. Rejects with a `BerthError` when something may be left.
 */
export async function removeNetwork(packetRules: PacketRules, clusterUid: string): Promise<void> {
  const table = tableNameOf(clusterUid);
  try {
    const probe = await packetRules.probe();
    if (probe.usable) await packetRules.apply(renderRemoval(table));
    await packetRules.closePath(clusterUid);
  } catch (error) {
    throw new BerthError('PacketRulesFailed', {
      object: `table ${table}`,
      verb: 'remove',
      detail: messageOf(error),
      help: 'read the message, then try again',
      cause: error,
    });
  }
}
