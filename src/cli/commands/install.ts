import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeWholeFile } from '../../host/linux/write-whole-file.ts';
import { BerthError } from '../../lib/errors.ts';
import { readConfiguration, type UpOptions } from '../configuration/read-configuration.ts';
import { formatConfiguration } from '../install/format-configuration.ts';
import { formatUnit, SERVICE_NAME } from '../install/systemd-unit.ts';
import { EXIT } from '../output/exit-codes.ts';
import { createTerminal, type Terminal } from '../output/terminal.ts';
import { packageRoot } from '../setup/ensure-demo-image.ts';

export interface InstallOptions extends UpOptions {
  readonly force?: boolean;
  readonly print?: boolean;
  /** Writes below this folder instead of `/`, and starts nothing. */
  readonly root?: string;
}

export interface UninstallOptions {
  readonly purge?: boolean;
  readonly root?: string;
}

const CONFIGURATION_FILE = '/etc/berth/config.yaml';
const UNIT_FILE = `/etc/systemd/system/${SERVICE_NAME}.service`;

/**
 * Writes the configuration and the unit, and starts the service where systemd runs. A configuration that is there
 * already is used as it is unless `--force` replaces it, so that an upgrade is `berth install` without options.
 */
export async function runInstall(options: InstallOptions): Promise<number> {
  const terminal = createTerminal(process.stderr);
  const target = join(options.root ?? '/', CONFIGURATION_FILE);
  const isPresent = existsSync(target);
  const isGiven = options.repo !== undefined;
  if (!isGiven && !isPresent) throw usage('--repo is missing: which repository shall this box follow?');
  if (isGiven && isPresent && options.force !== true && options.print !== true) {
    throw usage(
      `${target} exists already`,
      'edit it, or replace it with --force; without options the present one is installed',
    );
  }
  // Read in any case: what does not hold now would keep the service from starting.
  const configuration = readConfiguration(isGiven ? options : { config: target });
  const text = formatConfiguration(configuration);
  const script = join(packageRoot(), 'scripts', 'berth.mjs');
  const unit = formatUnit({ node: process.execPath, script, configurationFile: CONFIGURATION_FILE });
  if (options.print === true) {
    const shown = isGiven ? `# ${CONFIGURATION_FILE}\n${text}\n` : '';
    createTerminal(process.stdout).write(`${shown}# ${UNIT_FILE}\n${unit}`);
    return EXIT.ok;
  }
  requireRoot(options.root, 'install');
  if (isGiven) write(target, text, 0o600, terminal);
  write(join(options.root ?? '/', UNIT_FILE), unit, 0o644, terminal);
  return options.root === undefined ? startService(terminal) : EXIT.ok;
}

/** Takes the service away. What runs goes on: it belongs to Docker. */
export async function runUninstall(options: UninstallOptions): Promise<number> {
  requireRoot(options.root, 'uninstall');
  const terminal = createTerminal(process.stderr);
  const unit = join(options.root ?? '/', UNIT_FILE);
  const isInstalled = existsSync(unit);
  const hasSystemd = options.root === undefined && isSystemdRunning();
  if (hasSystemd && isInstalled) systemctl(['disable', '--now', SERVICE_NAME]);
  remove(unit, terminal);
  if (hasSystemd) systemctl(['daemon-reload']);
  const configuration = join(options.root ?? '/', CONFIGURATION_FILE);
  if (options.purge === true) remove(configuration, terminal);
  else if (existsSync(configuration)) say(terminal, `${configuration} stays; \`berth uninstall --purge\` removes it`);
  say(terminal, isInstalled ? 'containers go on running; `berth down` removes them' : 'the service was not installed');
  return EXIT.ok;
}

function usage(detail: string, help = 'see `berth install --help`'): BerthError {
  return new BerthError('UsageInvalid', { detail, help });
}

function say(terminal: Terminal, text: string): void {
  terminal.write(`${terminal.style('cyan', '►')} ${text}\n`);
}

function requireRoot(root: string | undefined, verb: string): void {
  if (root !== undefined || process.getuid?.() === 0) return;
  throw new BerthError('RightsMissing', {
    object: UNIT_FILE,
    verb,
    detail: 'only root may write it',
    help: `run \`sudo berth ${verb}\`, or look at the files with \`berth install --print\``,
  });
}

function write(path: string, text: string, mode: number, terminal: Terminal): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeWholeFile(path, text, { mode });
  say(terminal, `wrote ${path}`);
}

function remove(path: string, terminal: Terminal): void {
  if (!existsSync(path)) return;
  rmSync(path);
  say(terminal, `removed ${path}`);
}

function isSystemdRunning(): boolean {
  return existsSync('/run/systemd/system');
}

function startService(terminal: Terminal): number {
  if (!isSystemdRunning()) {
    say(terminal, 'systemd does not run here, so nothing was started');
    say(
      terminal,
      `start it yourself: \`berth up --config ${CONFIGURATION_FILE}\`; where systemd runs: \`systemctl enable --now ${SERVICE_NAME}\``,
    );
    return EXIT.ok;
  }
  systemctl(['daemon-reload']);
  systemctl(['enable', SERVICE_NAME]);
  // A restart of Berth restarts no container; it is how an upgrade takes effect.
  systemctl(['restart', SERVICE_NAME]);
  say(
    terminal,
    `the service ${SERVICE_NAME} runs, also after a reboot; see it with \`berth status\` and \`journalctl -u ${SERVICE_NAME} -f\``,
  );
  return EXIT.ok;
}

function systemctl(args: readonly string[]): void {
  const result = spawnSync('systemctl', args, { encoding: 'utf8' });
  if (result.status === 0) return;
  throw new BerthError('Unhealthy', {
    object: SERVICE_NAME,
    verb: args[0] ?? 'systemctl',
    detail: (result.error?.message ?? result.stderr.trim()) || `systemctl ended with ${result.status}`,
    help: `type \`systemctl status ${SERVICE_NAME}\` and \`journalctl -u ${SERVICE_NAME}\``,
  });
}
