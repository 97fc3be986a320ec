/** Carries refs and objects between a remote repository and a clone that only Berth writes. */
export interface RemoteTransport {
  /** Ids of the remote's refs that start with `prefix`, by full name. One ref read. */
  listRefs(prefix: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /**
   * Brings a branch into the clone, points the clone's ref of the same name at it and returns the id. `depth` cuts its
   * history; without it only what is new comes. Rejects with `BranchMissing` when it is gone.
   */
  fetch(request: FetchRequest): Promise<string>;
  /**
   * Moves a branch of the remote to a commit of the clone, if it is still at `expected`. Rejects with `ReadOnly` or
   * `Unreachable`.
   */
  push(request: PushRequest): Promise<PushOutcome>;
  close(): Promise<void>;
}

export interface FetchRequest {
  readonly clone: string;
  readonly ref: string;
  readonly depth?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface PushRequest {
  readonly clone: string;
  readonly ref: string;
  readonly id: string;
  readonly expected: string | undefined;
  /** The commit does not descend from `expected`. */
  readonly isRewrite: boolean;
}

/** `moved`: somebody else was faster. `rewriteRefused`: the remote takes commits, but not instead of others. */
export type PushOutcome = 'done' | 'moved' | 'rewriteRefused';

/** Sorts what a remote says of a ref that it did not take. */
export function classifyRefusal(text: string, isRewrite: boolean): PushOutcome | 'refused' {
  if (/stale info|fetch first|failed to (?:update|lock) ref|cannot lock ref|reference already exists/i.test(text))
    return 'moved';
  if (isRewrite) return 'rewriteRefused';
  return /non-fast-forward/i.test(text) ? 'moved' : 'refused';
}
