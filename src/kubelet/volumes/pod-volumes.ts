import type { VolumePlace } from '../../host/volume-files.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Pod } from '../../objects/types.ts';
import type { Mount } from '../../runtime/runtime.ts';
import { MissingConfigError } from '../environment/config-sources.ts';
import { type Container, specOf } from '../observed-pod.ts';
import { hostPathProblem, permissionsOf } from '../pod-security.ts';
import type { VolumesState } from '../pod-snapshot.ts';
import { type BackoffEntry, raiseBackoff } from '../restart-backoff.ts';
import { storagePlaceOf } from '../storage/storage-place.ts';
import { downwardOf, recordPodEvent, sourcesOf, storageOf, type WorkerContext } from '../worker-context.ts';
import type { ClaimedVolume } from './claimed-volume.ts';
import { computeMounts } from './compute-mounts.ts';
import { computeVolumes, type VolumePlan } from './compute-volumes.ts';
import { computeHostsFile } from './hosts-file.ts';

/** Below it, in both areas, each pod has a folder named after its uid. */
export const PODS_FOLDER = 'pods';

/** Where all files of a pod lie. */
export function podPlaces(podUid: string): readonly VolumePlace[] {
  return [
    { area: 'disk', path: `${PODS_FOLDER}/${podUid}` },
    { area: 'memory', path: `${PODS_FOLDER}/${podUid}` },
  ];
}

/** Where the volumes of a pod lie, without what its dead containers left behind. */
export function volumePlaces(podUid: string): readonly VolumePlace[] {
  return [
    { area: 'disk', path: `${PODS_FOLDER}/${podUid}/volumes` },
    { area: 'memory', path: `${PODS_FOLDER}/${podUid}` },
  ];
}

export function lastWordsPlace(podUid: string, containerName: string, attempt: number): VolumePlace {
  return { area: 'disk', path: `pods/${podUid}/containers/${containerName}/${attempt}.log` };
}

