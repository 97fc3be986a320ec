import { tableOf } from '../../../src/api/http/table/table.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts';
import type { Condition, KindInfo } from '../../../src/objects/index.ts';
import type { Pod, StoredObject } from '../../../src/objects/types.ts';
import type { ScenarioWorld } from './scenario-world.ts';

/** Columns that say nothing that the timeline does not. */
const HIDDEN = new Set(['Age', 'Restarts', 'Containers', 'Images', 'Selector', 'IP', 'Readiness Gates']);

/** `kubectl get`, with the columns that were named, or those that tell something. */
export function showObjects(world: ScenarioWorld, kind: KindInfo, columns: readonly string[]): string {
  const { client, namer, simulated } = world;
  const objects = client.listObjects(kind, kind.namespaced ? { namespace: 'default' } : {});
  const { columnDefinitions, rows } = tableOf(kind, objects, simulated.clock.wallMs());
  const names = columnDefinitions.map((column) => column as { readonly name: string; readonly priority: number });
  const shown = names.flatMap(({ name, priority }, index) => {
    const isShown =
      columns.length === 0 ? priority === 0 && !HIDDEN.has(name) : name === 'Name' || columns.includes(name);
    return isShown ? [index] : [];
  });
  const lines = rows
    .map(({ cells, object }) =>
      shown.map((index) => (index === 0 ? namer.nameOf(object) : namer.inText(String(cells[index] ?? '')))),
    )
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return aligned([shown.map((index) => (names[index]?.name ?? '').toUpperCase()), ...lines]);
}

/** Fields by their paths: `status.replicas 3`. */
export function showFields(world: ScenarioWorld, object: JsonObject, paths: readonly string[]): string {
  const lines = paths.map((path) => {
    const value = path.split('.').reduce<JsonValue | undefined>((at, step) => childOf(at, step), object);
    return `${path}: ${world.namer.inText(typeof value === 'string' ? value : (JSON.stringify(value) ?? '-'))}`;
  });
  return lines.join('\n');
}

function childOf(value: JsonValue | undefined, step: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(step)] as JsonValue | undefined;
  return isJsonObject(value) ? value[step] : undefined;
}

/** `Available True MinimumReplicasAvailable: Deployment has minimum availability.` */
export function showConditions({ namer }: ScenarioWorld, object: StoredObject | undefined): string {
  const status = object?.['status'] as { readonly conditions?: readonly Condition[] } | undefined;
  return (status?.conditions ?? [])
    .map(({ type, status: is, reason, message }) => {
      const why = [reason, message].filter((text) => text !== undefined && text !== '').join(': ');
      return namer.inText(`${type} ${is} ${why}`.trimEnd());
    })
    .join('\n');
}

/** In the order of their last occurrence, with their number. */
export function showEvents({ client, namer }: ScenarioWorld, target: string | undefined): string {
  const lines = client
    .list('Event', { namespace: 'default' })
    .map((event) => {
      const { kind = '', name = '' } = event.involvedObject;
      const object = `${kind.toLowerCase()}/${namer.inText(name)}`;
      const count = (event.count ?? 1) > 1 ? ` (x${event.count})` : '';
      const text = `${event.type} ${event.reason} ${object}: ${namer.inText(event.message ?? '')}${count}`;
      return { object, text, order: Number(event.metadata.resourceVersion) };
    })
    .filter(({ object }) => target === undefined || object === target)
    .sort((a, b) => a.order - b.order);
  return lines.map(({ text }) => text).join('\n');
}

