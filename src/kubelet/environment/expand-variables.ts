/**
 * EnvVar.value: "Variable references $(VAR_NAME) are expanded using the previously defined environment variables in the
 * container and any service environment variables. If a variable cannot be resolved, the reference in the input string
 * will be unchanged. Double $$ are reduced to a single $, which allows for escaping the $(VAR_NAME) syntax: i.e.
 * "$$(VAR_NAME)" will produce the string literal "$(VAR_NAME)". Escaped references will never be expanded, regardless
 * of whether the variable exists or not."
 */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  let out = '';
  let index = 0;
  while (index < text.length) {
    const char = text.charAt(index);
    const next = text.charAt(index + 1);
    if (char !== '$' || next === '') {
      out += char;
      index++;
    } else if (next === '$') {
      out += '$';
      index += 2;
    } else if (next === '(') {
      const end = text.indexOf(')', index + 2);
      const name = end === -1 ? '' : text.slice(index + 2, end);
      // A reference that is never closed stays as it is, and what follows it is read on.
      out += end === -1 ? '$(' : (lookup(name) ?? `$(${name})`);
      index = end === -1 ? index + 2 : end + 1;
    } else {
      out += char;
      index++;
    }
  }
  return out;
}
