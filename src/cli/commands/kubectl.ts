import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BerthError } from '../../lib/errors.ts';
import { formatKubeconfig } from '../kubectl/format-kubeconfig.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import { parseGrant } from '../live/kubectl/grant.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

/**
 * Runs the kubectl of this machine against the running Berth, and resolves with its exit code. Berth opens a port with
 * a token of its own for as long as this takes; the kubeconfig lies in a folder that only this user can enter, and goes
 * at the end.
 */
export async function runKubectl(words: readonly string[], options: ConnectionOptions): Promise<number> {
  const api = await connect(options);
  const ending = new AbortController();
  const session = api.lines({ path: BERTH_PATHS.kubectlSession, signal: ending.signal })[Symbol.asyncIterator]();
  try {
    const { value, done } = await session.next();
    if (done === true) throw new BerthError('ApiUnreachable', { verb: 'kubectl', detail: 'Berth ended meanwhile' });
    return await runWith(formatKubeconfig(parseGrant(value)), words);
  } finally {
    ending.abort();
    await session.return?.();
  }
}

/** Signals that a terminal sends to both: kubectl decides what they mean, and this process waits for it. */
const SHARED_SIGNALS = ['SIGINT', 'SIGQUIT'] as const;
/** Those that only this process gets, and hands on. */
const PASSED_SIGNALS = ['SIGTERM', 'SIGHUP'] as const;

/** From before the folder is there until it is gone no signal ends this process. */
async function runWith(kubeconfig: string, words: readonly string[]): Promise<number> {
  const running: { child?: ChildProcess } = {};
  const ignore = () => {};
  const passOn = (signal: NodeJS.Signals) => void running.child?.kill(signal);
  for (const signal of SHARED_SIGNALS) process.on(signal, ignore);
  for (const signal of PASSED_SIGNALS) process.on(signal, passOn);
  const folder = mkdtempSync(join(tmpdir(), 'berth-kubectl-'));
  try {
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, kubeconfig, { mode: 0o600 });
    running.child = spawn('kubectl', words, { stdio: 'inherit', env: { ...process.env, KUBECONFIG: file } });
    return await exitCodeOf(running.child);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    for (const signal of SHARED_SIGNALS) process.off(signal, ignore);
    for (const signal of PASSED_SIGNALS) process.off(signal, passOn);
  }
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(startError(error)));
    // A shell reports a program that a signal has ended as 128 and its number.
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

function startError(error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new BerthError('KubectlMissing', { verb: 'kubectl', detail: 'there is no kubectl in PATH', cause: error });
}
