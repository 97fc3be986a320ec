import { parseAllDocuments } from 'yaml';
import { isApiError } from '../../../src/api/api-error.ts';
import type { DeleteOptions, ObjectReference } from '../../../src/api/client.ts';
import { evictPod } from '../../../src/api/verbs/evict.ts';
import { isJsonObject, type JsonValue } from '../../../src/lib/json.ts';
import { findKind, findKindByName } from '../../../src/objects/index.ts';
import type { KubernetesObject, Pod, StoredObject } from '../../../src/objects/types.ts';
import { computeHealth } from '../../../src/plan/health/compute-health.ts';
import { pushFile, showStatus } from './git.ts';
import type { ScenarioWorld } from './scenario-world.ts';
import {
  readInContainer,
  showConditions,
  showEndpoints,
  showEvents,
  showFields,
  showFiles,
  showLogs,
  showObjects,
  showPlacement,
  showProcesses,
  showTree,
} from './show.ts';
import { TIMELINE_TOPICS, type TimelineTopic } from './timeline.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const NAMESPACE = 'default';
/** As kubectl reads it: `0644` is octal. */
const YAML = { version: '1.1' } as const;

type Command = (world: ScenarioWorld, words: readonly string[], input: string) => string | Promise<string>;

/** The command language; README.md beside the scenarios explains it. */
const COMMANDS: Readonly<Record<string, Command>> = {
  advance: async (world, [duration = '']) => {
    await world.advance(millisecondsOf(duration));
    return world.timeline.take();
  },
  timeline: (world, topics) => {
    world.timeline.tellAbout(topics.map(topicOf));
    return '';
  },
  apply: (world, _words, input) =>
    parseAllDocuments(input, YAML)
      .map((document) => applyOne(world, document.toJS() as KubernetesObject))
      .join('\n'),
  push: (world, [path = ''], input) => pushFile(world, path, input),
  patch: (world, [target = ''], input) => {
    const [document] = parseAllDocuments(input, YAML);
    world.client.patch(referenceOf(world, target), 'merge', document?.toJS() as JsonValue);
    return '';
  },
  scale: (world, [target = '', replicas = '']) => {
    const patch = { spec: { replicas: Number(replicas) } };
    world.client.patch(referenceOf(world, target), 'merge', patch, { subresource: 'scale' });
    return '';
  },
  'set-image': (world, [target = '', image = '']) => {
    const reference = referenceOf(world, target);
    const spec = podTemplateOf(world.client.getObject(reference));
    const containers = (spec?.containers ?? []).map((container) => ({ ...container, image }));
    world.client.patch(reference, 'merge', { spec: { template: { spec: { containers } } } } as unknown as JsonValue);
    return '';
  },
  delete: (world, [target = '', ...options]) => {
    world.client.delete(referenceOf(world, target), deleteOptionsOf(options));
    return '';
  },
  own: (world, [target = '', , owner = '', ...settings]) => {
    const { in: namespace = NAMESPACE, blocks = 'false', finalizer } = settingsOf(settings);
    const found = world.client.getObject({ ...referenceOf(world, owner), namespace });
    if (found === undefined) return 'the owner is not there';
    const { apiVersion, kind, metadata } = found;
    const { name, uid } = metadata;
    const child = referenceOf(world, target);
    const ownerReferences = [{ apiVersion, kind, name, uid, blockOwnerDeletion: blocks === 'true' }];
    const finalizers = finalizer === undefined ? {} : { finalizers: [finalizer] };
    const owned = { name: child.name, namespace: NAMESPACE, ownerReferences, ...finalizers };
    world.client.create({ apiVersion: child.apiVersion, kind: child.kind, metadata: owned });
    return '';
  },
  evict: (world, [name = '']) => {
    const pod = { namespace: NAMESPACE, name: world.namer.rawName(name) };
    evictPod(world.client, pod, world.simulated.clock.wallMs());
    return '';
  },
  // Fills the disk of the box to a share, with what is not Berth's.
  fill: (world, [, share = '']) => {
    world.simulated.engine.fillDisk(Number(share.replace('%', '')) / 100);
    return '';
  },
  node: (world, [verb = '', name = '', ...settings]) => changeNode(world, verb, name, settings),
  pod: (world, [verb = '', name = '', code = '1']) => changePod(world, verb, name, Number(code)),
  logs: (world, [name = '', container = 'app']) => showLogs(world, podNamed(world, name), container),
  files: (world, [name = '']) => showFiles(world, podNamed(world, name)),
  tree: (world, [name = '']) => showTree(world, podNamed(world, name)),
  read: (world, [name = '', path = '']) => readInContainer(world, podNamed(world, name), path),
  health: (world, [target = '']) => {
    const object = world.client.getObject(referenceOf(world, target));
    if (object === undefined) return 'not found';
    const { status, reason, message } = computeHealth(object, world.simulated.clock.wallMs());
    return world.namer.inText([status, reason, message].filter((text) => text !== '').join(': '));
  },
  show: (world, [what = '', ...words]) => show(world, what, words),
};

export async function runCommand(world: ScenarioWorld, command: string, input: string): Promise<string> {
  const [verb = '', ...words] = command.trim().split(/\s+/);
  const run = COMMANDS[verb];
  if (run === undefined) throw new Error(`there is no command ${verb}`);
  try {
    return await run(world, words, input);
  } catch (error) {
    if (!isApiError(error)) throw error;
    return `${error.reason}: ${world.namer.inText(error.message)}`;
  }
}

function millisecondsOf(text: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  if (match === null) throw new Error(`${text} is no duration such as 10s or 5m`);
  return Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? 0);
}

function topicOf(text: string): TimelineTopic {
  const topic = TIMELINE_TOPICS.find((one) => one === text);
  if (topic === undefined) throw new Error(`a timeline tells about ${TIMELINE_TOPICS.join(', ')}`);
  return topic;
}

