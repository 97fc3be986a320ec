/**
 * The report of a plan: `PlanReport` is the data that the planner gives, and everything that a person or a program reads is drawn from it.
 * It does no I/O and knows neither Git nor the simulation.
 */
export * from './plan-report.ts';
