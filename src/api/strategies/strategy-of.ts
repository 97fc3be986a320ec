import type { KindInfo } from '../../objects/kinds.ts';
import { jobStrategy } from './job-strategy.ts';
import { namespaceStrategy } from './namespace-strategy.ts';
import { podStrategy } from './pod-strategy.ts';
import { serviceStrategy } from './service-strategy.ts';
import { storageStrategy } from './storage-strategy.ts';
import type { Strategy } from './strategy.ts';

const PLAIN: Strategy = {};
/** The kubelet registers a node together with what it found out about it. */
const NODE: Strategy = { keepsStatusOnCreate: true };

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  '/Namespace': namespaceStrategy,
  '/Node': NODE,
  '/PersistentVolume': storageStrategy,
  '/PersistentVolumeClaim': storageStrategy,
  '/Pod': podStrategy,
  '/Service': serviceStrategy,
  'batch/Job': jobStrategy,
};

export function strategyOf(kind: KindInfo): Strategy {
  return STRATEGIES[`${kind.group}/${kind.kind}`] ?? PLAIN;
}
