import { appendFileSync } from 'node:fs';
import { formatWorkflowCommand } from '../report/index.ts';

/** What the runner of GitHub gives a step, read from its environment. */
export interface Runner {
  readonly environment: NodeJS.ProcessEnv;
  /** A line for the job's log; no text from outside goes in unescaped. */
  print(line: string): void;
  notice(message: string): void;
  warning(message: string): void;
  error(message: string, title: string): void;
  /** Sets outputs of the step. No value has a line end. */
  setOutputs(outputs: Readonly<Record<string, string | number | boolean>>): void;
  /** Adds to the job's summary. */
  summarise(markdown: string): void;
}

export function createRunner(environment: NodeJS.ProcessEnv): Runner {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const append = (variable: string, text: string) => {
    const file = environment[variable];
    if (file !== undefined && file !== '') appendFileSync(file, text);
  };
  return {
    environment,
    print,
    notice: (message) => print(formatWorkflowCommand({ command: 'notice', message })),
    warning: (message) => print(formatWorkflowCommand({ command: 'warning', message })),
    error: (message, title) => print(formatWorkflowCommand({ command: 'error', properties: { title }, message })),
    setOutputs: (outputs) => {
      for (const [name, value] of Object.entries(outputs))
        append('GITHUB_OUTPUT', `${name}=${String(value).replace(/[\r\n]/g, ' ')}\n`);
    },
    summarise: (markdown) => append('GITHUB_STEP_SUMMARY', markdown),
  };
}
