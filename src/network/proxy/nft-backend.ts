import type { PacketRules } from '../../host/packet-rules.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import { isTableIntact } from '../is-table-intact.ts';
import { renderChange, renderReplacement, tableNameOf } from '../render-nft.ts';
import type { RuleModel } from '../table-content.ts';
import { computeStaleFlows } from './compute-stale-flows.ts';
import { findRivals } from './find-rivals.ts';
import type { RulesBackend } from './rules-backend.ts';

/**
 * Services as packet rules in the kernel: small transactions for what changed, the whole table at first and after a
 * failure.
 */
export class NftBackend implements RulesBackend {
  readonly #packetRules: PacketRules;
  readonly #table: string;
  /** What the kernel has, as far as known. */
  #applied: RuleModel | undefined;
  #cannotForget = false;
  #rivals: readonly BerthError[] = [];

  constructor(packetRules: PacketRules, clusterUid: string) {
    this.#packetRules = packetRules;
    this.#table = tableNameOf(clusterUid);
  }

  async apply(model: RuleModel): Promise<void> {
    const before = this.#applied;
    const change = before === undefined ? undefined : renderChange(this.#table, before, model);
    if (change !== '') await this.#program(before, model, change);
    const flows = computeStaleFlows(before?.services ?? new Map(), model.services);
    this.#cannotForget = (flows.length > 0 || this.#cannotForget) && !(await this.#packetRules.forgetFlows(flows));
  }

  async #program(before: RuleModel | undefined, model: RuleModel, change: string | undefined): Promise<void> {
    this.#applied = undefined;
    // A change that is refused met another table than the one that it was computed for.
    const isChanged = change !== undefined && (await this.#tryApply(change));
    if (!isChanged) await this.#replace(model);
    this.#applied = model;
    if (!isChanged || listNodePorts(before) !== listNodePorts(model)) this.#rivals = await this.#findRivals(model);
  }

  #tryApply(commands: string): Promise<boolean> {
    return this.#packetRules.apply(commands).then(
      () => true,
      () => false,
    );
  }

  async #replace(model: RuleModel): Promise<void> {
    try {
      await this.#packetRules.apply(renderReplacement(this.#table, model));
    } catch (error) {
      throw new BerthError('PacketRulesFailed', {
        object: `table ${this.#table}`,
        verb: 'apply',
        detail: messageOf(error),
        cause: error,
      });
    }
  }

  /** Not knowing of others does not keep this cluster from working. */
  #findRivals({ services }: RuleModel): Promise<readonly BerthError[]> {
    return findRivals(this.#packetRules, this.#table, services).catch(() => []);
  }

  async verify(): Promise<boolean> {
    const applied = this.#applied;
    if (applied === undefined) return false;
    this.#rivals = await this.#findRivals(applied);
    const found = await this.#packetRules.readTable(this.#table).catch(() => undefined);
    // Something was applied meanwhile: what was read may be older.
    if (this.#applied !== applied || isTableIntact(found, applied)) return true;
    this.#applied = undefined;
    return false;
  }

  problems(): readonly BerthError[] {
    if (!this.#cannotForget) return this.#rivals;
    const detail =
      'the program conntrack is not there; a UDP client that keeps its port may go on sending to a pod that is gone, until it pauses for two minutes';
    const forget = new BerthError('PodPathIncomplete', { object: 'UDP services', detail, help: 'install conntrack' });
    return [...this.#rivals, forget];
  }

  async stop(): Promise<void> {}
}

function listNodePorts(model: RuleModel | undefined): string {
  const ports: string[] = [];
  for (const service of model?.services.values() ?? []) {
    for (const { protocol, nodePort } of service.ports)
      if (nodePort !== undefined) ports.push(`${protocol} ${nodePort}`);
  }
  return ports.sort().join();
}
