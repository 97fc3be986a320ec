import type { RolloutForecast } from '../plan-report.ts';

/** Whether a rollout does not get to what it asks for. What is deleted asks for nothing. */
export function isBad({ outcome, cause }: RolloutForecast): boolean {
  return outcome !== 'stable' && cause !== 'deleted';
}
