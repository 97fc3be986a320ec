import { validateObject, validateStatus } from '../manifests/validate/validate-object.ts';
import { validateUpdate } from '../manifests/validate/validate-update.ts';
import { applyDefaults } from '../objects/defaults/apply-defaults.ts';
import type { ObjectRules } from './context.ts';

/** The rules of the built-in kinds, as the layers below have them. */
export const builtInRules: ObjectRules = { applyDefaults, validateObject, validateStatus, validateUpdate };
