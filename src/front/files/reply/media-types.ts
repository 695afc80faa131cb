// The media type of a file, by the ending of its name: from a list that is kept by others, and before it from a file of the
// operator's own.

import { contentType } from "mime-types";

const UNKNOWN = "application/octet-stream";

export type MediaTypes = (name: string) => string;

/** `own`: media types by ending, without the dot and in lower case. */
export function createMediaTypes(own: ReadonlyMap<string, string> = new Map()): MediaTypes {
  const remembered = new Map<string, string>();
  return (name) => {
    const ending = endingOf(name);
    const known = remembered.get(ending);
    if (known !== undefined) return known;
    const found = own.get(ending) || (ending !== "" && contentType(`x.${ending}`)) || UNKNOWN;
    // Names are those of files that there are; still nobody should pay for a million endings.
    if (remembered.size < REMEMBERED_MOST) remembered.set(ending, found);
    return found;
  };
}

const REMEMBERED_MOST = 1024;

/** Without the dot; none where there is only a dot at the start, or at the end. */
function endingOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
}
