/** One step of a glob: a character it takes, or any number of any. */
type Step = { readonly type: 'star' } | { readonly type: 'one'; readonly test: (char: string) => boolean };

/**
 * The lengths of all beginnings of `chars` that a glob matches, in ascending order; undefined for a malformed glob. `*`
 * takes anything, slashes too, `?` one character, `[a-z]` and `[^a-z]` one of a class, `\` makes the next character
 * stand for itself.
 */
export function matchBeginnings(glob: string, chars: readonly string[]): readonly number[] | undefined {
  const steps = parseGlob(Array.from(glob));
  if (steps === undefined) return undefined;
  const lengths: number[] = [];
  let states = enter(steps, [0]);
  for (let at = 0; at <= chars.length && states.size > 0; at++) {
    if (states.has(steps.length)) lengths.push(at);
    const char = chars[at];
    if (char === undefined) break;
    const next: number[] = [];
    for (const state of states) {
      const step = steps[state];
      if (step?.type === 'star') next.push(state);
      else if (step?.test(char) === true) next.push(state + 1);
    }
    states = enter(steps, next);
  }
  return lengths;
}

function enter(steps: readonly Step[], states: readonly number[]): ReadonlySet<number> {
  const entered = new Set<number>();
  for (const first of states) {
    for (let state = first; !entered.has(state); state++) {
      entered.add(state);
      if (steps[state]?.type !== 'star') break;
    }
  }
  return entered;
}

function parseGlob(glob: readonly string[]): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] ?? '';
    if (char === '*') steps.push({ type: 'star' });
    else if (char === '?') steps.push({ type: 'one', test: () => true });
    else if (char === '[') {
      const parsed = parseClass(glob, at + 1);
      if (parsed === undefined) return undefined;
      steps.push({ type: 'one', test: parsed.test });
      at = parsed.end;
    } else {
      const literal = char === '\\' ? glob[++at] : char;
      if (literal === undefined) return undefined;
      steps.push({ type: 'one', test: (other) => other === literal });
    }
  }
  return steps;
}

/** `end` is where the closing bracket stands. A class has at least one range. */
function parseClass(glob: readonly string[], start: number) {
  const isNegated = glob[start] === '^';
  const ranges: (readonly [number, number])[] = [];
  let at = isNegated ? start + 1 : start;
  const readChar = (): number | undefined => {
    if (glob[at] === '\\') at++;
    else if (glob[at] === '-' || glob[at] === ']') return undefined;
    return glob[at++]?.codePointAt(0);
  };
  while (glob[at] !== ']' || ranges.length === 0) {
    const low = readChar();
    if (low === undefined) return undefined;
    if (glob[at] !== '-') {
      ranges.push([low, low]);
      continue;
    }
    at++;
    const high = readChar();
    if (high === undefined) return undefined;
    ranges.push([low, high]);
  }
  const test = (char: string) => {
    const code = char.codePointAt(0) ?? 0;
    return ranges.some(([low, high]) => low <= code && code <= high) !== isNegated;
  };
  return { test, end: at };
}
