import type { SourcePlace } from '../../lib/errors.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import type { ObjectId } from '../change-set.ts';

/** An object of one side of a plan, decoded. */
export interface PlannedObject {
  readonly key: string;
  readonly id: ObjectId;
  readonly application: string;
  /** As it is written. */
  readonly decode: () => KubernetesObject;
  /** With the API server's defaults. */
  readonly object: KubernetesObject;
  readonly digest: string;
  readonly locate: (path: FieldPath) => SourcePlace;
}

export type PlannedObjects = ReadonlyMap<string, PlannedObject>;
