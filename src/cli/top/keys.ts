// What was typed: the bytes of a terminal as keys. Pure.

export type TypedKey =
  | {
      key:
        | "up"
        | "down"
        | "page up"
        | "page down"
        | "home"
        | "end"
        | "enter"
        | "escape"
        | "tab"
        | "backspace";
    }
  | { key: "interrupt" | "suspend" }
  | { key: "text"; text: string };

const SEQUENCES: Readonly<Record<string, Exclude<TypedKey["key"], "text">>> = {
  "\x1b[A": "up",
  "\x1bOA": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "\x1b[5~": "page up",
  "\x1b[6~": "page down",
  "\x1b[H": "home",
  "\x1bOH": "home",
  "\x1b[1~": "home",
  "\x1b[F": "end",
  "\x1bOF": "end",
  "\x1b[4~": "end",
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x03": "interrupt",
  "\x1a": "suspend",
  "\x1b": "escape",
};
/** A control sequence as a whole (ECMA-48), a key with Alt, Escape by itself, a control character, or a character. */
const PIECE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f\x1b]/gu;

/** Sequences that mean nothing here are nothing. */
export function readKeys(typed: string): TypedKey[] {
  return (typed.match(PIECE) ?? []).flatMap((piece): TypedKey[] => {
    const key = SEQUENCES[piece];
    if (key !== undefined) return [{ key }];
    return /^[\x00-\x1f\x7f]/.test(piece) ? [] : [{ key: "text", text: piece }];
  });
}
