/** What an object's own annotations (or labels, as Flux reads both) ask of the GitOps loop. */
export interface ObjectPolicies {
  /** `false`: it stays when it is no longer declared. */
  readonly prune: boolean;
  /** `ignore`: never applied. `if-not-present`: applied once, then left alone. */
  readonly apply: 'always' | 'if-not-present' | 'ignore';
  /** `true`: what people add to it with kubectl stays. */
  readonly isMerged: boolean;
  /** `false`: it is not meant for a cluster at all and is not applied. */
  readonly isClusterObject: boolean;
  /** `true`: where a field may not change, the object is deleted and made anew. */
  readonly force: boolean;
}

const FLUX = 'kustomize.toolkit.fluxcd.io/';
/** Flux' word for "delete and make anew where a field may not change"; its value is `enabled`. */
const FORCE_ANNOTATION = `${FLUX}force`;

const DEFAULTS: ObjectPolicies = { prune: true, apply: 'always', isMerged: false, isClusterObject: true, force: false };

interface Annotated {
  readonly metadata?: {
    readonly annotations?: Readonly<Record<string, string>> | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
  };
}

/**
 * Reads the conventions of Flux (`prune`, `ssa`, `reconcile`, `force`), Argo CD (`sync-options: Prune=false`), Helm
 * (`resource-policy: keep`) and cli-utils (`deletion: detach`, `local-config`), without regard to case.
 */
export function readPolicies(object: Annotated): ObjectPolicies {
  const { annotations, labels } = object.metadata ?? {};
  if (annotations === undefined && labels === undefined) return DEFAULTS;
  const value = (name: string) => (annotations?.[name] ?? labels?.[name] ?? '').toLowerCase();
  const reconcileDisabled = value(`${FLUX}reconcile`) === 'disabled';
  return {
    prune: !(reconcileDisabled || keepsWhenRemoved(value)),
    apply: reconcileDisabled ? 'ignore' : readApplyPolicy(value(`${FLUX}ssa`)),
    isMerged: value(`${FLUX}ssa`) === 'merge',
    isClusterObject: value('config.kubernetes.io/local-config') !== 'true',
    force: value(FORCE_ANNOTATION) === 'enabled',
  };
}

function keepsWhenRemoved(value: (name: string) => string): boolean {
  return (
    value(`${FLUX}prune`) === 'disabled' ||
    value('argocd.argoproj.io/sync-options')
      .split(',')
      .some((option) => option.trim() === 'prune=false') ||
    value('helm.sh/resource-policy') === 'keep' ||
    value('client.lifecycle.config.k8s.io/deletion') === 'detach' ||
    value('cli-utils.sigs.k8s.io/on-remove') === 'keep'
  );
}

function readApplyPolicy(value: string): ObjectPolicies['apply'] {
  if (value === 'ignore') return 'ignore';
  return value === 'ifnotpresent' ? 'if-not-present' : 'always';
}
