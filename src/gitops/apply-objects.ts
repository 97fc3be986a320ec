import { type ApiError, isApiError } from '../api/api-error.ts';
import type { ApplyConflict, Client } from '../api/client.ts';
import { AssertionError } from '../lib/assert.ts';
import { type Clock, yieldTurn } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import type { Inherits } from '../objects/ownership/inherit-fields.ts';
import type { KubernetesObject, StoredObject } from '../objects/types.ts';
import {
  applicationOf,
  type Change,
  type ChangeProblem,
  compareForApply,
  diffObjects,
  FINISHED_REASON,
  fieldManagerOf,
  readPolicies,
} from '../plan/index.ts';
import type { DeclaredObject } from './application.ts';
import { listOwners, releaseObject } from './application-ownership.ts';
import { dataAtStake } from './data-at-stake.ts';
import { describeRefusal } from './describe-refusal.ts';
import { findFinished } from './finished-jobs.ts';
import type { GitopsState } from './gitops-state.ts';
import { isKubectlEdit, KEPT_OF_KUBECTL } from './kubectl-edits.ts';
import { declaredReplicas, isAutoscaled, isReplicasAsApplied } from './scaled-replicas.ts';

export interface ApplyObjectsOptions {
  readonly client: Client;
  readonly state: GitopsState;
  readonly clock: Clock;
  readonly application: string;
  /** Any order. */
  readonly objects: readonly DeclaredObject[];
  /** `plan` computes the very same result and writes nothing. */
  readonly mode: 'plan' | 'apply';
  /** Carries out one turn of an apply; default: as a transaction. */
  readonly write?: <T>(turn: () => T) => T;
  /** Namespaces that other applications of the same commit make: a plan takes those that are missing as being there. */
  readonly otherNamespaces?: readonly DeclaredObject[];
  /**
   * Whether another application still declares an object: then a field that it owns is a conflict, else its ownership
   * passes on.
   */
  readonly isDeclaredBy: (application: string, key: string) => boolean;
  /** Object keys whose live state may differ from what was applied although their manifest did not change. */
  readonly isDirty: (key: string) => boolean;
  /** Whether every object is replaced where a field changes that may not; else those whose own annotation says so. */
  readonly isForced?: boolean | undefined;
}

export interface ApplyObjectsResult {
  /** In the order of applying; without the objects that were known to be unchanged. */
  readonly changes: readonly Change[];
  readonly problems: readonly ChangeProblem[];
  /**
   * The objects that it was worth looking at; of the others the manifest is the one that was applied last, and nobody
   * touched them since.
   */
  readonly considered: readonly DeclaredObject[];
}

/** What decides on whether and how other objects are admitted. They are the first to be applied. */
const FOUNDATIONS: ReadonlySet<string> = new Set([
  'Namespace',
  'ResourceQuota',
  'LimitRange',
  'StorageClass',
  'PriorityClass',
]);

/**
 * Applies objects, or plans it: the diff is the live object against the result of applying, so that a plan never says
 * anything else than what then happens. The work is done in turns; each turn is one transaction, in which an object and
 * its inventory entry are written together. A plan needs what the same commit says of all that comes after: each of its
 * turns applies that first.
 */
export async function applyObjects(options: ApplyObjectsOptions): Promise<ApplyObjectsResult> {
  const { clock, client, mode, otherNamespaces = [] } = options;
  const write = options.write ?? (<T>(turn: () => T) => client.transaction(turn));
  const pending = options.objects
    .filter((declared) => needsApply(options, declared))
    .sort((a, b) => compareForApply(a.id, b.id));
  const foundations = mode === 'plan' ? pending.filter(({ id }) => FOUNDATIONS.has(id.kind)) : [];
  const changes: Change[] = [];
  const problems: ChangeProblem[] = [];
  const replaced: DeclaredObject[] = [];
  const note = (outcome: Change | readonly ChangeProblem[]) => {
    if ('action' in outcome) changes.push(outcome);
    else problems.push(...outcome);
  };
  for (let next = 0; next < pending.length; ) {
    const turn = () => {
      const endMs = clock.monotonicMs() + LIMITS.turnMs;
      for (const namespace of otherNamespaces) if (!client.getObject(namespace.id)) tryApply(options, namespace);
      // They come first, so that those of the turns before are the first of them.
      for (const foundation of foundations.slice(0, next)) tryApply(options, foundation);
      do {
        const declared = pending[next++];
        if (declared === undefined) break;
        const outcome = tryApply(options, declared);
        // What is deleted and made anew takes two transactions: watchers must see that the old one has gone.
        if (outcome === 'replace' && mode === 'apply') replaced.push(declared);
        else
          note(outcome === 'replace' ? replaceObject(options, declared, (body) => client.transaction(body)) : outcome);
      } while (replaced.length === 0 && clock.monotonicMs() < endMs);
    };
    if (mode === 'plan') client.dryRun(turn);
    else write(turn);
    for (const declared of replaced.splice(0)) note(replaceObject(options, declared, write));
    // Nothing after the last turn: what was applied is told before the controllers begin to act on it.
    if (next < pending.length) await yieldTurn(clock);
  }
  return { changes, problems, considered: pending };
}

