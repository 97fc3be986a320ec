/**
 * What becomes of folded text (`>`) in kustomize, which writes each object as YAML and reads it again before it is
 * done. goyaml's writer doubles a line break also where the next line is indented, and looks for spaces at the start of
 * the whole text where it means the next line; the text changes, and kubectl gets the changed one.
 */
export function rereadFolded(text: string): string {
  return readFolded(writeFolded(text), chompingOf(text));
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

/** The lines that goyaml's emitter writes below `>`. */
function writeFolded(text: string): string {
  const first = /[^\n]/.exec(text)?.[0];
  const isFirstBlank = first === undefined || isBlank(first);
  let written = '';
  let isAtBreak = true;
  let isIndented = true;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\n') {
      if (!isAtBreak && !isIndented && !isFirstBlank) written += '\n';
      written += '\n';
      isAtBreak = true;
    } else {
      if (isAtBreak) isIndented = isBlank(char);
      written += char;
      isAtBreak = false;
    }
  }
  return written;
}

function chompingOf(text: string): 'strip' | 'clip' | 'keep' {
  if (!text.endsWith('\n')) return 'strip';
  return text.length === 1 || text.endsWith('\n\n') ? 'keep' : 'clip';
}

/** What goyaml's scanner reads from the lines below `>`. */
function readFolded(written: string, chomping: 'strip' | 'clip' | 'keep'): string {
  const lines = written.split('\n');
  let text = '';
  let breakBefore = '';
  let emptyBefore = '';
  let wasIndented = false;
  const isTerminated = lines.at(-1) === '';
  if (isTerminated) lines.pop();
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      emptyBefore += '\n';
      continue;
    }
    const isIndented = isBlank(line[0]);
    if (breakBefore !== '' && !wasIndented && !isIndented) text += emptyBefore === '' ? ' ' : '';
    else text += breakBefore;
    text += emptyBefore + line;
    wasIndented = isIndented;
    emptyBefore = '';
    breakBefore = index < lines.length - 1 || isTerminated ? '\n' : '';
  }
  if (chomping !== 'strip') text += breakBefore;
  return chomping === 'keep' ? text + emptyBefore : text;
}
