import { type Application, type CommandContext, proposeCompletions } from '@stricli/core';
import { DataError } from '../../base/index.ts';
import { settings } from '../../server/index.ts';

/** The word before which a shell puts what is typed so far. People need not know it. */
export const proposeWord = '__complete';

/** Stands for the names of files, which shells know best: they take them where nothing is proposed. */
const aFile = '';

/** What is proposed where a file can stand. */
export const proposeFiles = (): readonly string[] => [aFile];

/** Each script asks the command itself, line by line, so that it stays right with new versions, and else takes names of files. */
const scripts: Readonly<Record<string, string>> = {
  bash: `# Completion of linnet for bash: eval "$(linnet completion bash)" in ~/.bashrc
_linnet() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" ${proposeWord} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o default -F _linnet linnet
`,
  zsh: `#compdef linnet
# Completion of linnet for zsh: eval "$(linnet completion zsh)" in ~/.zshrc, after compinit
_linnet() {
  local line
  local -a found
  for line in "\${(@f)$("\${words[1]}" ${proposeWord} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#found} )); then _describe linnet found; else _files; fi
}
if [[ \${funcstack[1]} == _linnet ]]; then _linnet "$@"; else compdef _linnet linnet; fi
`,
  fish: `# Completion of linnet for fish: linnet completion fish | source, in ~/.config/fish/config.fish
function __linnet_complete
  set --local words (commandline --tokenize --cut-at-cursor --current-process)
  set --local found (command $words[1] ${proposeWord} $words[2..-1] (commandline --current-token --cut-at-cursor) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline --current-token --cut-at-cursor)
  end
end
complete --command linnet --no-files --arguments '(__linnet_complete)'
`,
};

export const shells = Object.keys(scripts);

/** `linnet completion`: prints the script that a shell reads. */
export function completion(shell: string): void {
  const script = scripts[shell];
  if (script === undefined)
    throw new DataError(`There is no completion for "${shell}"; there is for ${shells.join(', ')}`, {
      source: settings,
    });
  process.stdout.write(script);
}

/** Prints what can stand at the last of the words, a line each: the word, a tab, what it means. */
export async function propose(
  application: Application<CommandContext>,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const [first, ...others] = words;
  const isHelp = first === 'help' && others.length > 0;
  const found = await proposeCompletions(application, isHelp ? others : words, context);
  // Options are shown where nothing else can stand, or once their dashes are typed.
  const values = found.filter(({ kind }) => kind !== 'argument:flag');
  const isOpen = words.at(-1) === '' && values.length > 0;
  const shown = isHelp ? found.filter(({ kind }) => kind.startsWith('routing-target')) : isOpen ? values : found;
  const lines = shown
    .filter(({ completion: word }) => word !== '--' && word !== aFile)
    .map(({ completion: word, brief }) => `${word}\t${brief}\n`);
  if (words.length === 1 && 'help'.startsWith(first!)) lines.push('help\tExplain a command\n');
  process.stdout.write(lines.join(''));
}
