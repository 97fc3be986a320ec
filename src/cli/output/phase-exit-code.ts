import type { StatusDocument } from '../../gitops/index.ts';
import { EXIT } from './exit-codes.ts';

type ApplicationStanding = Pick<StatusDocument['applications'][number], 'phase' | 'reason'>;

/** The exit code of a command that waits for an application; `undefined` while it is on its way. */
function exitCodeOfApplication({ phase, reason }: ApplicationStanding): number | undefined {
  switch (phase) {
    case 'Healthy':
      // It was healthy and keeps its phase for a while: after `berth down` its pods are only being started.
      return reason === 'Progressing' ? undefined : EXIT.ok;
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

/**
 * The exit code of a command that waits for everything: the worst of all applications; `undefined` while one is on its
 * way or has not seen the newest commit.
 */
export function exitCodeOfStatus({ source, applications }: StatusDocument): number | undefined {
  if (source.failure !== undefined) return EXIT.error;
  if (source.commit === '') return undefined;
  // A commit in which no path leads to anything deploys nothing: whoever waits for it has to know.
  if (applications.length === 0) return EXIT.error;
  const codes = applications.map((application) =>
    application.attemptedCommit === source.commit ? exitCodeOfApplication(application) : undefined,
  );
  return codes.includes(undefined) ? undefined : Math.max(EXIT.ok, ...codes.map((code) => code ?? EXIT.ok));
}
