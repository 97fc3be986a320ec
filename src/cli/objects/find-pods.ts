import type { ApiClient } from '../../api/http-client/index.ts';
import { BerthError } from '../../lib/errors.ts';
import { isJsonObject } from '../../lib/json.ts';
import { kindOf } from '../../objects/kinds.ts';
import { type LabelSelector, tryFormatLabelSelector } from '../../objects/label-selector.ts';
import type { Pod } from '../../objects/types.ts';
import { fetchObjects, listObjects } from './fetch-objects.ts';
import { parsePair, usage } from './targets.ts';

/**
 * The pods that `web-0`, `pod/web-0`, `deployment/web` or a selector mean: those that run first, then the newest.
 * Rejects with `NotFound` when there are none.
 */
export async function findPods(
  api: ApiClient,
  namespace: string,
  word: string | undefined,
  selector: string | undefined,
): Promise<readonly Pod[]> {
  if (word === undefined && selector === undefined)
    throw usage('a pod, a workload such as deployment/web, or -l SELECTOR is missing');
  if (word !== undefined && selector !== undefined) throw usage('a name and a selector cannot be given together');
  const pair =
    word === undefined ? undefined : word.includes('/') ? parsePair(word) : { kind: kindOf('Pod'), name: word };
  if (pair?.kind.kind === 'Pod') {
    return (await fetchObjects(
      api,
      { kind: pair.kind, names: [pair.name] },
      { namespace },
    )) as unknown as readonly Pod[];
  }
  const chosen = pair === undefined ? (selector ?? '') : await selectorOf(api, namespace, pair);
  const pods = (await listObjects(api, kindOf('Pod'), { namespace, selector: chosen })) as unknown as readonly Pod[];
  if (pods.length > 0) return [...pods].sort(byUsefulness);
  throw new BerthError('NotFound', {
    object: word ?? `pods with ${selector}`,
    verb: 'find',
    detail: `no pod in namespace ${namespace} has the labels ${chosen}`,
    help: `\`berth get pods -n ${namespace}\` lists the pods there`,
  });
}

async function selectorOf(
  api: ApiClient,
  namespace: string,
  { kind, name }: ReturnType<typeof parsePair>,
): Promise<string> {
  const [object] = await fetchObjects(api, { kind, names: [name] }, { namespace });
  const spec: unknown = object?.['spec'];
  const selector = isJsonObject(spec) ? spec['selector'] : undefined;
  if (!isJsonObject(selector)) throw usage(`${kind.kind}/${name} selects no pods`);
  // A Service has its labels without `matchLabels` around them.
  const isPlain = Object.values(selector).every((value) => typeof value === 'string');
  const text = tryFormatLabelSelector((isPlain ? { matchLabels: selector } : selector) as LabelSelector);
  if (text === undefined) throw usage(`${kind.kind}/${name} selects no pods: its selector cannot be read`);
  return text;
}

function byUsefulness(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => (pod.status?.phase === 'Running' && pod.metadata.deletionTimestamp === undefined ? 0 : 1);
  const created = (pod: Pod) => pod.metadata.creationTimestamp;
  return rank(a) - rank(b) || (created(a) < created(b) ? 1 : -1);
}
