import type { Pod } from '../../objects/types.ts';
import type { ContainerState, SandboxState } from '../../runtime/runtime.ts';
import type { PodSnapshot } from '../pod-snapshot.ts';
import { containerSpecHash } from '../spec-hash.ts';

/** 2026-01-01T00:00:00Z. */
export const NOW_MS = Date.UTC(2026, 0, 1);

const identity = { namespace: 'default', name: 'web', uid: 'uid-1' };

type SnapshotParts = Partial<Omit<PodSnapshot, 'pod' | 'observed'>> & {
  readonly spec?: Partial<NonNullable<Pod['spec']>>;
  readonly status?: NonNullable<Pod['status']>;
  readonly metadata?: object;
  readonly sandboxes?: readonly SandboxState[];
  readonly containers?: readonly ContainerState[];
};

/**
 * A snapshot of a pod with one container `app`, nothing of which exists unless it is given. Both clocks show the same.
 */
export function snapshotOf(parts: SnapshotParts): PodSnapshot {
  const { spec, status, metadata, sandboxes = [], containers = [], ...rest } = parts;
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...identity, resourceVersion: '1', creationTimestamp: '2025-12-31T23:59:00Z', ...metadata },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
    ...(status === undefined ? {} : { status }),
  };
  return {
    pod,
    observed: { sandboxes, containers },
    probes: new Map(),
    backoff: new Map(),
    images: new Map(),
    blocks: new Map(),
    stopping: new Set(),
    failedHooks: new Map(),
    volumes: { type: 'ready' },
    endedAtMs: new Map(containers.map(({ id, finishedAtMs, createdAtMs }) => [id, finishedAtMs ?? createdAtMs])),
    sandboxRetryAtMs: 0,
    nowMs: NOW_MS,
    monotonicMs: NOW_MS,
    ...rest,
  };
}

export function sandboxOf(attempt: number, extra: Partial<SandboxState> = {}): SandboxState {
  const id = `sandbox-${attempt}`;
  return { id, pod: identity, attempt, running: true, ip: '10.0.0.5', createdAtMs: NOW_MS - 60_000, ...extra };
}

/** A running first attempt in the first sandbox, unless said otherwise; its id is `name-attempt`. */
export function containerOf(name: string, extra: Partial<ContainerState> = {}): ContainerState {
  return {
    id: `${name}-${extra.attempt ?? 0}`,
    pod: identity,
    sandboxId: 'sandbox-0',
    name,
    attempt: 0,
    image: 'app:1',
    imageId: 'sha256:1',
    specHash: containerSpecHash({ name, image: 'app:1' }),
    status: 'running',
    createdAtMs: NOW_MS - 60_000,
    startedAtMs: NOW_MS - 60_000,
    ...extra,
  };
}
