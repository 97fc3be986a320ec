import type { Rule } from '../rule.ts';
import { blockingBudgets } from './blocking-budgets.ts';
import { claimedHosts } from './claimed-hosts.ts';
import { claimedPorts } from './claimed-ports.ts';
import { danglingReferences } from './dangling-references.ts';
import { dataAtRisk } from './data-at-risk.ts';
import { forbiddenPrivileges } from './forbidden-privileges.ts';
import { idleAutoscalers } from './idle-autoscalers.ts';
import { orphanedPods } from './orphaned-pods.ts';
import { plainSecrets } from './plain-secrets.ts';
import { servicesWithoutPods } from './services-without-pods.ts';

/** Every rule, in no order that matters. */
export const RULES: readonly Rule[] = [
  blockingBudgets,
  claimedHosts,
  claimedPorts,
  danglingReferences,
  dataAtRisk,
  forbiddenPrivileges,
  idleAutoscalers,
  orphanedPods,
  plainSecrets,
  servicesWithoutPods,
];
