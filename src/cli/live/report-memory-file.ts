import { readFileSync } from 'node:fs';
import type { ReportedOutcome, ReportMemory } from '../../gitops/index.ts';
import { writeWholeFile } from '../../host/linux/write-whole-file.ts';
import { messageOf } from '../../lib/errors.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { Logger } from '../../lib/logger.ts';

const FORMAT_VERSION = 1;
/** Beyond so many entries the oldest go: what is forgotten may be reported again. */
const LONGEST = 10_000;
const STATES: ReadonlySet<unknown> = new Set(['progressing', 'succeeded', 'failed', 'superseded']);

/**
 * Remembers in a file what was reported to whom, so that a restart tells nobody the same again. The file holds commits
 * and states and nothing secret; one that is damaged or of a newer format counts as empty.
 */
export function openReportMemory(file: string, logger: Logger): ReportMemory {
  const entries = readEntries(file);
  return {
    get: (sink, application) => entries.get(keyOf(sink, application)),
    set: (sink, application, reported) => {
      const key = keyOf(sink, application);
      entries.delete(key);
      entries.set(key, reported);
      const [oldest] = entries.keys();
      if (entries.size > LONGEST && oldest !== undefined) entries.delete(oldest);
      try {
        const text = JSON.stringify({ formatVersion: FORMAT_VERSION, entries: [...entries] });
        writeWholeFile(file, text, { mode: 0o600 });
      } catch (error) {
        // Reports never end what runs; what cannot be remembered is at worst told once more.
        logger.warn('what was reported cannot be remembered', { error: messageOf(error) });
      }
    },
  };
}

function keyOf(sink: string, application: string): string {
  return `${sink}\n${application}`;
}

function readEntries(file: string): Map<string, ReportedOutcome> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return new Map();
  }
  const list = isJsonObject(value) && value['formatVersion'] === FORMAT_VERSION ? value['entries'] : undefined;
  if (!Array.isArray(list)) return new Map();
  return new Map(list.filter(isEntry));
}

function isEntry(entry: unknown): entry is [string, ReportedOutcome] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string' || !isJsonObject(entry[1])) return false;
  const { commit, state, digest, end } = entry[1];
  const isEnd =
    end === undefined || (isJsonObject(end) && typeof end['commit'] === 'string' && STATES.has(end['state']));
  return typeof commit === 'string' && STATES.has(state) && typeof digest === 'string' && isEnd;
}
