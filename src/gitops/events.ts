import type { Change, ChangeCounts, Health, ObjectId, WorkloadCause } from '../plan/index.ts';
import type { CommitInfo } from '../source/source.ts';
import type { Application, ApplicationVerdict } from './application.ts';

/** What happens in the loop, in order, for whoever shows progress: the terminal, the log, a test. */
export type GitopsEvent =
  | { readonly type: 'commit'; readonly commit: CommitInfo; readonly applications: readonly Application[] }
  | { readonly type: 'source-failed'; readonly reason: string; readonly message: string }
  | { readonly type: 'source-recovered' }
  | {
      readonly type: 'applied';
      readonly application: string;
      readonly commit: string;
      readonly counts: ChangeCounts;
      readonly changes: readonly Change[];
    }
  | {
      readonly type: 'health';
      readonly application: string;
      readonly object: ObjectId;
      readonly health: Health;
      readonly cause?: WorkloadCause;
    }
  | { readonly type: 'pruned'; readonly application: string; readonly changes: readonly Change[] }
  | { readonly type: 'removed'; readonly application: string }
  | { readonly type: 'drift'; readonly application: string; readonly changes: readonly Change[] }
  | {
      readonly type: 'verdict';
      readonly application: string;
      readonly commit: string;
      readonly verdict: ApplicationVerdict;
      /** Whether the phase or the commit is another than before; else only the message is. */
      readonly isTransition: boolean;
      /**
       * Of a failure, the object and its cause in a word; the message may be another with each restart of a container.
       */
      readonly about?: string;
    }
  | { readonly type: 'published'; readonly branch: string; readonly commit: string }
  | { readonly type: 'publish-failed'; readonly reason: string; readonly message: string; readonly help: string };

export type GitopsListener = (event: GitopsEvent) => void;
