import type { Command, Option } from 'commander';
import { STORED_KINDS } from '../../objects/kinds.ts';
import type { Shell } from '../program/shell-commands.ts';

/** What one command can be completed with. */
interface CompletionEntry {
  /** Words before: empty for `berth` itself, `store` for `store check`. */
  readonly path: string;
  readonly words: readonly string[];
  /** What the first operand names on the disk. */
  readonly operand: OnDisk;
  readonly options: readonly {
    readonly flag: string;
    readonly choices: readonly string[];
    /** What its value names on the disk. */
    readonly value: OnDisk;
    readonly text: string;
  }[];
}

type OnDisk = 'file' | 'folder' | undefined;

/** A script for a shell, made from the commands themselves, so that it is never behind them. */
export function formatCompletion(program: Command, shell: Shell): string {
  const entries = collectEntries(program, '');
  if (shell === 'fish') return formatFish(program, entries);
  const bash = formatBash(entries);
  return shell === 'bash' ? bash : `#compdef berth\nautoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

function collectEntries(command: Command, path: string): CompletionEntry[] {
  const own: CompletionEntry = {
    path,
    operand: onDisk(command.registeredArguments[0]?.name()),
    words: [...command.commands.map((child) => child.name()), ...operandsOf(command)],
    options: command.options.filter(({ hidden }) => !hidden).flatMap(describeOption),
  };
  const children = command.commands.flatMap((child) => collectEntries(child, `${path} ${child.name()}`.trim()));
  return [own, ...children];
}

function describeOption(option: Option): CompletionEntry['options'] {
  const choices = option.argChoices ?? [];
  const text = option.description.replaceAll("'", '’');
  const value = onDisk(/<([a-z-]+)/.exec(option.flags)?.[1]);
  return [option.long, option.short].flatMap((flag) => (flag == null ? [] : [{ flag, choices, value, text }]));
}

/** The placeholder of an operand or a value says what it is: `<file>`, `<dir>`. */
function onDisk(placeholder: string | undefined): OnDisk {
  if (placeholder === 'file') return 'file';
  return ['dir', 'folder', 'path-or-url'].includes(placeholder ?? '') ? 'folder' : undefined;
}

/** Kinds for the commands that take one, and fixed words such as the names of shells. */
function operandsOf(command: Command): readonly string[] {
  const [first] = command.registeredArguments;
  if (first?.argChoices !== undefined) return first.argChoices;
  if (first?.name() !== 'kinds' && first?.name() !== 'kind') return [];
  return ['all', ...STORED_KINDS.filter(({ support }) => support === 'implemented').map(({ plural }) => plural)];
}

function formatBash(entries: readonly CompletionEntry[]): string {
  const cases = entries.map(({ path, words, operand, options }) => {
    const flags = options.map(({ flag }) => flag);
    const disk = operand === undefined ? '' : ` disk='${operand}';`;
    return `    '${path}') words='${words.join(' ')}';${disk} flags='${[...flags, '--help'].join(' ')}' ;;`;
  });
  const valuesOf = (kind: OnDisk) => [
    ...new Set(entries.flatMap(({ options }) => options.filter(({ value }) => value === kind).map(({ flag }) => flag))),
  ];
  const paths = entries.map(({ path }) => path).filter((path) => path !== '');
  const choices = new Map(
    entries.flatMap(({ path, options }) =>
      options
        .filter((one) => one.choices.length > 0)
        .map((one) => [`${path} ${one.flag}`.trim(), one.choices] as const),
    ),
  );
  const choiceCases = [...choices].map(
    ([key, values]) => `    '${key}') COMPREPLY=($(compgen -W '${values.join(' ')}' -- "$cur")); return ;;`,
  );
  return `# Completion of berth. Load it with: source <(berth completion bash)
_berth() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' flags='' disk='' word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.map((path) => `'${path}'`).join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "\${path:+$path }$previous" in
${choiceCases.join('\n')}
    ${valuesOf('folder')
      .map((flag) => `*' ${flag}'`)
      .join('|')}) _berth_disk folder "$cur"; return ;;
    ${valuesOf('file')
      .map((flag) => `*' ${flag}'`)
      .join('|')}) _berth_disk file "$cur"; return ;;
  esac
  case "$path" in
${cases.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n "$disk" ]]; then _berth_disk "$disk" "$cur"
  else COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}
_berth_disk() {
  local match
  while IFS= read -r match; do COMPREPLY+=("$match"); done < <(compgen "-$([[ "$1" == folder ]] && echo d || echo f)" -- "$2")
  # zsh has no compopt, and needs none.
  if type compopt >/dev/null 2>&1; then compopt -o filenames 2>/dev/null; fi
}
complete -o default -F _berth berth
`;
}

function formatFish(program: Command, entries: readonly CompletionEntry[]): string {
  const descriptions = new Map(
    program.commands.map((command) => [command.name(), command.description().replaceAll("'", '’')]),
  );
  const lines = entries.flatMap(({ path, words, operand, options }) => {
    const condition =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join('; and ');
    const onDiskLine = `complete -c berth -n '${condition}' -f -a '(__fish_complete_directories)'`;
    return [
      ...(operand === undefined ? [] : [operand === 'folder' ? onDiskLine : `complete -c berth -n '${condition}' -F`]),
      ...words.map(
        (word) =>
          `complete -c berth -n '${condition}' -f -a '${word}'${path === '' ? ` -d '${descriptions.get(word) ?? ''}'` : ''}`,
      ),
      ...options.map(({ flag, choices, value, text }) => {
        const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
        return `complete -c berth -n '${condition}' ${name}${choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : fishValue(value)} -d '${text}'`;
      }),
    ];
  });
  return `# Completion of berth. Save it as ~/.config/fish/completions/berth.fish\n${lines.join('\n')}\n`;
}

function fishValue(value: OnDisk): string {
  if (value === undefined) return '';
  return value === 'file' ? ' -r -F' : " -x -a '(__fish_complete_directories)'";
}
