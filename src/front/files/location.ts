// Which file the path of a request names, segment by segment, as the file system will be asked for it. Whatever could mean
// more than one thing names none: dot segments in any spelling, empty segments, slashes, backslashes and NUL in an escape,
// bytes that are no UTF-8 or a longer form of it than needed. What begins with a dot people do not mean to publish, but for
// /.well-known (RFC 8615): it is there for nobody. Pure.

export type Location = {
  /** Decoded; none for the top. */
  segments: readonly string[];
  /** The path ends in a slash: a directory is meant. */
  isDirectory: boolean;
  /** It is clear which name is meant, and nothing of that name is ever served. */
  isHidden?: true;
};

const NAME_MOST = 255;
const PATH_MOST = 4000;
/** What may stand for itself in a path (RFC 3986 section 3.3). */
const PLAIN = /^[A-Za-z0-9._~!$&'()*+,;=:@-]*$/;
const WELL_KNOWN = ".well-known";

/** `path`: in origin form, without the query, as sent. Undefined: it names no file, whatever there is. */
export function locate(path: string): Location | undefined {
  if (path.charCodeAt(0) !== SLASH) return undefined;
  const isDirectory = path.endsWith("/");
  const inner = path.slice(1, isDirectory ? -1 : undefined);
  if (path === "/") return { segments: [], isDirectory };
  const segments: string[] = [];
  let isHidden = path.length > PATH_MOST;
  for (const text of inner.split("/")) {
    const segment = PLAIN.test(text) ? text : decode(text);
    if (segment === undefined || NO_NAMES.has(segment)) return undefined;
    isHidden ||= !isServed(segment, segments.length === 0);
    segments.push(segment);
  }
  return isHidden ? { segments, isDirectory, isHidden } : { segments, isDirectory };
}

const SLASH = 47;
const NO_NAMES: ReadonlySet<string> = new Set(["", ".", ".."]);

function isServed(segment: string, isFirst: boolean): boolean {
  if (segment.startsWith(".") && !(isFirst && segment === WELL_KNOWN)) return false;
  return segment.length <= NAME_MOST / 4 || Buffer.byteLength(segment) <= NAME_MOST;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined for what is no text, or not a name of one file. */
function decode(text: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined;
  const bytes = text.replace(/%(..)/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  if (/[/\\\0]/.test(bytes)) return undefined;
  try {
    return UTF8.decode(Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
}

/** The path of these segments as a client writes it. */
export const pathOf = (segments: readonly string[]): string =>
  `/${segments.map(encodeURIComponent).join("/")}`;

/** What is left of a path below another one; undefined when it is not below. */
export function below(segments: readonly string[], top: readonly string[]): readonly string[] | undefined {
  if (segments.length < top.length || top.some((one, at) => segments[at] !== one)) return undefined;
  return top.length === 0 ? segments : segments.slice(top.length);
}
