import type { Client } from '../api/client.ts';
import type { ProbeSockets } from '../host/probe-sockets.ts';
import type { VolumeFiles } from '../host/volume-files.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Pod } from '../objects/types.ts';
import type { RegistryCredentials, Runtime } from '../runtime/runtime.ts';
import type { PodAdmission } from './admission/pod-admission.ts';
import type { ConfigSources } from './environment/config-sources.ts';
import type { DownwardContext } from './environment/field-value.ts';
import type { ImageManager } from './images/image-manager.ts';
import type { DnsSettings } from './pod-dns.ts';
import type { PodSecurityPolicy } from './pod-security.ts';
import type { ProbeManager } from './probes/probe-manager.ts';
import type { RuntimeCache } from './runtime-cache.ts';
import type { StorageSources } from './volumes/claimed-volume.ts';

/** What is the same for every pod of the node. */
export interface NodeSettings {
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly dns: DnsSettings;
  readonly policy: PodSecurityPolicy;
}

/** What a pod's worker works with. */
export interface WorkerContext {
  readonly client: Client;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly cache: RuntimeCache;
  readonly admission: Pick<PodAdmission, 'judge'>;
  readonly images: ImageManager;
  readonly probes: ProbeManager;
  readonly sockets: ProbeSockets;
  readonly volumeFiles: VolumeFiles;
  readonly settings: NodeSettings;
  /** The node's own credentials for an image, such as those of Docker's `config.json`. */
  readonly nodeCredentials: (image: string) => Promise<readonly RegistryCredentials[]>;
  /** Capacity of the node; `undefined` until the engine has answered once. */
  readonly capacity: () => { readonly memoryBytes: number; readonly allocatable: Readonly<Record<string, string>> };
  /** Berth ends: what still comes back from the engine is not recorded any more. */
  readonly isStopped: () => boolean;
  /** Whether engine calls make sense now. */
  readonly isEngineUp: () => boolean;
  /** An engine call has failed in a way that says that the engine, or what is known of it, is not to be trusted. */
  readonly onEngineTrouble: (error: unknown) => void;
}

/** Reports something about a pod, in the kubelet's name. */
export function recordPodEvent(
  { client, isStopped }: Pick<WorkerContext, 'client' | 'isStopped'>,
  pod: Pod,
  event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  container?: { readonly name: string },
): void {
  if (isStopped()) return;
  const fieldPath = container === undefined ? {} : { fieldPath: fieldPathOf(pod, container.name) };
  client.recordEvent({ regarding: pod, component: 'kubelet', ...event, ...fieldPath });
}

function fieldPathOf(pod: Pod, name: string): string {
  const isInit = (pod.spec?.initContainers ?? []).some((container) => container.name === name);
  return `spec.${isInit ? 'initContainers' : 'containers'}{${name}}`;
}

/** The objects of the pod's namespace, as they are now. */
export function sourcesOf({ client }: Pick<WorkerContext, 'client'>, pod: Pod): ConfigSources {
  const { namespace = 'default' } = pod.metadata;
  return {
    configMap: (name) => client.get('ConfigMap', { namespace, name }),
    secret: (name) => client.get('Secret', { namespace, name }),
    services: () => client.list('Service', { namespace }),
  };
}

/** Where the pod's claims lead, as things are now. */
export function storageOf({ client }: Pick<WorkerContext, 'client'>, pod: Pod): StorageSources {
  const { namespace = 'default' } = pod.metadata;
  return {
    claim: (name) => client.get('PersistentVolumeClaim', { namespace, name }),
    persistentVolume: (name) => client.get('PersistentVolume', { name }),
  };
}

export function downwardOf(context: WorkerContext, podIp: string): DownwardContext {
  return { hostIp: context.settings.nodeIp, podIp, allocatable: context.capacity().allocatable };
}
