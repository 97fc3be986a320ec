/**
 * What Kubernetes' API server always does to objects on their way in, in its order: priorities, tolerations, accounts,
 * LimitRanges and storage classes fill in, the namespace's Pod Security level and quotas judge last. Each reads what it
 * needs in the transaction of the request. What only a box's own configuration decides is injected beside these.
 */
import type { Client } from '../client.ts';
import type { Admission } from '../context.ts';
import { admitDefaultTolerations } from './default-tolerations.ts';
import { createLimitRangeAdmission } from './limit-ranges.ts';
import { createPodPriorityAdmission } from './pod-priority.ts';
import { createPodSecurityAdmission } from './pod-security.ts';
import { createResourceQuotaAdmission } from './resource-quotas.ts';
import { createServiceAccountAdmission } from './service-accounts.ts';
import { createStorageAdmission } from './storage.ts';

/** Before the injected policies: they see the object as it will be. */
export function mutatingAdmission(client: () => Client): readonly Admission[] {
  return [
    createPodPriorityAdmission(client),
    admitDefaultTolerations,
    createServiceAccountAdmission(client),
    createLimitRangeAdmission(client),
    createStorageAdmission(client),
  ];
}

/** After them: only what everybody else lets in counts. */
export function judgingAdmission(client: () => Client, wallMs: () => number): readonly Admission[] {
  return [createPodSecurityAdmission(client), createResourceQuotaAdmission(client, wallMs)];
}
