import type { JsonObject } from '../../lib/json.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import { referencesOf, targetOf } from '../../objects/object-references.ts';

/** Another object that an object needs in order to work. */
export interface ObjectReferenceUse {
  readonly kind: string;
  /** Left out for kinds without a namespace. */
  readonly namespace?: string;
  readonly name: string;
  /** Where the name is written. */
  readonly path: FieldPath;
  /** Storage key of the object that is meant. */
  readonly key: string;
  /** What does not work as long as it is missing, as a clause. */
  readonly consequence: string;
}

/** The objects that an object in `namespace` cannot do without. */
export function neededObjects(object: JsonObject, namespace: string | undefined): readonly ObjectReferenceUse[] {
  const home = { kind: 'Namespace', field: ['metadata', 'namespace'], consequence: 'the object cannot be created' };
  const own = namespace === undefined ? [] : [{ ...home, name: namespace }];
  return [...own, ...referencesOf(object).filter(({ isLoaded }) => isLoaded)].flatMap(
    ({ kind, name, field, consequence }) => {
      const target = targetOf({ kind, name }, namespace);
      return target === undefined ? [] : [{ kind, name, path: field, consequence, ...target }];
    },
  );
}