/**
 * What is wrong with the valid objects of a commit that has errors elsewhere, so that all problems are reported at
 * once. What they merely miss may be what an invalid one declares.
 */
export async function findRefusals(
  options: Omit<ApplyObjectsOptions, 'mode' | 'write'>,
): Promise<readonly ChangeProblem[]> {
  const { problems } = await applyObjects({ ...options, mode: 'plan' });
  return problems.filter(({ code }) => code !== 'NotFound');
}

/**
 * "An equal digest needs no apply", unless the object was touched since or its entry belongs to another application.
 */
function needsApply(options: ApplyObjectsOptions, { key, digest }: DeclaredObject): boolean {
  if (options.isDirty(key)) return true;
  return options.state.getInventoryEntry(options.application, key)?.digest !== digest;
}

/** `replace`: only deleting it first helps, and that is wanted. */
function tryApply(
  options: ApplyObjectsOptions,
  declared: DeclaredObject,
): Change | readonly ChangeProblem[] | 'replace' {
  try {
    return options.client.transaction(() => applyOne(options, declared));
  } catch (error) {
    if (!isApiError(error)) throw error;
    if (isReplaced(options, declared, error)) return 'replace';
    return describeRefusal(declared, error, options.client.getObject(declared.id));
  }
}

/**
 * "`force`: recreate resources when patching fails due to an immutable field change" (Flux, Kustomization), "objects
 * annotated or labelled with `kustomize.toolkit.fluxcd.io/force: enabled`", declared or live. Whatever else is wrong
 * would be wrong with the new object as well.
 */
function isReplaced({ client, isForced }: ApplyObjectsOptions, declared: DeclaredObject, error: ApiError): boolean {
  if (error.problems.length === 0 || error.problems.some(({ code }) => code !== 'FieldImmutable')) return false;
  const live = client.getObject(declared.id);
  if (live === undefined) return false;
  return isForced === true || readPolicies(declared.decode()).force || readPolicies(live).force;
}

/**
 * Deletes an object "with background propagation" (Flux, `ssa.ResourceManager`), so that what it owned goes with it,
 * and makes it anew. One that finalizers or a grace period hold is made as soon as it has gone: its going is a drift of
 * what is declared.
 */
function replaceObject(
  options: ApplyObjectsOptions,
  declared: DeclaredObject,
  write: <T>(body: () => T) => T,
): Change | readonly ChangeProblem[] {
  const { client } = options;
  const { id, origin } = declared;
  const live = client.getObject(id);
  if (live === undefined) return outcomeOf(write(() => tryApply(options, declared)));
  const object = declared.decode();
  const reason = [IMMUTABLE_REASON, dataAtStake(client, live)].filter((part) => part !== undefined).join('; ');
  const change: Change = { action: 'replaced', id, fields: diffObjects(live, object), ceded: [], origin, reason };
  try {
    write(() => client.delete(id, { propagationPolicy: 'Background', preconditions: { uid: live.metadata.uid } }));
  } catch (error) {
    if (!isApiError(error)) throw error;
    return describeRefusal(declared, error, live);
  }
  if (client.getObject(id) !== undefined) return { ...change, reason: `${reason}; as soon as the old one has gone` };
  const outcome = outcomeOf(write(() => tryApply(options, declared)));
  return 'action' in outcome ? change : outcome;
}

const IMMUTABLE_REASON = 'a field changes that may not, and `force` is set';

function outcomeOf(outcome: ReturnType<typeof tryApply>): Change | readonly ChangeProblem[] {
  if (outcome === 'replace')
    throw new AssertionError('an object that does not exist has no fields that may not change');
  return outcome;
}

function applyOne(options: ApplyObjectsOptions, declared: DeclaredObject): Change {
  const { client, application } = options;
  const { id, origin } = declared;
  const object = declared.decode();
  const live = client.getObject(id);
  const policies = readPolicies(object);
  const skip = (reason: string): Change => ({ action: 'skipped', id, fields: [], ceded: [], origin, reason });
  if (!policies.isClusterObject) return skip('it is marked config.kubernetes.io/local-config');
  if (policies.apply === 'ignore') return skip('its annotations switch applying off');
  if (policies.apply === 'if-not-present' && live !== undefined)
    return skip('it exists, and ssa: IfNotPresent leaves it alone');
  if (live === undefined && isFinished(options, declared)) return skip(FINISHED_REASON);

  const {
    object: applied,
    action,
    ceded,
  } = client.apply(object, {
    fieldManager: fieldManagerOf(application),
    resolveConflict: (conflict) => resolveConflict(options, declared, conflict),
    inheritsFrom: inheritanceOf(options, declared, [object, live]),
  });
  const result = takeOver(options, declared, live, applied);
  rememberApplied(options, declared, result);
  const isConfigured = action === 'configured' || result !== applied;
  return {
    action: isConfigured && action !== 'created' ? 'configured' : action,
    id,
    fields: isConfigured && live !== undefined ? diffObjects(live, result) : [],
    ceded: ceded.map(({ field, manager }) => `${field} (${manager})`),
    origin,
  };
}

