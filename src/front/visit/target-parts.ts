// Parts of a target in origin form, of which the first so many characters may be the mount of its app. Pure.

/** The target below it, which begins with a slash. */
export function belowMount(target: string, cut: number): string {
  if (cut === 0) return target;
  const rest = target.slice(cut);
  return isSeparator(rest[0]) ? `/${rest.slice(1)}` : `/${rest}`;
}

/** What stands in the place of that slash; undefined where no mount is taken off. */
export function uptoMount(target: string, cut: number): string | undefined {
  if (cut === 0) return undefined;
  return target.slice(0, isSeparator(target[cut]) ? cut + 1 : cut);
}

export function withoutQuery(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}

/** Characters of it that anybody is told of, and by which a request is known again: whoever reads it needs no more. */
const TOLD_MOST = 512;

export const toldPath = (path: string): string => path.slice(0, TOLD_MOST);

/** As every reader of paths that takes a mount off takes it (see http/path/paths.ts). */
const isSeparator = (character: string | undefined) => character === "/" || character === "\\";
