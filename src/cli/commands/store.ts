import { existsSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { acquireDataDirectoryLock } from '../../host/linux/data-directory-lock.ts';
import { openLinuxDisk } from '../../host/linux/linux-disk.ts';
import { BerthError } from '../../lib/errors.ts';
import { formatTable } from '../../lib/format-table.ts';
import { backupStore, checkStore, restoreStore } from '../../store/index.ts';
import { dataPaths } from '../live/data-paths.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatOutput, type OutputFormat } from '../output/format-output.ts';
import { createTerminal } from '../output/terminal.ts';
import { type ConnectionOptions, dataDirectoryOf } from './socket-of.ts';

export interface CheckOptions extends ConnectionOptions {
  readonly output?: OutputFormat;
}
export type BackupOptions = ConnectionOptions;
export interface RestoreOptions extends ConnectionOptions {
  readonly replace?: boolean;
}

/** Verifies every record. Resolves with 1 when the store is damaged. */
export async function runStoreCheck(options: CheckOptions): Promise<number> {
  const dataDirectory = await requireDataDirectory(options, 'check');
  const lock = acquireDataDirectoryLock(dataDirectory);
  try {
    const check = await checkStore(await openLinuxDisk(dataPaths(dataDirectory).store));
    const terminal = createTerminal(process.stdout);
    if (options.output !== undefined) terminal.write(await formatOutput(check, options.output));
    else {
      const rows = check.files.map((file) => Object.values(file).map(String));
      const [first] = check.files;
      if (first !== undefined)
        terminal.write(formatTable([Object.keys(first).map((name) => name.toUpperCase()), ...rows]));
      const { damage } = check;
      terminal.write(
        damage === undefined
          ? `${terminal.style('green', '✔')} the store is sound: ${check.objects} objects at revision ${check.revision}, ${check.sizeBytes} bytes\n`
          : `${terminal.style('red', '✗')} ${damage.file} is damaged at byte ${damage.offset}: ${damage.reason}\n`,
      );
    }
    return check.damage === undefined ? EXIT.ok : EXIT.error;
  } finally {
    lock.release();
  }
}

/** Copies the store, also beside a running Berth. */
export async function runStoreBackup(folder: string, options: BackupOptions): Promise<number> {
  const dataDirectory = await requireDataDirectory(options, 'back up');
  const target = resolve(folder);
  if (existsSync(target) && !statSync(target).isDirectory()) {
    throw new BerthError('UsageInvalid', {
      detail: `${target} is a file; a backup is a folder`,
      help: 'name a new folder',
    });
  }
  const from = await openLinuxDisk(dataPaths(dataDirectory).store);
  const report = await backupStore({ from, to: await openLinuxDisk(target) });
  createTerminal(process.stdout).write(
    `${target}: ${report.objects} objects at revision ${report.revision}, ${report.sizeBytes} bytes\n`,
  );
  return EXIT.ok;
}

/** Puts a backup in place. What runs is brought to it by the next `berth up`. */
export async function runStoreRestore(folder: string, options: RestoreOptions): Promise<number> {
  const source = resolve(folder);
  if (!existsSync(source)) {
    throw new BerthError('ConfigInvalid', {
      object: source,
      verb: 'restore',
      detail: 'there is no such folder',
      help: 'name what `berth store backup` wrote',
    });
  }
  const dataDirectory = await dataDirectoryOf(options);
  const lock = acquireDataDirectoryLock(dataDirectory);
  try {
    const to = await openLinuxDisk(dataPaths(dataDirectory).store);
    const report = await restoreStore({ from: await openLinuxDisk(source), to, replace: options.replace === true });
    // The backup may be of another cluster; from now on the store says which one this is.
    rmSync(dataPaths(dataDirectory).cluster, { force: true });
    createTerminal(process.stdout).write(
      `restored ${report.objects} objects; revisions go on at ${report.revision}\nnext: \`berth up\`\n`,
    );
    return EXIT.ok;
  } finally {
    lock.release();
  }
}

async function requireDataDirectory(options: ConnectionOptions, verb: string): Promise<string> {
  const dataDirectory = await dataDirectoryOf(options);
  if (existsSync(dataPaths(dataDirectory).store)) return dataDirectory;
  throw new BerthError('ConfigInvalid', {
    object: dataDirectory,
    verb,
    detail: 'there is no store of Berth in it',
    help: 'name the data directory with --data-dir',
  });
}
