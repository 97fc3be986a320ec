import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCommand } from './runner/commands.ts';
import { formatScenario, parseScenario, type Step } from './runner/scenario-file.ts';
import { ScenarioWorld } from './runner/scenario-world.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
/** Set to `1`: the expectations are written anew, for a person to review before they are committed. */
const REWRITES = process.env['BERTH_REWRITE_SCENARIOS'] === '1';
const FILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .sort();

test.each(FILES)('%s', async (name) => {
  const path = `${FOLDER}${name}`;
  const text = readFileSync(path, 'utf8');
  const parts = parseScenario(text);
  const printed = new Map<Step, string>();
  const world = new ScenarioWorld();
  await world.start();
  try {
    for (const part of parts) {
      if (part.type === 'text') continue;
      const { command, input } = part.step;
      // A blank line would end the expectation.
      printed.set(part.step, (await runCommand(world, command, input)).replace(/^\n|\n(?=\n)|\n$/g, ''));
    }
  } finally {
    await world.stop();
  }
  const found = formatScenario(parts, printed);
  if (REWRITES && found !== text) writeFileSync(path, found);
  expect(found).toBe(REWRITES ? found : text);
});
