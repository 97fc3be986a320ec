import type { ApplicationVerdict } from '../../gitops/index.ts';
import { EXIT } from './exit-codes.ts';

/** The exit code of a command that waits for an application; `undefined` while it is on its way. */
export function exitCodeOfPhase(phase: ApplicationVerdict['phase'] | undefined): number | undefined {
  switch (phase) {
    case 'Healthy':
    case 'Suspended':
      return EXIT.ok;
    case 'Invalid':
      return EXIT.error;
    case 'Failed':
    case 'Degraded':
      return EXIT.rolloutFailed;
    case 'TimedOut':
      return EXIT.timedOut;
    default:
      return undefined;
  }
}