/**
 * Whether a Job that is gone has done what its manifest asks for, for this application or for one that does not declare
 * it any more.
 */
function isFinished(
  { client, state, application, isDeclaredBy }: ApplyObjectsOptions,
  declared: DeclaredObject,
): boolean {
  if (declared.id.kind !== 'Job') return false;
  if (findFinished({ client, state }, application, declared) !== undefined) return true;
  const { key } = declared;
  const others = state.listApplications().filter(({ name }) => name !== application && !isDeclaredBy(name, key));
  const before = others.find(({ name }) => findFinished({ client, state }, name, declared) !== undefined);
  const entry = before === undefined ? undefined : state.getInventoryEntry(before.name, key);
  if (before === undefined || entry === undefined) return false;
  state.putInventoryEntry(application, key, entry);
  state.deleteInventoryEntry(before.name, key);
  return true;
}

/** An object that other applications applied and do not declare any more has moved here: what they owned of it ends. */
function takeOver(
  { client, state, application, isDeclaredBy }: ApplyObjectsOptions,
  { key, id }: DeclaredObject,
  live: StoredObject | undefined,
  applied: StoredObject,
): StoredObject {
  let object = applied;
  for (const owner of live === undefined ? [] : listOwners(live)) {
    if (owner === application || isDeclaredBy(owner, key)) continue;
    if (listOwners(object).includes(owner)) object = releaseObject(client, owner, id);
    state.deleteInventoryEntry(owner, key);
  }
  return object;
}

/**
 * What is declared alone says what an object is: what applications that do not declare it any more applied, and what
 * people have added with kubectl, goes.
 */
function inheritanceOf(
  options: ApplyObjectsOptions,
  declared: DeclaredObject,
  objects: readonly (KubernetesObject | undefined)[],
): Inherits {
  const isMerged = objects.some((object) => object !== undefined && readPolicies(object).isMerged);
  return ({ manager, operation }) => {
    if (operation === 'Apply' && isHandedOver(options, declared, manager)) return { except: [] };
    return !isMerged && isKubectlEdit(manager) ? { except: KEPT_OF_KUBECTL } : undefined;
  };
}

/** Whether a field manager is an application that does not declare the object any more. */
function isHandedOver(
  { application, isDeclaredBy }: ApplyObjectsOptions,
  { key }: DeclaredObject,
  manager: string,
): boolean {
  const owner = applicationOf(manager);
  return owner !== undefined && owner !== application && !isDeclaredBy(owner, key);
}

function rememberApplied(
  { state, application }: ApplyObjectsOptions,
  declared: DeclaredObject,
  object: StoredObject,
): void {
  const { key, id, digest } = declared;
  const known = state.getInventoryEntry(application, key);
  const uid = object.metadata.uid;
  const replicas = declaredReplicas(declared);
  if (known?.digest === digest && known.uid === uid && known.replicas === replicas) return;
  const { namespace } = id;
  state.putInventoryEntry(application, key, {
    apiVersion: id.apiVersion,
    kind: id.kind,
    name: id.name,
    ...(namespace === undefined ? {} : { namespace }),
    digest,
    uid,
    ...(replicas === undefined ? {} : { replicas }),
  });
}

/** Managers that set fields because it is their job: what Git says there gives way to them. */
const CONTROLLER_MANAGER = /(?:-controller|-controller-manager|^horizontal-pod-autoscaler|^kubelet|^kube-scheduler)$/;

/**
 * "Fields that Git sets and somebody else changed: by a controller manager → ceded; by a person → drift, forced back;
 * by another application → FieldConflict", unless that application does not declare the object any more: then it has
 * moved here.
 *
 * What was set through the scale subresource stays while an autoscaler has the object as its target. Otherwise what a
 * person scaled stays until Git says another number, and what an autoscaler left behind gives way to Git's.
 */
function resolveConflict(
  options: ApplyObjectsOptions,
  declared: DeclaredObject,
  { manager, subresource }: ApplyConflict,
): 'take' | 'cede' | 'fail' {
  const { client, objects, isDeclaredBy } = options;
  const owner = applicationOf(manager);
  if (owner !== undefined) return isDeclaredBy(owner, declared.key) ? 'fail' : 'take';
  const isController = CONTROLLER_MANAGER.test(manager);
  if (subresource !== 'scale') return isController ? 'cede' : 'take';
  if (isAutoscaled(client, objects, declared.id)) return 'cede';
  return !isController && isScaledSinceApplied(options, declared) ? 'cede' : 'take';
}

/**
 * Whether Git's number is the one that was applied last, by this application or by the one that the object moves here
 * from.
 */
function isScaledSinceApplied({ client, state, application }: ApplyObjectsOptions, declared: DeclaredObject): boolean {
  const { key, id, digest } = declared;
  const live = client.getObject(id);
  const appliers = [application, ...(live === undefined ? [] : listOwners(live))];
  const replicas = declaredReplicas(declared);
  const entries = appliers.map((one) => state.getInventoryEntry(one, key));
  return isReplicasAsApplied(
    entries.find((entry) => entry !== undefined),
    digest,
    replicas,
  );
}
