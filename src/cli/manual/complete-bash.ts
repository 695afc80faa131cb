// Completion for bash, as a script to be sourced. Without bash-completion, and in the bash 3.2 of macOS too. Pure text.

import type { CommandWords, FlagWords, ValueHint } from "./command-words.ts";

export function renderBash(commands: readonly CommandWords[]): string {
  return [
    "# Completion of gw for bash. Made by: gw completions bash",
    "_gw() {",
    `  local current=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]} second= command=\${COMP_WORDS[1]} word at`,
    "  # Bash takes --flag=value for three words.",
    '  if [[ $current == "=" ]]; then current=',
    `  elif [[ $flag == "=" ]]; then flag=\${COMP_WORDS[COMP_CWORD-2]}`,
    `  elif (( COMP_CWORD > 2 )); then second=\${COMP_WORDS[COMP_CWORD-2]}; fi`,
    "  COMPREPLY=()",
    "  if (( COMP_CWORD == 1 )); then",
    `    COMPREPLY=($(compgen -W "${[...commands.map(({ name }) => name), "help"].join(" ")}" -- "$current"))`,
    "    return",
    "  fi",
    "  # Behind -- stand words of the app.",
    "  for (( at = 2; at < COMP_CWORD; at++ )); do",
    `    if [[ \${COMP_WORDS[at]} == "--" ]]; then _gw_files; return; fi`,
    "  done",
    '  case "$command" in',
    ...commands.flatMap(renderCommand),
    `    help) COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$current")) ;;`,
    "  esac",
    "}",
    "_gw_files() {",
    "  compopt -o filenames 2>/dev/null",
    "  local name",
    '  while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$current")',
    "}",
    "complete -F _gw gw",
    "",
  ].join("\n");
}

function renderCommand({ name, flags, places }: CommandWords): string[] {
  const all = flags.flatMap(({ spellings }) => spellings);
  const [place] = places;
  return [
    `    ${name})`,
    '      case "$flag" in',
    ...byHint(
      flags.filter(({ values }) => values.length > 0),
      0,
    ),
    "      esac",
    '      case "$second" in',
    ...byHint(
      flags.filter(({ values }) => values.length > 1),
      1,
    ),
    "      esac",
    "      if [[ $current == -* ]]; then",
    `        COMPREPLY=($(compgen -W "${all.join(" ")}" -- "$current"))`,
    "        return",
    "      fi",
    ...(place ? [`      ${offer(place)}`] : []),
    "      ;;",
  ];
}

/** One branch for all flags whose value is of one sort. */
function byHint(flags: readonly FlagWords[], at: number): string[] {
  const branches = new Map<string, string[]>();
  for (const { spellings, values } of flags) {
    const hint = values[at];
    if (hint) branches.set(offer(hint), [...(branches.get(offer(hint)) ?? []), ...spellings]);
  }
  return [...branches].map(([command, spellings]) => `        ${spellings.join("|")}) ${command}; return ;;`);
}

function offer({ isPath, words }: ValueHint): string {
  if (isPath) return "_gw_files";
  return words.length > 0 ? `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$current"))` : ":";
}
