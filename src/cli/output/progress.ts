import type { GitopsEvent } from '../../gitops/index.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { formatDiagnostic } from '../../manifests/index.ts';
import { formatObject } from '../../objects/index.ts';
import { type Change, formatCounts } from '../../plan/index.ts';
import type { ProgressMode } from './progress-modes.ts';
import type { Terminal } from './terminal.ts';

/** Without a terminal a line at least this often while something is on its way, so that nobody thinks it hangs. */
const HEARTBEAT_MS = 15_000;
/** Changes that are listed of one application's commit; the rest is counted. */
const LISTED_CHANGES = 30;

type VerdictEvent = Extract<GitopsEvent, { readonly type: 'verdict' }>;

/**
 * Shows what the loop does, as it happens: what changed and what became of it as lines that stay, and on a terminal one
 * line at the bottom that tells what is awaited.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #mode: Exclude<ProgressMode, 'auto'>;
  readonly #startedMs = new Map<string, number>();
  readonly #awaited = new Map<string, string>();
  /** What each application that has failed was said to fail of. */
  readonly #failures = new Map<string, { readonly failure: string; readonly told: Set<string> }>();
  #lastLineMs: number;
  #hasStatusLine = false;
  #heartbeat: Timer | undefined;

  constructor(options: { readonly terminal: Terminal; readonly clock: Clock; readonly mode: ProgressMode }) {
    this.#terminal = options.terminal;
    this.#clock = options.clock;
    this.#mode = options.mode === 'auto' ? (options.terminal.isTty ? 'tty' : 'plain') : options.mode;
    this.#lastLineMs = options.clock.monotonicMs();
    if (this.#mode === 'plain') this.#beat();
  }

  readonly onEvent = (event: GitopsEvent): void => {
    if (this.#mode === 'json') this.#terminal.write(`${JSON.stringify(event)}\n`);
    else this.#show(event);
  };

  /** A line of the command itself, such as the address of a page. */
  note(text: string): void {
    if (this.#mode === 'json') this.#terminal.write(`${JSON.stringify({ type: 'note', text })}\n`);
    else if (this.#mode !== 'quiet') this.#line('◎', text);
  }

  /** As `note`, for what keeps things from working; it is shown in every mode. */
  warn(text: string): void {
    if (this.#mode === 'json') this.#terminal.write(`${JSON.stringify({ type: 'warning', text })}\n`);
    else this.#line('⚠', text, true);
  }

  stop(): void {
    this.#heartbeat?.cancel();
    this.#clearStatusLine();
  }

  #show(event: GitopsEvent): void {
    switch (event.type) {
      case 'commit':
        this.#line('►', `${event.commit.id.slice(0, 7)} ${subjectOf(event.commit.message)}`);
        if (event.applications.length === 0)
          this.#line('⚠', 'no folder of this commit is an application: correct --path, or push one', true);
        return;
      case 'source-failed':
        return this.#line('⚠', `the repository cannot be read: ${event.message} (${event.reason}); trying again`, true);
      case 'source-recovered':
        return this.#line('✔', 'the repository can be read again');
      case 'applied':
        return this.#showApplied(event.application, event.changes, formatCounts(event.counts));
      case 'drift':
        return this.#showChanges(event.application, event.changes, 'drift put right: ');
      case 'pruned':
        return this.#showChanges(event.application, event.changes, '');
      case 'health':
        return this.#await(event.application, `${formatObject(event.object)} ${event.health.message}`);
      case 'verdict':
        return this.#showVerdict(event);
      case 'published':
        return this.#mode === 'tty' ? this.#redraw() : undefined;
      case 'publish-failed':
        return this.#line('⚠', `the status was not published: ${event.message} (${event.reason}); ${event.help}`, true);
    }
  }

  #showApplied(application: string, changes: readonly Change[], counts: string): void {
    this.#startedMs.set(application, this.#clock.monotonicMs());
    this.#line('►', `${application}: ${counts}`);
    this.#showChanges(application, changes, '');
  }

  #showChanges(application: string, changes: readonly Change[], prefix: string): void {
    const shown = changes.filter(({ action }) => action !== 'unchanged');
    for (const { action, id, reason, ceded } of shown.slice(0, LISTED_CHANGES)) {
      const detail = [reason, ...ceded.map((field) => `left to its owner: ${field}`)].filter(
        (part) => part !== undefined,
      );
      this.#line(
        ' ',
        `${application}  ${prefix}${formatObject(id)} ${action}${detail.length === 0 ? '' : ` (${detail.join('; ')})`}`,
      );
    }
    if (shown.length > LISTED_CHANGES) this.#line(' ', `${application}  and ${shown.length - LISTED_CHANGES} more`);
  }

  #showVerdict(event: VerdictEvent): void {
    const { application, verdict } = event;
    const { phase, reason, message } = verdict;
    // One that was healthy keeps its phase for a while when it no longer is; that is no news that all is well.
    const isUnsettled = phase === 'Healthy' && reason === 'Progressing';
    if (isUnsettled || phase === 'Progressing' || phase === 'Applying' || phase === 'Pending')
      return this.#await(application, message);
    this.#awaited.delete(application);
    if (this.#isKnown(event)) return;
    const startedMs = this.#startedMs.get(application);
    // What it recovers from later did not take since the commit.
    this.#startedMs.delete(application);
    const took =
      startedMs === undefined ? '' : ` after ${((this.#clock.monotonicMs() - startedMs) / 1_000).toFixed(1)} s`;
    if (phase === 'Healthy') return this.#line('✔', `${application} is healthy${took}: ${message}`);
    this.#line('✗', `${application} ${phase}: ${message}`, true);
    for (const problem of verdict.problems)
      for (const line of formatDiagnostic(problem).split('\n')) this.#line(' ', line, true);
    if (verdict.omittedProblems > 0) this.#line(' ', `and ${verdict.omittedProblems} more`, true);
  }

  /** A container that is started again and again fails with other words each time, which say nothing new. */
  #isKnown({ application, commit, verdict, about }: VerdictEvent): boolean {
    if (about === undefined) {
      this.#failures.delete(application);
      return false;
    }
    const failure = `${commit} ${verdict.phase} ${verdict.problems.length}`;
    const known = this.#failures.get(application);
    const told = known?.failure === failure ? known.told : new Set<string>();
    this.#failures.set(application, { failure, told });
    const isKnown = told.has(about);
    told.add(about);
    return isKnown;
  }

  #await(application: string, text: string): void {
    this.#failures.delete(application);
    const known = this.#awaited.get(application);
    this.#awaited.set(application, text);
    if (this.#mode === 'tty') this.#redraw();
    else if (known !== text) this.#line('◎', `${application}  ${text}`);
  }

  #line(symbol: string, text: string, isImportant = false): void {
    if (this.#mode === 'quiet' && !isImportant) return;
    this.#clearStatusLine();
    this.#lastLineMs = this.#clock.monotonicMs();
    this.#terminal.write(`${this.#paint(symbol)} ${text}\n`);
    this.#redraw();
  }

  #paint(symbol: string): string {
    if (symbol === '✔') return this.#terminal.style('green', symbol);
    if (symbol === '✗') return this.#terminal.style('red', symbol);
    return symbol === '⚠' ? this.#terminal.style('yellow', symbol) : this.#terminal.style('cyan', symbol);
  }

  #redraw(): void {
    if (this.#mode !== 'tty' || this.#awaited.size === 0) return;
    this.#clearStatusLine();
    const text = [...this.#awaited].map(([application, awaited]) => `${application}: ${awaited}`).join(' · ');
    this.#terminal.write(this.#terminal.style('dim', `◎ ${text}`.slice(0, this.#terminal.columns - 1)));
    this.#hasStatusLine = true;
  }

  #clearStatusLine(): void {
    if (!this.#hasStatusLine) return;
    this.#terminal.write('\r\u001b[2K');
    this.#hasStatusLine = false;
  }

  #beat(): void {
    this.#heartbeat = this.#clock.setTimer(HEARTBEAT_MS, () => {
      const isQuiet = this.#clock.monotonicMs() - this.#lastLineMs >= HEARTBEAT_MS;
      if (isQuiet)
        for (const [application, text] of this.#awaited) this.#line('◎', `${application}  still waiting: ${text}`);
      this.#beat();
    });
  }
}

function subjectOf(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}
