import type { Command, Option } from 'commander';
import { KINDS } from '../../objects/kinds.ts';
import type { Shell } from '../program/shell-commands.ts';

/** What one command can be completed with. */
interface CompletionEntry {
  /** Words before: empty for `berth` itself, `store` for `store check`. */
  readonly path: string;
  readonly words: readonly string[];
  readonly options: readonly { readonly flag: string; readonly choices: readonly string[]; readonly text: string }[];
}

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
    words: [...command.commands.map((child) => child.name()), ...operandsOf(command)],
    options: command.options.filter(({ hidden }) => !hidden).flatMap(describeOption),
  };
  const children = command.commands.flatMap((child) => collectEntries(child, `${path} ${child.name()}`.trim()));
  return [own, ...children];
}

function describeOption(option: Option): CompletionEntry['options'] {
  const choices = option.argChoices ?? [];
  const text = option.description.replaceAll("'", '’');
  return [option.long, option.short].flatMap((flag) => (flag == null ? [] : [{ flag, choices, text }]));
}

/** Kinds for the commands that take one, and fixed words such as the names of shells. */
function operandsOf(command: Command): readonly string[] {
  const [first] = command.registeredArguments;
  if (first?.argChoices !== undefined) return first.argChoices;
  if (first?.name() !== 'kinds' && first?.name() !== 'kind') return [];
  return ['all', ...KINDS.filter(({ support }) => support === 'implemented').map(({ plural }) => plural)];
}

function formatBash(entries: readonly CompletionEntry[]): string {
  const cases = entries.map(({ path, words, options }) => {
    const flags = options.map(({ flag }) => flag);
    return `    '${path}') words='${words.join(' ')}'; flags='${[...flags, '--help'].join(' ')}' ;;`;
  });
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
  local cur="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' flags='' word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.map((path) => `'${path}'`).join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "\${path:+$path }$previous" in
${choiceCases.join('\n')}
    *' --data-dir'|*' --repo'|*' --config'|*-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case "$path" in
${cases.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  else COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}
complete -o default -F _berth berth
`;
}

function formatFish(program: Command, entries: readonly CompletionEntry[]): string {
  const descriptions = new Map(
    program.commands.map((command) => [command.name(), command.description().replaceAll("'", '’')]),
  );
  const lines = entries.flatMap(({ path, words, options }) => {
    const condition =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join('; and ');
    return [
      ...words.map(
        (word) =>
          `complete -c berth -n '${condition}' -f -a '${word}'${path === '' ? ` -d '${descriptions.get(word) ?? ''}'` : ''}`,
      ),
      ...options.map(({ flag, choices, text }) => {
        const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
        return `complete -c berth -n '${condition}' ${name}${choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : ''} -d '${text}'`;
      }),
    ];
  });
  return `# Completion of berth. Save it as ~/.config/fish/completions/berth.fish\n${lines.join('\n')}\n`;
}
