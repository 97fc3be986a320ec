/**
 * Notes which branches of the deciders (`compute-*.ts`) run, in the program that a bundle becomes: its global `RULE_COUNTERS` has them in the form
 * of Istanbul, with 1 as the count of each that ran. V8's own counters would count in every file, which costs a simulated seed a fifth of its time.
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
  const code = noteOnly(instrumenter.instrumentSync(text, path));
  const map = Buffer.from(JSON.stringify(instrumenter.lastSourceMap())).toString('base64');
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${map}`;
}

/**
 * Istanbul counts by a call and several lookups at every statement: `cov_1a().s[3]++`. Taking the counts of a file once, where Istanbul calls its
 * function for the first time, and setting a mark at each statement costs a fraction of that.
 */
function noteOnly(code) {
  return code
    .replace(/^(cov_\w+)\(\);/m, 'const $1_ran = $1(), $1_s = $1_ran.s, $1_f = $1_ran.f, $1_b = $1_ran.b;')
    .replace(/\b(cov_\w+)\(\)\.([sfb])(\[\d+\](?:\[\d+\])?)\+\+/g, '$1_$2$3 = 1');
}
