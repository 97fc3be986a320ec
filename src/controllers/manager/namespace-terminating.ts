import type { ApiError } from '../../api/api-error.ts';

/** Whether a creation was refused because its namespace is going: there is nothing to do or to report then. */
export function isNamespaceTerminating(error: ApiError): boolean {
  return error.details.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false;
}
