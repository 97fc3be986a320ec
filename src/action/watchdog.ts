import { Worker } from 'node:worker_threads';
import { formatWorkflowCommand } from '../report/github/workflow-commands.ts';

export interface WatchdogLimits {
  /** Most time from now on. */
  readonly ms: number;
  /** Most resident memory of the process. */
  readonly memoryBytes: number;
}

/**
 * Ends the process when it takes too long or too much memory, whatever it is doing: a change that is made to hurt may
 * keep the main thread in one endless step, in which no timer of its own would fire. A thread of its own looks, prints
 * an error that names the limit, and kills.
 */
export function startWatchdog({ ms, memoryBytes }: WatchdogLimits): void {
  const error = (name: string, limit: string) =>
    `\n${formatWorkflowCommand({
      command: 'error',
      properties: { title: 'LimitExceeded' },
      message: `the plan was ended by the limit ${name} (${limit}); make the change smaller`,
    })}\n`;
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: {
      ms,
      memoryBytes,
      late: error('actionMs', `${Math.round(ms / 1_000)} s`),
      large: error('actionMemoryBytes', `${Math.round(memoryBytes / 1024 / 1024)} MB`),
    },
  });
  worker.unref();
}

/**
 * It may be killed with the process at any time, and it must not need what the main thread does: it has its own loop,
 * and writes to the file itself.
 */
const PROGRAM = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const startMs = performance.now();
const end = (text) => {
  try {
    writeSync(1, text);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
};
setInterval(() => {
  if (performance.now() - startMs > workerData.ms) end(workerData.late);
  if (process.memoryUsage.rss() > workerData.memoryBytes) end(workerData.large);
}, 100);
`;
