import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { jsonEqual } from '../../lib/json.ts';
import type { Pod, StatefulSet } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';
import { ownerKeysOf } from '../ownership/list-candidates.ts';
import { claimPods, podsOf } from '../ownership/owned-pods.ts';
import type { PodTemplate } from '../pods/new-pod.ts';
import { applyUntilRefused, type RefusedChange, refusedChange } from '../pods/refused-change.ts';
import { applyRevisions, cleanUpRevisions, decideRevisions, REVISION_KIND } from '../revisions/apply-revisions.ts';
import { revisionOf, templateOf } from '../revisions/compute-revisions.ts';
import { computeStatefulSet, ordinalRange, type StatefulSetAction } from './compute-stateful-set.ts';
import { type ReportClaim, StatefulClaims } from './stateful-claims.ts';
import { identityLabels, newStatefulPod, ordinalOf, placeOf, podNameOf } from './stateful-identity.ts';
import { computeStatefulSetStatus } from './stateful-set-status.ts';

/** Keeps pods with a stable name and storage, in order. */
export class StatefulSetController implements Controller {
  readonly name = 'statefulset-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #claims: StatefulClaims;

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
    this.#claims = new StatefulClaims(client);
    this.watches = [
      { kind: 'StatefulSet', keysOf: (set) => [keyOf(set)] },
      {
        kind: 'Pod',
        keysOf: (pod, previous, change) => [
          ...ownerKeysOf(client, 'StatefulSet', pod, previous),
          ...(change === 'deleted' ? this.#keysOfFreedName(pod) : []),
        ],
      },
      {
        kind: 'PersistentVolumeClaim',
        // A pod may wait for it to be gone, or to be made anew.
        keysOf: (claim, _previous, change) => (change === 'deleted' ? this.#claims.setsOf(claim).map(keyOf) : []),
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const set = this.#client.get('StatefulSet', parseKey(key));
    if (set === undefined) return {};
    const nowMs = this.#clock.wallMs();
    // A set takes only pods whose name is one of its own.
    claimPods(this.#client, set, { isMember: (pod) => ordinalOf(set, pod.metadata.name) !== undefined });
    const template = set.spec?.template ?? {};
    const collisions = set.status?.collisionCount ?? 0;
    const isGoing = set.metadata.deletionTimestamp !== undefined;
    const revisions = isGoing
      ? { actions: [], updateRevision: set.status?.updateRevision ?? '', collisionCount: collisions }
      : decideRevisions(this.#client, {
          owner: set,
          template,
          selector: set.spec?.selector,
          collisionCount: collisions,
        });
    applyRevisions(this.#client, revisions.actions);
    const { updateRevision, collisionCount } = revisions;
    // "If there is no current revision, this is the first one" (getStatefulSetRevisions).
    const currentRevision = this.#isKnown(set, set.status?.currentRevision) ?? updateRevision;

    const pods = podsOf(this.#client, set);
    const held = this.#claims.held(set, pods);
    const actions =
      updateRevision === '' ? [] : computeStatefulSet({ set, pods, currentRevision, updateRevision, held, nowMs });
    // Before a pod goes: a claim that is to go with it has to be its own by then.
    const refusedClaim = isGoing ? undefined : this.#keepIdentities(set, pods);
    if (!isGoing) this.#claims.retain(set, pods, this.#reportTo(set));
    const refused = this.#apply(set, actions) ?? refusedClaim;
    const podsAfter = actions.length === 0 ? pods : podsOf(this.#client, set);
    const names = { currentRevision, updateRevision };
    const { status, requeueAfterMs } = computeStatefulSetStatus({
      set,
      pods: podsAfter,
      ...names,
      collisionCount,
      refused,
      nowMs,
    });
    writeStatus(this.#client, set, status);
    const inUse = new Set([status.currentRevision ?? '', updateRevision, ...podsAfter.map(revisionOf)]);
    cleanUpRevisions(this.#client, set, { inUse });
    return {
      ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
      ...(refused === undefined ? {} : { failure: refused.cause }),
    };
  }

  /**
   * A pod that the set does not own holds up the one of its name until it goes, such as one that was relabelled by
   * hand. Kubernetes leaves this to the back-off of the refused creation ("No controller should care about orphans
   * being deleted", deletePod), which grows to 1000 seconds.
   */
  #keysOfFreedName({ metadata: { namespace, name } }: Pod): readonly string[] {
    const setName = placeOf(name)?.setName;
    const set = setName === undefined ? undefined : this.#client.get('StatefulSet', { namespace, name: setName });
    return set === undefined ? [] : [keyOf(set)];
  }

  #isKnown({ metadata }: StatefulSet, name: string | undefined): string | undefined {
    if (name === undefined || name === '') return undefined;
    return this.#client.getObject({ ...REVISION_KIND, namespace: metadata.namespace, name })?.metadata.name;
  }

  #apply(set: StatefulSet, actions: readonly StatefulSetAction[]): RefusedChange | undefined {
    const refused = applyUntilRefused(actions, (action) => this.#applyOne(set, action));
    if (refused === undefined) return undefined;
    const { action, cause } = refused;
    const isCreation = action.type === 'createPod';
    const what = `${isCreation ? 'create' : 'delete'} Pod ${podNameOf(set, action.ordinal)}`;
    const event = `${what} in StatefulSet ${set.metadata.name} failed error: ${cause.message}`;
    const reason = isCreation ? 'FailedCreate' : 'FailedDelete';
    // "Sink already exists errors" (CreateStatefulPod): somebody else has the name, and will be waited for.
    if (cause.reason !== 'AlreadyExists') this.#record(set, 'Warning', reason, event);
    return { reason, event, cause };
  }

  #applyOne(set: StatefulSet, action: StatefulSetAction): void {
    const where = `Pod ${podNameOf(set, action.ordinal)} in StatefulSet ${set.metadata.name} successful`;
    if (action.type === 'createPod') {
      this.#createPod(set, action.ordinal, action.revision);
      return this.#record(set, 'Normal', 'SuccessfulCreate', `create ${where}`);
    }
    this.#client.delete(referenceTo(action.pod));
    this.#record(set, 'Normal', 'SuccessfulDelete', `delete ${where}`);
  }

  #createPod(set: StatefulSet, ordinal: number, revision: string): void {
    this.#createClaims(set, ordinal);
    const template = this.#templateOf(set, revision);
    this.#client.create(newStatefulPod(set, ordinal, { name: revision, template }));
  }

  #createClaims(set: StatefulSet, ordinal: number): void {
    this.#claims.create(set, ordinal, this.#reportTo(set));
  }

  #reportTo(set: StatefulSet): ReportClaim {
    return (type, reason, message) => this.#record(set, type, reason, message);
  }

  /**
   * "UpdateStatefulPod: if the Pod does not conform to the StatefulSet's identity it is updated"; "if the Pod is in
   * pending state then trigger PVC creation to create missing PVCs" (stateful_set_control, processReplica). Returns why
   * a claim was refused.
   */
  #keepIdentities(set: StatefulSet, pods: readonly Pod[]): RefusedChange | undefined {
    const { start, end } = ordinalRange(set);
    let refused: RefusedChange | undefined;
    for (const pod of pods) {
      const ordinal = ordinalOf(set, pod.metadata.name);
      const isWanted = ordinal !== undefined && ordinal >= start && ordinal < end;
      if (!isWanted || pod.metadata.deletionTimestamp !== undefined) continue;
      if (pod.status?.phase === 'Pending') refused ??= this.#completeClaims(set, ordinal);
      const labels = identityLabels(pod.metadata.labels ?? {}, pod.metadata.name, ordinal);
      if (jsonEqual(labels, pod.metadata.labels)) continue;
      this.#client.update({ ...pod, metadata: { ...pod.metadata, labels } });
      const message = `update Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
      this.#record(set, 'Normal', 'SuccessfulUpdate', message);
    }
    return refused;
  }

  #completeClaims(set: StatefulSet, ordinal: number): RefusedChange | undefined {
    const refused = applyUntilRefused([ordinal], () => this.#createClaims(set, ordinal));
    return refused && refusedChange(refused.cause, { isCreation: true });
  }

  #templateOf(set: StatefulSet, revision: string): PodTemplate {
    const { namespace } = set.metadata;
    const stored = this.#client.getObject({ ...REVISION_KIND, namespace, name: revision });
    return (stored === undefined ? undefined : templateOf(stored)) ?? set.spec?.template ?? {};
  }

  #record(regarding: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#client.recordEvent({ regarding, type, reason, message, component: this.name });
  }
}