/** How many pods each node has. */
export function showPlacement({ client }: ScenarioWorld): string {
  const counts = new Map(client.list('Node').map(({ metadata }) => [metadata.name, 0]));
  for (const { spec } of client.list('Pod')) {
    const name = spec?.nodeName ?? '(none)';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name}: ${count}`)
    .join('\n');
}

/** What the slices of a Service say of each of its pods. */
export function showEndpoints({ client, namer }: ScenarioWorld, service: string): string {
  const slices = client.list('EndpointSlice', {
    namespace: 'default',
    labelSelector: `kubernetes.io/service-name=${service}`,
  });
  return slices
    .flatMap(({ endpoints = [] }) => endpoints)
    .map(({ targetRef, conditions }) => {
      const { ready, serving, terminating } = conditions ?? {};
      return `${namer.inText(targetRef?.name ?? '')}: ready ${ready} serving ${serving} terminating ${terminating}`;
    })
    .sort()
    .join('\n');
}

/** The containers that the engine runs, in the order of their starts. */
export function showProcesses({ simulated, namer }: ScenarioWorld): string {
  return simulated.engine
    .containers()
    .filter(({ status }) => status === 'running')
    .map(({ pod, name }) => namer.inText(`${pod.name}/${name}`))
    .join('\n');
}

/** What a container of a pod on the box has written. */
export async function showLogs(world: ScenarioWorld, pod: Pod, container: string): Promise<string> {
  const { namespace = '', name, uid } = pod.metadata;
  const lines: string[] = [];
  const read = async () => {
    const reference = { namespace, pod: name, podUid: uid, container };
    const options = { follow: false, timestamps: false, previous: false };
    const stream = await world.simulated.box.kubelet.podStreams.logs(reference, options);
    for await (const chunk of stream.chunks) lines.push(new TextDecoder().decode(chunk));
  };
  const reading = read();
  await world.advance(1_000);
  await reading;
  return world.namer.inText(lines.join('').trimEnd());
}

/** What is in the volumes of a pod on the box: each path below its volume's name, with what lies there. */
function volumeEntriesOf({ simulated }: ScenarioWorld, pod: Pod): readonly (readonly [string, string, string])[] {
  const folders = [/\/volumes\/kubernetes\.io~[a-z-]+\//, /^\/memory\/pods\/[^/]+\//];
  return [...simulated.volumeEntries].flatMap(([path, bytes]) => {
    const found = folders.map((folder) => folder.exec(path)).find((match) => match !== null);
    if (found === undefined || found === null || bytes === undefined || !path.includes(pod.metadata.uid)) return [];
    return [[path.slice(found.index + found[0].length), new TextDecoder().decode(bytes), path] as const];
  });
}

/** The files in the volumes of a pod on the box, with their contents. */
export function showFiles(world: ScenarioWorld, pod: Pod): string {
  const entries = volumeEntriesOf(world, pod);
  const links = new Map(entries.filter(([path]) => path.endsWith('/..data')).map(([path, name]) => [path, name]));
  return entries
    .flatMap(([path, text]) => {
      const [, volume = '', version = '', rest] = /^([^/]+)\/(\.\.\d+)\/(.*)$/.exec(path) ?? [];
      if (rest === undefined) return path.endsWith('/..data') ? [] : [`${path}: ${text}`];
      return links.get(`${volume}/..data`) === version ? [`${volume}/${rest}: ${text}`] : [];
    })
    .sort()
    .join('\n');
}

/** The same as it lies on the disk: the folder of each version, the link to the one that counts, and the modes. */
export function showTree(world: ScenarioWorld, pod: Pod): string {
  const { volumeModes } = world.simulated;
  return volumeEntriesOf(world, pod)
    .map(([path, text, full]) => {
      if (path.endsWith('/..data')) return `${path} -> ${text}`;
      const mode = volumeModes.get(full);
      return `${path} ${mode === undefined ? '-' : `0${mode.toString(8)}`}`;
    })
    .sort()
    .join('\n');
}

/** What the newest container `app` of a pod on the box finds at a path; the longest mount counts. */
export function readInContainer({ simulated, namer }: ScenarioWorld, pod: Pod, path: string): string {
  const container = simulated.engine.containers().findLast(({ pod: { uid } }) => uid === pod.metadata.uid);
  const mounts = simulated.engine.mountsOf(container?.id ?? '');
  const mount = mounts
    .filter(({ containerPath }) => path === containerPath || path.startsWith(`${containerPath}/`))
    .sort((a, b) => b.containerPath.length - a.containerPath.length)[0];
  if (mount === undefined) return 'nothing is mounted there';
  const access = mount.readOnly ? 'ro' : 'rw';
  const full = mount.hostPath + path.slice(mount.containerPath.length);
  const link = simulated.volumeEntries.get(`${mount.hostPath}/..data`);
  const version = link === undefined ? '' : `/${new TextDecoder().decode(link)}`;
  const inVersion = `${mount.hostPath}${version}${path.slice(mount.containerPath.length)}`;
  const bytes = simulated.volumeEntries.get(full) ?? simulated.volumeEntries.get(inVersion);
  if (bytes !== undefined) return `${access} ${new TextDecoder().decode(bytes)}`;
  const ofPod = full.indexOf(`${pod.metadata.uid}/`);
  const within = ofPod < 0 ? full : full.slice(ofPod + pod.metadata.uid.length + 1);
  return namer.inText(`${access} ${within.replace(/^volumes\/kubernetes\.io~/, '')}`);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
