import { jsonEqual } from '../lib/json.ts';
import type { ServiceRules } from './compute-rules.ts';
import { frameContent, type RuleModel, type SetContent, serviceContent, type TableContent } from './table-content.ts';

export const TABLE_PREFIX = 'berth_';

/** Each cluster has a table of its own, so that two on one machine never touch each other's rules. */
export function tableNameOf(clusterUid: string): string {
  return `${TABLE_PREFIX}${clusterUid.replace(/[^0-9a-zA-Z]/g, '').slice(0, 8)}`;
}

/** Commands that make the table hold exactly the model, whatever was there before, in one transaction. */
export function renderReplacement(table: string, model: RuleModel): string {
  const frame = frameContent(model.network);
  const services = serviceContent(model.services.values(), model.network);
  return lines([
    ...renderRemovalCommands(table),
    `add table ip ${table}`,
    ...addSets(table, frame),
    ...addSets(table, services),
    ...addChains(table, frame),
    ...addChains(table, services),
    ...addElements(table, services),
  ]);
}

/** Commands that remove the table; adding it first keeps them from failing where there is none. */
export function renderRemoval(table: string): string {
  return lines(renderRemovalCommands(table));
}

function renderRemovalCommands(table: string): readonly string[] {
  return [`add table ip ${table}`, `delete table ip ${table}`];
}

/**
 * Commands that lead from one model to the next and touch only what differs; empty when nothing does. `undefined` when
 * the two are about different networks, and the table has to be replaced.
 */
export function renderChange(table: string, before: RuleModel, after: RuleModel): string | undefined {
  if (!jsonEqual(before.network, after.network)) return undefined;
  const { network } = after;
  const removed = changedServices(before, after);
  const added = changedServices(after, before);
  if (removed.length === 0 && added.length === 0) return '';
  const old = serviceContent(removed, network);
  const wanted = serviceContent(added, network);
  const shared = sharedElements(before, after);
  const gone = subtract(old, wanted, shared);
  const fresh = subtract(wanted, old, shared);
  const staleChains = [...old.chains.keys()].filter((name) => !wanted.chains.has(name));
  const staleSets = [...old.sets].filter(([name, { definition }]) => definition !== '' && !wanted.sets.has(name));
  return lines([
    ...deleteElements(table, gone),
    ...addSets(table, fresh),
    ...[...fresh.chains.keys()].map((name) => `add chain ip ${table} ${name}`),
    ...[...fresh.chains.keys(), ...staleChains].map((name) => `flush chain ip ${table} ${name}`),
    ...addRules(table, fresh),
    ...addElements(table, fresh),
    // Chains that refer to others are empty by now.
    ...staleChains.map((name) => `delete chain ip ${table} ${name}`),
    ...staleSets.map(([name, { type }]) => `delete ${type} ip ${table} ${name}`),
  ]);
}

/** The services of one model that the other does not have, or not like this. */
function changedServices(model: RuleModel, other: RuleModel): readonly ServiceRules[] {
  return [...model.services.values()].filter((service) => other.services.get(service.key) !== service);
}

/** Elements that services add in common, of those that are the same in both models: they stay whoever else goes. */
function sharedElements(before: RuleModel, after: RuleModel): TableContent {
  const unchanged = [...after.services.values()].filter((service) => before.services.get(service.key) === service);
  const { sets } = serviceContent(unchanged, after.network);
  return { sets: new Map([...sets].filter(([name]) => SHARED_SETS.has(name))), chains: new Map() };
}

const SHARED_SETS: ReadonlySet<string> = new Set(['hairpin', 'foreign_endpoints']);

/** What `content` has and the other has not, or not like this; elements of `kept` are left out, too. */
function subtract(content: TableContent, other: TableContent, kept: TableContent): TableContent {
  const sets = new Map<string, SetContent>();
  for (const [name, set] of content.sets) {
    const [otherSet, keptSet] = [other.sets.get(name), kept.sets.get(name)];
    const elements = [...set.elements].filter(
      ([key, value]) => otherSet?.elements.get(key) !== value && keptSet?.elements.get(key) !== value,
    );
    const definition = otherSet === undefined ? set.definition : '';
    if (elements.length > 0 || definition !== '') sets.set(name, { ...set, definition, elements: new Map(elements) });
  }
  const chains = new Map([...content.chains].filter(([name, chain]) => !jsonEqual(chain, other.chains.get(name))));
  return { sets, chains };
}

function addSets(table: string, { sets }: TableContent): readonly string[] {
  return [...sets]
    .filter(([, { definition }]) => definition !== '')
    .map(([name, { type, definition }]) => `add ${type} ip ${table} ${name} { ${definition} }`);
}

/** All chains before all rules, because rules name chains. */
function addChains(table: string, content: TableContent): readonly string[] {
  const chains = [...content.chains].map(([name, { hook }]) =>
    hook === undefined ? `add chain ip ${table} ${name}` : `add chain ip ${table} ${name} { ${hook} }`,
  );
  return [...chains, ...addRules(table, content)];
}

function addRules(table: string, { chains }: TableContent): readonly string[] {
  return [...chains].flatMap(([name, { rules }]) => rules.map((rule) => `add rule ip ${table} ${name} ${rule}`));
}

function addElements(table: string, { sets }: TableContent): readonly string[] {
  return elementCommands('add', table, sets, ([key, value]) => (value === '' ? key : `${key} : ${value}`));
}

function deleteElements(table: string, { sets }: TableContent): readonly string[] {
  return elementCommands('delete', table, sets, ([key]) => key);
}

function elementCommands(
  verb: 'add' | 'delete',
  table: string,
  sets: TableContent['sets'],
  format: (element: readonly [string, string]) => string,
): readonly string[] {
  return [...sets]
    .filter(([, { elements }]) => elements.size > 0)
    .map(([name, { elements }]) => `${verb} element ip ${table} ${name} { ${[...elements].map(format).join(', ')} }`);
}

function lines(commands: readonly string[]): string {
  return commands.map((command) => `${command}\n`).join('');
}
