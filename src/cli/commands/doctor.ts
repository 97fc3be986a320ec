import { existsSync } from 'node:fs';
import { createApiClient } from '../../api/http-client/index.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { systemConfigurationFile } from '../configuration/default-places.ts';
import { readConfiguration } from '../configuration/read-configuration.ts';
import { type Check, type CheckResult, type DoctorContext, fail, ok } from '../doctor/check.ts';
import { checkEngine, checkRegistryConfiguration } from '../doctor/engine-checks.ts';
import {
  checkClock,
  checkDataDirectory,
  checkDisk,
  checkInotify,
  checkPrograms,
  checkRepository,
} from '../doctor/machine-checks.ts';
import { checkPacketRules, checkPorts } from '../doctor/network-checks.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import { dataPaths } from '../live/data-paths.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatOutput, type OutputFormat } from '../output/format-output.ts';
import { createTerminal, type Style } from '../output/terminal.ts';
import { type ConnectionOptions, dataDirectoryOf } from './socket-of.ts';

export interface DoctorOptions extends ConnectionOptions {
  readonly config?: string;
  readonly output?: OutputFormat;
}

const CHECKS: readonly Check[] = [
  checkEngine,
  checkPacketRules,
  checkPorts,
  checkPrograms,
  checkDisk,
  checkDataDirectory,
  checkInotify,
  checkClock,
  checkRepository,
  checkRegistryConfiguration,
];

/** Looks at everything that Berth needs of this machine. Resolves with 1 when something would keep it from working. */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const { configuration, results } = readOwnConfiguration(options);
  const dataDirectory =
    options.dataDir === undefined && configuration !== undefined
      ? configuration.dataDirectory
      : await dataDirectoryOf(options);
  const context: DoctorContext = { dataDirectory, configuration, isRunning: await isRunning(dataDirectory) };
  const found = await Promise.all(CHECKS.map((check) => runCheck(check, context)));
  const all = [...results, ...found.flat()];
  const isFine = !all.some(({ status }) => status === 'fail');
  const terminal = createTerminal(process.stdout);
  terminal.write(
    options.output === undefined
      ? formatResults(all, terminal)
      : await formatOutput({ ok: isFine, checks: all }, options.output),
  );
  return isFine ? EXIT.ok : EXIT.error;
}

/** One check that breaks must not hide what the others say. */
async function runCheck(check: Check, context: DoctorContext): Promise<readonly CheckResult[]> {
  try {
    return await check(context);
  } catch (error) {
    return [
      fail(
        check.name.replace(/^check/, '').toLowerCase(),
        `could not be checked: ${messageOf(error)}`,
        'read the message',
      ),
    ];
  }
}

interface OwnConfiguration {
  readonly configuration?: Configuration;
  readonly results: readonly CheckResult[];
}

function readOwnConfiguration({ config, dataDir }: DoctorOptions): OwnConfiguration {
  const file = config ?? systemConfigurationFile();
  if (config === undefined && !existsSync(file)) return { results: [] };
  try {
    const configuration = readConfiguration({ config: file, ...(dataDir === undefined ? {} : { dataDir }) });
    return { configuration, results: [ok('configuration', file)] };
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    return { results: [fail('configuration', error.detail, `correct ${file}`)] };
  }
}

async function isRunning(dataDirectory: string): Promise<boolean> {
  try {
    await createApiClient({ socketPath: dataPaths(dataDirectory).socket }).request({ path: BERTH_PATHS.status });
    return true;
  } catch {
    return false;
  }
}

const SIGNS = {
  ok: ['✔', 'green'],
  warn: ['⚠', 'yellow'],
  fail: ['✗', 'red'],
} as const satisfies Record<CheckResult['status'], readonly [string, Style]>;

function formatResults(results: readonly CheckResult[], terminal: ReturnType<typeof createTerminal>): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.map(({ name, status, message, remedy }) => {
    const [sign, style] = SIGNS[status];
    const line = `${terminal.style(style, sign)} ${name.padEnd(width)}  ${message}\n`;
    return remedy === undefined ? line : `${line}  ${' '.repeat(width)}  ${terminal.style('dim', `→ ${remedy}`)}\n`;
  });
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  return `${lines.join('')}\n${count('ok')} ok, ${count('warn') === 1 ? '1 warning' : `${count('warn')} warnings`}, ${count('fail')} failed\n`;
}
