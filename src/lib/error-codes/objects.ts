import type { ErrorCodeEntry } from './error-code-entry.ts';

/** Objects and their fields, in Kubernetes' words where it has some. */
export const OBJECT_CODES = {
  ApiVersionRemoved: {
    class: 'terminal',
    summary: 'Kubernetes has removed this version of the API.',
    help: 'use the version that replaced it',
  },
  FieldImmutable: {
    class: 'terminal',
    summary: 'A field that cannot change after creation was changed.',
    help: 'change it back, give the object a new name, or have it deleted and made anew with the annotation kustomize.toolkit.fluxcd.io/force: enabled',
  },
  FieldInert: {
    class: 'terminal',
    summary: 'A field is stored and shown, and nothing acts on it yet.',
    help: 'do not rely on it',
  },
  FieldRefused: {
    class: 'terminal',
    summary: 'A field asks for something that Berth does not do, and ignoring it would mislead.',
    help: 'remove the field',
  },
  FieldUnknown: { class: 'terminal', summary: 'The kind has no such field.', help: 'correct the name or remove it' },
  FieldValueDuplicate: {
    class: 'terminal',
    summary: 'A value that must be unique appears twice.',
    help: 'keep one of the two',
  },
  FieldValueForbidden: { class: 'terminal', summary: 'A field may not be set here.', help: 'remove the field' },
  FieldValueInvalid: { class: 'terminal', summary: 'A field has an invalid value.', help: 'correct the value' },
  FieldValueNotSupported: {
    class: 'terminal',
    summary: 'A field has a value outside its list of values.',
    help: 'use one of the listed values',
  },
  FieldValueRequired: { class: 'terminal', summary: 'A required field is missing.', help: 'add the field' },
  FieldValueTooLong: { class: 'terminal', summary: 'A value is too long.', help: 'shorten it' },
  FieldValueTooMany: { class: 'terminal', summary: 'A list has too many items.', help: 'remove some' },
  FieldValueTypeInvalid: {
    class: 'terminal',
    summary: 'A field has a value of the wrong type.',
    help: 'correct the type',
  },
  KindInert: {
    class: 'terminal',
    summary: 'Objects of this kind are stored and shown, and Berth makes nothing of them.',
    help: 'do not rely on it',
  },
  KindRefused: {
    class: 'terminal',
    summary: 'Berth does not run this kind, and ignoring it would mislead.',
    help: 'remove the object',
  },
  KindUnknown: { class: 'terminal', summary: 'Berth does not know this kind.', help: 'correct apiVersion and kind' },
} as const satisfies Record<string, ErrorCodeEntry>;
