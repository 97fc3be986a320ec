import type { Client } from '../../api/client.ts';
import { Alarm } from '../../lib/alarm.ts';
import { type Clock, yieldTurn } from '../../lib/clock.ts';
import { ERROR_CODES } from '../../lib/error-codes.ts';
import type { JsonObject } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Logger } from '../../lib/logger.ts';
import { STORED_KINDS } from '../../objects/index.ts';
import type { StoredObject } from '../../objects/types.ts';
import { type PublishRequest, type Source, SourceError } from '../../source/source.ts';
import { sourceErrorCode } from '../../source/source-problem.ts';
import type { GitopsListener } from '../events.ts';
import { reportOutage } from '../report-outage.ts';
import { redactObject } from './redact-object.ts';
import { renderStatusPage } from './render-status-page.ts';
import type { BoxProblem, StatusDocument } from './status-document.ts';
import { refuseForeignStatus } from './status-owner.ts';
import { StatusText } from './status-text.ts';

export interface StatusPublisherOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: Source;
  readonly emit: GitopsListener;
  readonly branch: string;
  readonly cluster: { readonly name: string; readonly uid: string };
  /** The newest status; called at the moment of publishing. */
  readonly snapshot: () => StatusDocument;
  readonly author: { readonly name: string; readonly email: string };
}

/** "Commits come at once on a terminal transition, else at most one a minute, with an hourly heartbeat." */
const PAUSE_MS = 60_000;
export const STATUS_HEARTBEAT_MS = 3_600_000;
const LONGEST_RETRY_MS = 300_000;
/** A status branch that nobody prunes still must not grow for ever. */
export const STATUS_HISTORY = 200;

/** Kinds that say nothing about what is deployed, or too much. */
const NOT_LIVE: ReadonlySet<string> = new Set(['Event', 'Lease']);

/**
 * Keeps the cluster's folder on the status branch true. A failure to publish never holds up a deployment: it is
 * reported once for each cause and tried again later, except a credential that may only read, which is tried again with
 * the next transition.
 */
export class StatusPublisher {
  readonly #options: StatusPublisherOptions;
  readonly #alarm: Alarm;
  readonly #text = new StatusText();
  /** The `status.yaml` that is on the branch, as far as this process knows. */
  #published: Buffer | undefined;
  #publishing: Promise<void> | undefined;
  #lastMs: number | undefined;
  #failures = 0;
  #problem: BoxProblem | undefined;

  constructor(options: StatusPublisherOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => void this.#publish().catch(reportOutage(options.logger)));
    this.#alarm.set(STATUS_HEARTBEAT_MS);
  }

  /**
   * Publishes what there is after the first pass: the process before may have ended before it had published what it
   * came to, and nothing changes then.
   */
  start(): void {
    this.#alarm.set(0);
  }

  /** Why what is on the branch is not what holds now, as long as that is so. */
  get problems(): readonly BoxProblem[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  /** Says that the status has changed; `terminal` when an application came to an end of what it was doing. */
  noteChange(change: { readonly terminal: boolean }): void {
    const sinceMs = this.#lastMs === undefined ? PAUSE_MS : this.#options.clock.monotonicMs() - this.#lastMs;
    this.#alarm.set(change.terminal ? 0 : Math.max(0, PAUSE_MS - sinceMs));
  }

  /** Publishes what is waiting now; for `--once` and for a clean stop. */
  async flush(): Promise<void> {
    await this.#publishing;
    const { leftMs } = this.#alarm;
    if (leftMs !== undefined && (this.#lastMs === undefined || leftMs < PAUSE_MS)) await this.#publish();
  }

  async stop(): Promise<void> {
    this.#alarm.close();
    await this.#publishing;
  }

  /** One at a time; what changes meanwhile is published next. */
  async #publish(): Promise<void> {
    this.#alarm.cancel();
    if (this.#publishing !== undefined) {
      await this.#publishing;
      // The one that has just ended may have planned the next heartbeat, and says nothing of this change.
      this.#alarm.set(0);
      return;
    }
    this.#publishing = this.#tryPublish().finally(() => {
      this.#publishing = undefined;
    });
    await this.#publishing;
  }

  async #tryPublish(): Promise<void> {
    const { clock, source, branch, emit } = this.#options;
    this.#lastMs = clock.monotonicMs();
    try {
      const request = await this.#makeRequest();
      const commit = await source.publish(request);
      this.#published = Buffer.from(request.files.get('status.yaml') ?? '');
      this.#failures = 0;
      this.#problem = undefined;
      this.#alarm.set(STATUS_HEARTBEAT_MS);
      if (commit !== undefined) emit({ type: 'published', branch, commit: commit.id });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#noteFailure(error);
    }
  }

  #noteFailure(error: SourceError): void {
    const { emit, logger } = this.#options;
    const isPermanent = error.reason === 'ReadOnly' || error.reason === 'FolderTaken';
    this.#alarm.set(isPermanent ? STATUS_HEARTBEAT_MS : Math.min(LONGEST_RETRY_MS, 1_000 * 2 ** this.#failures++));
    const code = sourceErrorCode(error) ?? 'RepositoryUnreachable';
    const isNews = this.#problem?.code !== code;
    const { help } = ERROR_CODES[code];
    this.#problem = { code, message: `the status was not published: ${error.message}`, help };
    if (!isNews) return;
    logger.warn('status not published', { reason: code, message: error.message });
    emit({ type: 'publish-failed', reason: code, message: error.message, help });
  }

  async #makeRequest(): Promise<PublishRequest> {
    const { client, branch, cluster, author, clock, snapshot } = this.#options;
    const live = await this.#renderLive();
    const status = snapshot();
    await client.durable();
    return {
      branch,
      folder: cluster.name,
      files: new Map([
        ['README.md', renderStatusPage(status)],
        ['status.yaml', this.#text.render(status)],
        ['live.json', live],
      ]),
      message: describeCommit(status),
      author,
      nowMs: clock.wallMs(),
      guard: (present) => {
        const found = present.get('status.yaml');
        if (found !== undefined && this.#published?.equals(found)) return undefined;
        return refuseForeignStatus(present, cluster);
      },
      maxHistory: STATUS_HISTORY,
    };
  }

  /** A JSON list with one redacted object a line, written in turns. */
  async #renderLive(): Promise<string> {
    const { client, clock } = this.#options;
    const lines: string[] = [];
    let endMs = clock.monotonicMs() + LIMITS.turnMs;
    for (const object of listLive(client)) {
      lines.push(JSON.stringify(redactObject(object as unknown as JsonObject)));
      if (clock.monotonicMs() < endMs) continue;
      await yieldTurn(clock);
      endMs = clock.monotonicMs() + LIMITS.turnMs;
    }
    return `[\n${lines.join(',\n')}\n]\n`;
  }
}

function listLive(client: Client): readonly StoredObject[] {
  return STORED_KINDS.filter(({ kind, support }) => support !== 'refused' && !NOT_LIVE.has(kind)).flatMap((kind) =>
    client.listObjects(kind),
  );
}

/** "Marked `[skip ci]`": a status commit triggers nothing. */
function describeCommit(status: StatusDocument): string {
  const parts = status.applications.map(
    ({ name, phase, appliedCommit }) =>
      `${name} ${phase}${appliedCommit === '' ? '' : ` at ${appliedCommit.slice(0, 7)}`}`,
  );
  const summary = parts.length > 3 ? `${parts.length} applications` : parts.join(', ');
  return `${status.cluster.name}: ${summary || 'no application yet'} [skip ci]\n\n${parts.join('\n')}\n`;
}
