/**
 * Objects with the fields that few people set, so that each rule of the control plane is taken by somebody: pods,
 * workloads, policies, storage and services. The user of a simulated world keeps a few of them at a time. Knows nothing
 * of the checkers.
 */
import type { ObjectIdentity } from '../../../objects/index.ts';
import type { Special, SpecialObject } from './special.ts';
import { SPECIAL_PODS } from './special-pods.ts';
import { SPECIAL_POLICIES } from './special-policies.ts';
import { SPECIAL_SERVICES } from './special-services.ts';
import { SPECIAL_STORAGE } from './special-storage.ts';
import { SPECIAL_WORKLOADS } from './special-workloads.ts';

const SPECIALS = {
  ...SPECIAL_PODS,
  ...SPECIAL_POLICIES,
  ...SPECIAL_SERVICES,
  ...SPECIAL_STORAGE,
  ...SPECIAL_WORKLOADS,
} satisfies Record<string, Special>;

export type SpecialName = keyof typeof SPECIALS;

export interface SpecialFile {
  readonly kind: 'Special';
  readonly special: SpecialName;
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  readonly isResting: boolean;
}

export const SPECIAL_NAMES = Object.keys(SPECIALS) as SpecialName[];

export function specialOf({ special }: Pick<SpecialFile, 'special'>): Special {
  return SPECIALS[special];
}

export function renderSpecial(file: SpecialFile): string {
  const { namespace } = file;
  const text = ({ metadata, ...rest }: SpecialObject) =>
    `${JSON.stringify({ ...rest, metadata: isOutside(rest.kind) ? metadata : { namespace, ...metadata } })}\n`;
  return specialOf(file).make(file).map(text).join('---\n');
}

export function declaredBySpecial(file: SpecialFile): readonly ObjectIdentity[] {
  const { namespace } = file;
  return specialOf(file)
    .make(file)
    .map(({ apiVersion, kind, metadata: { name } }) => ({ apiVersion, kind, metadata: { namespace, name } }));
}

function isOutside(kind: unknown): boolean {
  return kind === 'PriorityClass' || kind === 'StorageClass' || kind === 'PersistentVolume';
}
