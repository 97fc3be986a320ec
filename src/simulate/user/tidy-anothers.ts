import type { Client } from '../../api/client.ts';

/** Where a Berth of another version has left objects that this one would refuse. */
export const ANOTHERS_NAMESPACE = 'own-of-another';

/** A person takes that away: the namespace, and what keeps it, which its conditions tell. */
export function tidyAnothers(client: Client): void {
  const namespace = client.get('Namespace', { name: ANOTHERS_NAMESPACE });
  if (namespace === undefined) return;
  if (namespace.metadata.deletionTimestamp === undefined)
    return void client.delete({ apiVersion: 'v1', kind: 'Namespace', name: ANOTHERS_NAMESPACE });
  const failure = namespace.status?.conditions?.find(({ type }) => type === 'NamespaceDeletionContentFailure');
  if (failure?.status !== 'True') return;
  // "kubectl delete pdb": by the version that is served.
  for (const { metadata } of client.list('PodDisruptionBudget', { namespace: ANOTHERS_NAMESPACE }))
    client.delete({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      namespace: ANOTHERS_NAMESPACE,
      name: metadata.name,
    });
}
