// HTML that is put together from parts: whatever is not markup already is escaped, so that no path of a client, no name of an app
// and no message can be anything but text. Pure.

import { escapeHtml } from "../../../http/pages.ts";

export class Markup {
  readonly text: string;

  /** Only for what is written here as HTML. */
  constructor(text: string) {
    this.text = text;
  }
}

export type MarkupPart = Markup | string | number | null | undefined | false | readonly MarkupPart[];

/** `html\`<p>${text}</p>\``; lists are joined, and what is not there (`null`, `undefined`, `false`) is left out. */
export function html(pieces: TemplateStringsArray, ...parts: readonly MarkupPart[]): Markup {
  return new Markup(
    pieces.reduce((all, piece, at) => all + (at > 0 ? textOf(parts[at - 1]) : "") + piece, ""),
  );
}

function textOf(part: MarkupPart): string {
  if (part instanceof Markup) return part.text;
  if (part === null || part === undefined || part === false) return "";
  return typeof part === "object" ? part.map(textOf).join("") : escapeHtml(String(part));
}
