export interface ScalarStyle {
  readonly isPlainAllowed: boolean;
  readonly isSingleQuotedAllowed: boolean;
  readonly isBlockAllowed: boolean;
}

const FIRST_INDICATORS = new Set('#,[]{}&*!|>\'"%@`');

/** In which styles libyaml's emitter can write a text (yaml_emitter_analyze_scalar), outside of flow collections. */
export function analyzeScalar(text: string): ScalarStyle {
  if (text === '') return { isPlainAllowed: true, isSingleQuotedAllowed: true, isBlockAllowed: false };
  const chars = Array.from(text);
  const last = chars.length - 1;
  const hasIndicators = hasBlockIndicators(chars);
  const hasSpecial = chars.some((char) => !isPrintable(char.codePointAt(0) ?? 0));
  const hasBreaks = chars.some(isBreak);
  const isAt = (index: number, test: (char: string) => boolean) => test(chars[index] ?? '');
  const hasSpaceBeforeBreak = chars.some((char, index) => isBreak(char) && index > 0 && isAt(index - 1, isSpace));
  const hasSpaceAfterBreak = chars.some((char, index) => isSpace(char) && index > 0 && isAt(index - 1, isBreak));
  const isPadded = isAt(0, isSpace) || isAt(0, isBreak) || isAt(last, isSpace) || isAt(last, isBreak);
  const isUnsafe = hasSpaceBeforeBreak || hasSpecial;
  return {
    isPlainAllowed: !isPadded && !hasSpaceAfterBreak && !isUnsafe && !hasBreaks && !hasIndicators,
    isSingleQuotedAllowed: !hasSpaceAfterBreak && !isUnsafe,
    isBlockAllowed: !isAt(last, isSpace) && !isUnsafe,
  };
}

function hasBlockIndicators(chars: readonly string[]): boolean {
  const start = chars.slice(0, 3).join('');
  if (start === '---' || start === '...') return true;
  return chars.some((char, index) => {
    const next = chars[index + 1];
    const isFollowed = next === undefined || isBlank(next);
    if (index === 0)
      return FIRST_INDICATORS.has(char) || ((char === '?' || char === ':' || char === '-') && isFollowed);
    if (char === ':') return isFollowed;
    const before = chars[index - 1] ?? '';
    return char === '#' && (isBlank(before) || isBreak(before));
  });
}

export function isSpace(char: string): boolean {
  return char === ' ';
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t';
}

export function isBreak(char: string): boolean {
  return char === '\n' || char === '\r' || char === '\u0085' || char === '\u2028' || char === '\u2029';
}

/** What goyaml.v2 takes for printable; nothing beyond the basic plane is. */
export function isPrintable(code: number): boolean {
  return (
    code === 0x0a ||
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
  );
}