/** The volumes and other files of one pod. Used by its worker only, one call at a time. */
export class PodVolumes {
  readonly #context: WorkerContext;
  #state: VolumesState | undefined;
  #failures: BackoffEntry | undefined;
  #hostsText = '';
  /** Something that the volumes come from may have changed. */
  #isDirty = true;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  get state(): VolumesState {
    return this.#state ?? { type: 'ready' };
  }

  markDirty(): void {
    this.#isDirty = true;
  }

  /**
   * Brings the volumes up to date with the objects that they come from, when one of those may have changed. Once ready
   * they stay so: a ConfigMap that goes away under a running pod leaves its files, as the kubelet has it.
   */
  async sync(pod: Pod): Promise<void> {
    const { clock } = this.#context;
    const isRetry = this.#state?.type === 'failed' && this.#state.retryAtMs <= clock.monotonicMs();
    if (!this.#isDirty && !isRetry) return;
    this.#isDirty = false;
    try {
      const input = {
        pod,
        sources: { ...sourcesOf(this.#context, pod), ...storageOf(this.#context, pod) },
        downward: downwardOf(this.#context, pod.status?.podIP ?? ''),
      };
      // The kubelet mounts each volume by itself: under a running pod one that has lost its source does not hold up the
      // others.
      const plans = computeVolumes(input, { skipsMissing: this.#state?.type === 'ready' });
      if (plans.length > 0) await this.#context.client.durable();
      await Promise.all(plans.map((plan) => this.#apply(pod, plan)));
      this.#state = { type: 'ready' };
      this.#failures = undefined;
    } catch (error) {
      this.#fail(pod, error);
    }
  }

  #fail(pod: Pod, error: unknown): void {
    const message = messageOf(error);
    if (error instanceof MissingConfigError) {
      if (this.#state?.type === 'ready') return;
      this.#state = { type: 'missing', message };
    } else {
      const nowMs = this.#context.clock.monotonicMs();
      this.#failures = raiseBackoff(this.#failures, nowMs, nowMs);
      this.#state = { type: 'failed', message, retryAtMs: nowMs + this.#failures.delayMs };
    }
    recordPodEvent(this.#context, pod, { type: 'Warning', reason: 'FailedMount', message });
  }

  async #apply(pod: Pod, plan: VolumePlan): Promise<void> {
    const { volumeFiles } = this.#context;
    const fsGroup = specOf(pod).securityContext?.fsGroup;
    const directory = { mode: 0o777, ...(fsGroup === undefined ? {} : { groupId: fsGroup }) };
    switch (plan.type) {
      case 'payload':
        await volumeFiles.writePayload(plan.place, plan.files, fsGroup);
        return;
      case 'emptyDir':
        await volumeFiles.makeDirectory(plan.place, directory);
        return;
      case 'memoryDir':
        await volumeFiles.mountMemory(plan.place, {
          ...directory,
          ...(plan.sizeBytes === undefined ? {} : { sizeBytes: plan.sizeBytes }),
        });
        return;
      case 'hostPath':
        await this.#checkHostPath(pod, plan);
        return;
      case 'claimed':
        await this.#checkClaimed(pod, plan);
    }
  }

  /**
   * A folder of Berth's own has to be there: were it made anew, what was in it would be lost without a word. Any other
   * path is judged as a hostPath is.
   */
  async #checkClaimed(pod: Pod, { claimed }: VolumePlan & { readonly type: 'claimed' }): Promise<void> {
    const { volumeFiles } = this.#context;
    const { volumeName, path, pathType } = claimed;
    const place = claimed.place ?? storagePlaceOf(volumeFiles, path);
    if (place === undefined) {
      const hostPath = await this.#checkHostPath(pod, { type: 'hostPath', name: volumeName, path, pathType });
      if (!claimed.isLocal) return;
      await this.#requireFolder(volumeName, hostPath);
      return this.#setGroup(pod, { hostPath }, claimed);
    }
    await this.#requireFolder(volumeName, volumeFiles.hostPath(place));
    await this.#setGroup(pod, place, claimed);
  }

  async #requireFolder(volumeName: string, path: string): Promise<void> {
    const { type } = await this.#context.volumeFiles.inspectHostPath(path);
    if (type === 'directory') return;
    const why = type === 'missing' ? 'does not exist' : 'is not a directory';
    throw new Error(`MountVolume.NewMounter initialization failed for volume "${volumeName}" : path "${path}" ${why}`);
  }

  /**
   * "fsGroup: a special supplemental group that applies to all containers in a pod. Some volume types allow the Kubelet
   * to change the ownership of that volume": local ones are of them, hostPath is not. As in the kubelet it is done when
   * a volume is mounted, and not for one that is only read.
   */
  async #setGroup(
    pod: Pod,
    place: VolumePlace | { readonly hostPath: string },
    { volumeName, readOnly }: ClaimedVolume,
  ): Promise<void> {
    const { volumeFiles, cache } = this.#context;
    const { fsGroup, fsGroupChangePolicy } = specOf(pod).securityContext ?? {};
    const isMounted = this.#state?.type === 'ready' || cache.pod(pod.metadata.uid).containers.length > 0;
    if (fsGroup === undefined || readOnly || isMounted) return;
    try {
      await volumeFiles.setGroup(place, fsGroup, { onlyOnRootMismatch: fsGroupChangePolicy === 'OnRootMismatch' });
    } catch (error) {
      const why = `MountVolume.SetUp failed for volume "${volumeName}" : ${messageOf(error)}`;
      throw new Error(why, { cause: error });
    }
  }

  /** The admission saw the path's text; what counts is where its links lead, which is returned. */
  async #checkHostPath(pod: Pod, plan: VolumePlan & { readonly type: 'hostPath' }): Promise<string> {
    const { volumeFiles, settings } = this.#context;
    const { name, path, pathType } = plan;
    const refuse = (why: string): never => {
      throw new Error(`MountVolume.SetUp failed for volume "${name}" : ${why}`);
    };
    const permissions = permissionsOf(settings.policy, pod.metadata.namespace ?? 'default');
    const found = await volumeFiles.inspectHostPath(path);
    const problem =
      hostPathProblem(path, permissions, settings.policy) ??
      hostPathProblem(found.realPath, permissions, settings.policy);
    if (problem !== undefined) return refuse(problem);
    const wanted = HOST_PATH_TYPES[pathType];
    if (wanted === undefined) return found.realPath;
    if (found.type === 'missing' && pathType.endsWith('OrCreate') && (wanted === 'directory' || wanted === 'file')) {
      await volumeFiles.createHostPath(path, wanted);
    } else if (found.type !== wanted) refuse(`hostPath type check failed: ${path} is not a ${wanted}`);
    return found.realPath;
  }

  /** The mounts of one container: its volumes, `/etc/hosts` and the file for its last words. */
  async mountsOf(
    pod: Pod,
    container: Container,
    attempt: number,
    podIp: string,
    environment: ReadonlyMap<string, string>,
  ): Promise<readonly Mount[]> {
    const { volumeFiles } = this.#context;
    const lastWords = lastWordsPlace(pod.metadata.uid, container.name, attempt);
    const [volumes, hosts] = await Promise.all([
      Promise.all(
        computeMounts(pod, container, environment, storageOf(this.#context, pod)).map(async (plan): Promise<Mount> => {
          const root = 'hostPath' in plan.source ? plan.source.hostPath : volumeFiles.hostPath(plan.source);
          const real = 'hostPath' in plan.source ? (await volumeFiles.inspectHostPath(root)).realPath : root;
          const hostPath = plan.subPath === undefined ? real : await volumeFiles.resolveSubPath(real, plan.subPath);
          return { hostPath, containerPath: plan.containerPath, readOnly: plan.readOnly };
        }),
      ),
      this.#hostsMount(pod, podIp),
      volumeFiles.writeFile(lastWords, '', 0o666),
    ]);
    const own: Mount[] = [...hosts];
    own.push({
      hostPath: volumeFiles.hostPath(lastWords),
      containerPath: container.terminationMessagePath ?? '/dev/termination-log',
      readOnly: false,
    });
    const taken = new Set(volumes.map(({ containerPath }) => containerPath));
    return [...volumes, ...own.filter(({ containerPath }) => !taken.has(containerPath))];
  }

  /** A pod in the host's network uses the host's own file, unless it asks for names of its own. */
  async #hostsMount(pod: Pod, podIp: string): Promise<readonly Mount[]> {
    const { hostNetwork, hostAliases = [] } = specOf(pod);
    if (hostNetwork === true && hostAliases.length === 0) return [];
    const { volumeFiles, settings } = this.#context;
    const place: VolumePlace = { area: 'disk', path: `pods/${pod.metadata.uid}/etc-hosts` };
    const text = computeHostsFile(pod, podIp, settings.dns);
    if (text !== this.#hostsText) {
      await volumeFiles.writeFile(place, text, 0o644);
      this.#hostsText = text;
    }
    return [{ hostPath: volumeFiles.hostPath(place), containerPath: '/etc/hosts', readOnly: false }];
  }
}

type HostPathType = 'directory' | 'file' | 'socket' | 'charDevice' | 'blockDevice';

const HOST_PATH_TYPES: Readonly<Record<string, HostPathType>> = {
  BlockDevice: 'blockDevice',
  CharDevice: 'charDevice',
  Directory: 'directory',
  DirectoryOrCreate: 'directory',
  File: 'file',
  FileOrCreate: 'file',
  Socket: 'socket',
};
