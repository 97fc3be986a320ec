/**
 * Counts how often each branch of the deciders (`compute-*.ts`) runs, in the program that a bundle becomes: the counts are in its global
 * `RULE_COUNTERS`, in the form of Istanbul. V8's own counters would count in every file, which costs a simulated seed a fifth of its time.
 */
import { readFile } from 'node:fs/promises';
import { createInstrumenter } from 'istanbul-lib-instrument';

/** Files whose every branch is a rule that some history must take. */
const DECIDERS = /\/src\/(?:.*\/)?compute-[a-z-]+\.ts$/;
const RULE_COUNTERS = '__berth_rules__';

/** @returns {import('esbuild').Plugin} */
export function ruleCounters() {
  return {
    name: 'rule counters',
    setup({ onLoad }) {
      onLoad({ filter: DECIDERS }, async ({ path }) => ({
        contents: withCounters(path, await readFile(path, 'utf8')),
        loader: 'ts',
      }));
    },
  };
}

function withCounters(path, text) {
  const instrumenter = createInstrumenter({
    coverageVariable: RULE_COUNTERS,
    esModules: true,
    compact: false,
    produceSourceMap: true,
    parserPlugins: ['typescript'],
  });
  const code = instrumenter.instrumentSync(text, path);
  const map = Buffer.from(JSON.stringify(instrumenter.lastSourceMap())).toString('base64');
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${map}`;
}
