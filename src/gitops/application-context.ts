import type { Client } from '../api/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { GitopsListener } from './events.ts';
import type { GitopsState } from './gitops-state.ts';
import type { RecentEvents } from './recent-events.ts';

/** What every application of one box shares. */
export interface ApplicationContext {
  readonly client: Client;
  readonly state: GitopsState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly emit: GitopsListener;
  readonly recentEvents: RecentEvents;
  /** How long a rollout may take before it counts as timed out. */
  readonly rolloutTimeoutMs: number;
  /**
   * How long a cause that waiting does not mend (an image that cannot be pulled) may last before the rollout counts as
   * failed.
   */
  readonly stuckAfterMs: number;
  /** Whether an application declares an object in its newest loaded commit. */
  readonly isDeclaredBy: (application: string, key: string) => boolean;
  /** Another application that declares an object, if there is one. */
  readonly findDeclarer: (key: string, except: string) => string | undefined;
}

/**
 * `refused`: something in the world is missing that another application may be about to make; nothing was said of it
 * yet.
 */
export type SyncOutcome = 'done' | 'refused';
