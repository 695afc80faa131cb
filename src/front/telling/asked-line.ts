// What the first line of something that never became a request says of it, where it is that of a request. Pure.

export type AskedLine = { method: string; target: string; protocol: string };

const LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) ((?:\/|\*|https?:\/\/)\S*)(?: (HTTP\/\d\.\d))?$/;

/** Undefined for any other line. The protocol is empty where the line was not read to its end. */
export function readAskedLine(line: string): AskedLine | undefined {
  const [, method, target, protocol = ""] = LINE.exec(line) ?? [];
  return method === undefined || target === undefined ? undefined : { method, target, protocol };
}

/** Without its query: queries hold secrets. And without the user of a target in absolute form (RFC 9110 section 4.2.4). */
export function pathOfTarget(target: string): string {
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  return path.startsWith("/") ? path : withoutUser(path);
}

export const withoutUser = (target: string): string => target.replace(/\/\/[^/?#\s]*@/, "//");
