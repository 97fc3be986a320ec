import { API_CODES } from './error-codes/api.ts';
import { BOX_CODES } from './error-codes/box.ts';
import { CONFIGURATION_CODES } from './error-codes/configuration.ts';
import type { ErrorCodeEntry } from './error-codes/error-code-entry.ts';
import { GITOPS_CODES } from './error-codes/gitops.ts';
import { MANIFEST_FILE_CODES } from './error-codes/manifest-files.ts';
import { NETWORK_CODES } from './error-codes/network.ts';
import { OBJECT_CODES } from './error-codes/objects.ts';
import { PLAN_CODES } from './error-codes/plans.ts';
import { REPORT_CODES } from './error-codes/reports.ts';
import { SOURCE_CODES } from './error-codes/source.ts';
import { STORE_CODES } from './error-codes/store.ts';

export type { ErrorCodeEntry };

/**
 * The closed table of error codes. A code is never reused for another meaning. Each section is a file of
 * `error-codes/`, sorted by name; a test holds this table and `docs/errors.md` to each other in both directions.
 */
export const ERROR_CODES = {
  ...CONFIGURATION_CODES,
  ...MANIFEST_FILE_CODES,
  ...OBJECT_CODES,
  ...SOURCE_CODES,
  ...STORE_CODES,
  ...API_CODES,
  ...BOX_CODES,
  ...NETWORK_CODES,
  ...GITOPS_CODES,
  ...REPORT_CODES,
  ...PLAN_CODES,
};

export type ErrorCode = keyof typeof ERROR_CODES;

/** The sections in the order and with the headings of `docs/errors.md`. */
export const ERROR_SECTIONS: readonly { title: string; codes: Readonly<Record<string, ErrorCodeEntry>> }[] = [
  { title: 'Limits and configuration', codes: CONFIGURATION_CODES },
  { title: 'Manifests: files', codes: MANIFEST_FILE_CODES },
  { title: "Manifests: objects and their fields, in Kubernetes' words where it has some", codes: OBJECT_CODES },
  { title: 'Source', codes: SOURCE_CODES },
  { title: 'Store', codes: STORE_CODES },
  { title: 'The API', codes: API_CODES },
  { title: 'The box', codes: BOX_CODES },
  { title: 'Network', codes: NETWORK_CODES },
  { title: 'GitOps', codes: GITOPS_CODES },
  { title: 'Reports to the outside', codes: REPORT_CODES },
  { title: 'Plans', codes: PLAN_CODES },
];
