/** The last value of each variable of a Git configuration, keyed `section.name` or `section.subsection.name`. */
export type GitConfig = ReadonlyMap<string, string>;

/**
 * Parses a repository's configuration file. Section and variable names are lower-cased, subsections kept; a variable
 * without a value is `true`. Includes are not followed: what Berth asks for (format, sharing, reflogs) belongs to the
 * repository itself.
 */
export function parseGitConfig(text: string): GitConfig {
  const values = new Map<string, string>();
  let section = '';
  for (const line of text.replaceAll('\\\n', '').split(/\r?\n/)) {
    const header = /^\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*(.*)$/.exec(line);
    if (header !== null) {
      const subsection = header[2]?.replace(/\\(.)/g, '$1');
      section = (header[1] ?? '').toLowerCase() + (subsection === undefined ? '' : `.${subsection}`);
    }
    const body = header === null ? line : (header[3] ?? '');
    const variable = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/.exec(body);
    if (variable === null || section === '') continue;
    values.set(`${section}.${(variable[1] ?? '').toLowerCase()}`, parseValue(variable[2]));
  }
  return values;
}

/** Git's reading of a boolean; a number other than zero is true, anything else is undefined. */
export function parseGitBoolean(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (/^(?:true|yes|on)$/i.test(value)) return true;
  if (/^(?:false|no|off|)$/i.test(value)) return false;
  return /^-?\d+$/.test(value) ? Number(value) !== 0 : undefined;
}

function parseValue(raw: string | undefined): string {
  if (raw === undefined) return 'true';
  let value = '';
  let isQuoted = false;
  for (let i = 0; i < raw.length; i++) {
    const char = raw[i] ?? '';
    if (char === '\\') value += raw[++i] ?? '';
    else if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (char === '#' || char === ';')) break;
    else value += char;
  }
  return value.trim();
}
