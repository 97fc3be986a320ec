import type { MetricAsk } from '../../../api/metrics.ts';
import type { Clock } from '../../../lib/clock.ts';
import { LIMITS } from '../../../lib/limits.ts';

/** An answer that nobody has asked for since goes after this long. */
const FORGET_MS = 120_000;

interface Question<T> {
  answer: { readonly value: T; readonly atMs: number } | undefined;
  /** Called once, with the next answer. */
  waiting: (() => void)[];
  isUnderWay: boolean;
  askedMs: number;
}

/**
 * Lets synchronous code ask what only comes with time: a question is put to whoever knows, and who asked is told when
 * it can ask again.
 *
 * Invariant: at most `LIMITS.parallelMetricQuestions` are under way, each question once; of each only the newest answer
 * is kept.
 */
export class QuestionDesk<T> {
  readonly #clock: Clock;
  readonly #questions = new Map<string, Question<T>>();
  readonly #queue: (() => Promise<void>)[] = [];
  #underWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer, where one came since `ask.sinceMs`; `undefined` while it is on its way. `find` never rejects. */
  ask(key: string, ask: MetricAsk, find: () => Promise<T>): T | undefined {
    const nowMs = this.#clock.monotonicMs();
    const question = this.#questions.get(key) ?? { answer: undefined, waiting: [], isUnderWay: false, askedMs: nowMs };
    this.#questions.set(key, question);
    question.askedMs = nowMs;
    if (question.answer !== undefined && question.answer.atMs >= ask.sinceMs) return question.answer.value;
    question.waiting.push(ask.onAnswer);
    if (!question.isUnderWay) this.#begin(question, find);
    return undefined;
  }

  /** Whether a question more would be one too many, once those that nobody asks any more are forgotten. */
  isFull(key: string): boolean {
    this.#forget(this.#clock.monotonicMs());
    return !this.#questions.has(key) && this.#questions.size >= LIMITS.metricQuestions;
  }

  #begin(question: Question<T>, find: () => Promise<T>): void {
    question.isUnderWay = true;
    this.#queue.push(async () => {
      const value = await find();
      question.isUnderWay = false;
      question.answer = { value, atMs: this.#clock.monotonicMs() };
      for (const tell of question.waiting.splice(0)) tell();
    });
    this.#advance();
  }

  #advance(): void {
    while (this.#underWay < LIMITS.parallelMetricQuestions) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#underWay++;
      void next().finally(() => {
        this.#underWay--;
        this.#advance();
      });
    }
  }

  #forget(nowMs: number): void {
    for (const [key, { isUnderWay, askedMs }] of this.#questions) {
      if (!isUnderWay && askedMs + FORGET_MS < nowMs) this.#questions.delete(key);
    }
  }
}