function applyOne({ client, namer }: ScenarioWorld, object: KubernetesObject): string {
  const isNamespaced = findKind(object.apiVersion, object.kind)?.namespaced !== false;
  const metadata = { ...(isNamespaced ? { namespace: NAMESPACE } : {}), ...object.metadata };
  const applied = client.apply({ ...object, metadata }, { fieldManager: 'kubectl', force: true });
  return `${object.kind.toLowerCase()}/${namer.nameOf(applied.object)} ${applied.action}`;
}

/** `deployment/web`, with the short names that kubectl knows. */
function referenceOf(world: ScenarioWorld, target: string): ObjectReference {
  const [kindName = '', shown = ''] = target.split('/');
  const kind = findKindByName(kindName);
  if (kind === undefined) throw new Error(`there is no kind ${kindName}`);
  const name = world.namer.rawName(shown);
  const { apiVersion } = kind;
  return { apiVersion, kind: kind.kind, name, ...(kind.namespaced ? { namespace: NAMESPACE } : {}) };
}

function podTemplateOf(object: StoredObject | undefined): Pod['spec'] {
  const spec = object?.['spec'] as { readonly template?: { readonly spec?: Pod['spec'] } } | undefined;
  return spec?.template?.spec;
}

function deleteOptionsOf(options: readonly string[]): DeleteOptions {
  const policies = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;
  const settings = settingsOf(options);
  const policy = Object.entries(policies).find(([name]) => name === settings['cascade'])?.[1];
  const grace = settings['grace'];
  return {
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
  };
}

function settingsOf(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf('=');
      return [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

const AMOUNTS = new Set(['cpu', 'memory', 'pods']);

function changeNode(world: ScenarioWorld, verb: string, name: string, words: readonly string[]): string {
  const { client, nodes } = world;
  const reference = { apiVersion: 'v1', kind: 'Node', name };
  switch (verb) {
    case 'add': {
      const settings = Object.entries(settingsOf(words));
      const amounts = Object.fromEntries(settings.filter(([key]) => AMOUNTS.has(key)));
      nodes.add(name, Object.fromEntries(settings.filter(([key]) => !AMOUNTS.has(key))), amounts);
      return '';
    }
    case 'remove':
      nodes.remove(name);
      return '';
    case 'lose':
      nodes.fallSilent(name);
      return '';
    case 'return':
      nodes.answer(name);
      return '';
    case 'image': {
      const [image = '', megabytes = ''] = words;
      nodes.addImage(name, image, Number(megabytes) * 1024 * 1024);
      return '';
    }
    case 'cordon':
    case 'uncordon':
      client.patch(reference, 'merge', { spec: { unschedulable: verb === 'cordon' } });
      return '';
    case 'label':
      client.patch(reference, 'merge', { metadata: { labels: settingsOf(words) } });
      return '';
    case 'taint': {
      const [, key = '', value = '', effect = ''] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(words[0] ?? '') ?? [];
      const taints = client.get('Node', { name })?.spec?.taints ?? [];
      const added = [...taints, { key, value, effect }];
      client.patch(reference, 'merge', { spec: { taints: added } } as unknown as JsonValue);
      return '';
    }
    case 'untaint': {
      const taints = (client.get('Node', { name })?.spec?.taints ?? []).filter(({ key }) => key !== words[0]);
      client.patch(reference, 'merge', { spec: { taints } } as unknown as JsonValue);
      return '';
    }
    default:
      throw new Error(`a node is added, removed, lost, … and not ${verb}`);
  }
}

function podNamed({ client, namer }: ScenarioWorld, shown: string): Pod {
  const pod = client.get('Pod', { namespace: NAMESPACE, name: namer.rawName(shown) });
  if (pod === undefined) throw new Error(`there is no pod ${shown}`);
  return pod;
}

/** On a pretended node by its agent; on the box by killing the processes. */
function changePod(world: ScenarioWorld, verb: string, shown: string, code: number): string {
  const { nodes, simulated } = world;
  const pod = podNamed(world, shown);
  if (verb === 'ready' || verb === 'unready') nodes.setReady(pod, verb === 'ready');
  else if (verb === 'end') nodes.end(pod, code);
  else if (verb === 'restarts') nodes.setRestarts(pod, code);
  else if (verb === 'unknown') nodes.setUnknown(pod);
  else if (verb === 'crash') {
    for (const container of simulated.engine.containers()) {
      if (container.pod.uid === pod.metadata.uid) simulated.engine.killContainer(container.id, code);
    }
  } else throw new Error(`a pod is ready, unready, crashes or ends, and does not ${verb}`);
  return '';
}

/** Tags that nobody pulled are there of each image that was on the box before. */
function isOfNote(image: string): boolean {
  return !/:(2|latest)$/.test(image);
}

function show(world: ScenarioWorld, what: string, words: readonly string[]): string {
  if (what === 'status') return showStatus(world);
  if (what === 'events') return showEvents(world, words[0]);
  if (what === 'placement') return showPlacement(world);
  if (what === 'processes') return showProcesses(world);
  if (what === 'images') return world.simulated.engine.imageNames().filter(isOfNote).join(' ');
  if (what === 'endpoints-of') return showEndpoints(world, words[0] ?? '');
  if (what === 'conditions') return showConditions(world, world.client.getObject(referenceOf(world, words[0] ?? '')));
  if (what.includes('/')) {
    const object = world.client.getObject(referenceOf(world, what));
    if (!isJsonObject(object)) return 'not found';
    return showFields(world, object, words);
  }
  const kind = findKindByName(what);
  if (kind === undefined) throw new Error(`there is no kind ${what}`);
  return showObjects(world, kind, words);
}
