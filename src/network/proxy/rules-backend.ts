import type { BerthError } from '../../lib/errors.ts';
import type { RuleModel } from '../table-content.ts';

/** One way to make connections to services arrive at their endpoints. */
export interface RulesBackend {
  /**
   * Makes the machine do what the model says. Rejects with a `BerthError`; then what was in force before stays, as far
   * as possible.
   */
  apply(model: RuleModel): Promise<void>;
  /** Whether what was applied last is still in force; where it is not, the next `apply` sets everything anew. */
  verify(): Promise<boolean>;
  /** What does not work, or not fully, this way. */
  problems(): readonly BerthError[];
  /** Ends what lives in this process only; rules in the kernel stay in force. */
  stop(): Promise<void>;
}
