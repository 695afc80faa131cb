// Completion for zsh, as the function _gw: a file of that name in a directory of $fpath. Pure text.

import type { CommandWords, FlagWords, ValueHint } from "./command-words.ts";

export function renderZsh(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  return [
    "#compdef gw",
    "# Completion of gw for zsh. Made by: gw completions zsh",
    "_gw() {",
    "  local -a commands",
    "  commands=(",
    ...names,
    "    'help:Show what gw takes, or one of its commands or options'",
    "  )",
    "  if (( CURRENT == 2 )); then _describe command commands; return; fi",
    "  local command=$words[2]",
    "  # Behind -- stand words of the app.",
    `  if (( \${words[(I)--]} > 0 && \${words[(I)--]} < CURRENT )); then _files; return; fi`,
    "  shift words; (( CURRENT-- ))",
    "  case $command in",
    ...commands.flatMap(renderCommand),
    "    help) _describe command commands ;;",
    "  esac",
    "}",
    'if [[ $funcstack[1] == _gw ]]; then _gw "$@"; else compdef _gw gw; fi',
    "",
  ].join("\n");
}

function renderCommand({ name, flags, places }: CommandWords): string[] {
  const specs = [
    ...flags.flatMap(flagSpecs),
    ...places.map((hint, at) => quote(`${at + 1}:${hint.name}:${offer(hint)}`)),
  ];
  return [
    `    ${name})`,
    "      _arguments \\",
    ...specs.map((spec) => `        ${spec} \\`),
    "        && return",
    "      ;;",
  ];
}

function flagSpecs({ spellings, values, isRepeatable, meaning }: FlagWords): string[] {
  // Whoever has given one spelling is not offered the others.
  const others = isRepeatable ? "*" : spellings.length > 1 ? `(${spellings.join(" ")})` : "";
  const tail = values.map((hint) => `:${hint.name}:${offer(hint)}`).join("");
  return spellings.map((spelling) => {
    const sign = values.length === 1 && spelling.startsWith("--") ? "=" : "";
    return quote(`${others}${spelling}${sign}[${meaning.replace(/[[\]\\:]/g, "\\$&")}]${tail}`);
  });
}

function offer({ isPath, words }: ValueHint): string {
  if (isPath) return "_files";
  return words.length > 0 ? `(${words.join(" ")})` : " ";
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
