import { PacketRulesError } from '../packet-rules.ts';

interface Chain {
  readonly hooked: boolean;
  readonly rules: string[];
}

interface Table {
  readonly sets: Map<string, { readonly type: string; readonly elements: Map<string, string> }>;
  readonly chains: Map<string, Chain>;
}

/**
 * Tables of packet rules in memory. Understands one command per line, of those that Berth uses, and refuses what the
 * kernel refuses: names that are not there or are there already with another meaning, and the removal of chains and
 * sets that are in use.
 */
export class SimPacketTables {
  #tables = new Map<string, Table>();

  /** All commands, or none: it throws a `PacketRulesError` then. */
  apply(commands: string): void {
    const draft = new Map([...this.#tables].map(([name, table]) => [name, copyOf(table)]));
    for (const line of commands.split('\n')) if (line !== '') applyCommand(draft, line);
    for (const table of draft.values()) checkReferences(table);
    this.#tables = draft;
  }

  /** Removes everything, as `nft flush ruleset` does behind Berth's back. */
  flushRuleset(): void {
    this.#tables.clear();
  }

  get names(): readonly string[] {
    return [...this.#tables.keys()].sort();
  }

  /** A table as nft's JSON has it, as far as Berth reads it. */
  describe(name: string): unknown {
    const table = this.#tables.get(name);
    if (table === undefined) return undefined;
    const place = { family: 'ip', table: name };
    const sets = [...table.sets].map(([set, { type, elements }]) => ({
      [type]: { ...place, name: set, elem: [...elements].map(([key, value]) => (value === '' ? key : [key, value])) },
    }));
    const chains = [...table.chains.keys()].map((chain) => ({ chain: { ...place, name: chain } }));
    const rules = [...table.chains].flatMap(([chain, { rules }]) =>
      rules.map((rule) => ({ rule: { ...place, chain, expr: [rule] } })),
    );
    return { nftables: [{ table: { family: 'ip', name } }, ...sets, ...chains, ...rules] };
  }

  /** The table as sorted text, for comparisons. */
  format(name: string): readonly string[] {
    const table = this.#tables.get(name);
    if (table === undefined) return [];
    const sets = [...table.sets].flatMap(([set, { elements }]) => [
      `set ${set}`,
      ...[...elements].map(([key, value]) => `element ${set} ${key} ${value}`.trimEnd()),
    ]);
    const chains = [...table.chains].flatMap(([chain, { rules }]) => [
      `chain ${chain}`,
      ...rules.map((rule, index) => `rule ${chain} ${index} ${rule}`),
    ]);
    return [...sets, ...chains].sort();
  }

  /**
   * The endpoints, as `address:port`, among which a connection from a pod to a service's address is shared out; none
   * when it is refused.
   */
  endpointsOf(name: string, address: string, protocol: string, port: number): readonly string[] {
    const table = this.#tables.get(name);
    const verdict = table?.sets.get('service_ips')?.elements.get(`${address} . ${protocol} . ${port}`);
    return table === undefined || verdict === undefined ? [] : targetsOf(table, verdict.replace('goto ', ''));
  }

  /** The same for a port of the node. */
  nodePortEndpointsOf(name: string, protocol: string, port: number): readonly string[] {
    const table = this.#tables.get(name);
    const verdict = table?.sets.get('node_ports')?.elements.get(`${protocol} . ${port}`);
    return table === undefined || verdict === undefined ? [] : targetsOf(table, verdict.replace('goto ', ''));
  }
}

function targetsOf(table: Table, chainName: string): readonly string[] {
  const rules = table.chains.get(chainName)?.rules ?? [];
  const last = rules.at(-1) ?? '';
  const jumps = [...last.matchAll(/ : goto ([^ ,}]+)/g)].map((match) => match[1] ?? '');
  if (jumps.length > 0) return jumps.flatMap((jump) => targetsOf(table, jump));
  const mapped = [...last.matchAll(/ : ([\d.]+) \. (\d+)/g)].map((match) => `${match[1]}:${match[2]}`);
  if (mapped.length > 0) return mapped;
  return [...last.matchAll(/ dnat ip to ([\d.]+:\d+)$/g)].map((match) => match[1] ?? '');
}

function copyOf(table: Table): Table {
  return {
    sets: new Map([...table.sets].map(([name, { type, elements }]) => [name, { type, elements: new Map(elements) }])),
    chains: new Map([...table.chains].map(([name, { hooked, rules }]) => [name, { hooked, rules: [...rules] }])),
  };
}

function applyCommand(tables: Map<string, Table>, line: string): void {
  const parsed = /^(add|delete|flush) (table|map|set|chain|rule|element) ip (\S+)(?: (\S+))?(?: (.*))?$/.exec(line);
  const refuse = (why: string): never => {
    throw new PacketRulesError(`${why}: ${line.slice(0, 200)}`);
  };
  if (parsed === null) return refuse('syntax error');
  const [, verb = '', kind = '', tableName = '', name = '', rest = ''] = parsed;
  if (kind === 'table') {
    if (verb === 'delete') return void (tables.delete(tableName) || refuse('No such file or directory'));
    if (!tables.has(tableName)) tables.set(tableName, { sets: new Map(), chains: new Map() });
    return;
  }
  const table = tables.get(tableName) ?? refuse('No such file or directory');
  if (kind === 'map' || kind === 'set') {
    if (verb === 'delete') return void (table.sets.delete(name) || refuse('No such file or directory'));
    if (!table.sets.has(name)) table.sets.set(name, { type: kind, elements: new Map() });
    return;
  }
  if (kind === 'chain') {
    if (verb === 'delete') return void (table.chains.delete(name) || refuse('No such file or directory'));
    if (verb === 'flush') return void (table.chains.get(name) ?? refuse('No such file or directory')).rules.splice(0);
    if (!table.chains.has(name)) table.chains.set(name, { hooked: rest !== '', rules: [] });
    return;
  }
  if (kind === 'rule') return void (table.chains.get(name) ?? refuse('No such file or directory')).rules.push(rest);
  const { elements } = table.sets.get(name) ?? refuse('No such file or directory');
  for (const element of rest.replace(/^\{ (.*) \}$/, '$1').split(', ')) {
    const [key = '', value = ''] = element.split(' : ');
    if (verb === 'delete') {
      if (!elements.delete(key)) refuse('No such file or directory');
    } else if (elements.has(key) && elements.get(key) !== value) refuse('File exists');
    else elements.set(key, value);
  }
}

/** The kernel keeps what is referred to. */
function checkReferences({ sets, chains }: Table): void {
  const texts = [
    ...[...chains.values()].flatMap(({ rules }) => rules),
    ...[...sets.values()].flatMap(({ elements }) => [...elements.values()]),
  ];
  for (const text of texts) {
    for (const [, chain = ''] of text.matchAll(/(?:goto|jump) ([^ ,}]+)/g)) {
      if (!chains.has(chain)) throw new PacketRulesError(`Device or resource busy: chain ${chain} is in use`);
    }
    for (const [, set = ''] of text.matchAll(/@(\S+)/g)) {
      if (!sets.has(set)) throw new PacketRulesError(`Device or resource busy: set ${set} is in use`);
    }
  }
}
