/** Prefix of the field managers under which applications own what they apply: `berth/<application>`. */
const MANAGER_PREFIX = 'berth/';

export function fieldManagerOf(application: string): string {
  return `${MANAGER_PREFIX}${application}`;
}

/** The application behind a field manager; `undefined` for everybody else. */
export function applicationOf(fieldManager: string): string | undefined {
  return fieldManager.startsWith(MANAGER_PREFIX) ? fieldManager.slice(MANAGER_PREFIX.length) : undefined;
}
