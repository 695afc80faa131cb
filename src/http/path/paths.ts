// The path of a request, as its readers may understand it. Whoever guards a part of the paths must know them all: a path
// that one reader takes for `/admin` and another for `/api/../admin` gets past a guard who has read it in one way only.
//   literal   as it stands: what node:http gives to an app, and what most routers compare
//   resolved  without dot segments, as a URL (WHATWG): what `new URL` and Bun's Request make of it
//   loose     everything decoded, `\` as `/`, empty segments and `;parameters` gone: what a careless app or a file
//             system may make of it; `?` and `#` end a segment, tabs and line ends are gone, and blanks at the end, as
//             in a URL made of what was decoded
// In all of them an escape of a character that needs none is that character (RFC 3986 section 6.2.2.2). Pure.

export type Readings = {
  literal: string;
  resolved: string;
  loose: string;
  /** For each segment of the resolved path, where it ends in the path as sent. */
  ends: number[];
};

/** An escape, another slash, a parameter, an empty segment, a dot segment, or a byte that should be escaped. */
const ODD = /[%\\;\x80-\uffff]|\/\/|\/\.{1,2}(?:\/|$)/;

/** True when every reader understands the path in the same way. */
export function isPlainPath(path: string): boolean {
  return !ODD.test(path);
}

export function readPath(path: string): Readings {
  const { segments, ends } = resolve(split(path, /[/\\]/g), isDot);
  return {
    literal: join(split(path, /\//g).map(({ text }) => canonicalSegment(text))),
    resolved: join(segments.map(canonicalSegment)),
    loose: loosePath(path),
    ends,
  };
}

/** A path of the configuration, in the spelling in which literal paths are compared. */
export function canonicalPath(path: string): string {
  return join(split(encodeWide(path), /\//g).map(({ text }) => canonicalSegment(text)));
}

/** The loose reading of a path, for comparison with another loose reading. */
export function loosePath(path: string): string {
  return join(resolve(loosePieces(path), (text, dots) => text === dots).segments);
}

/** What a URL that is resolved against another one takes for a host, `//a/b`; escaped too, for whoever decodes before. */
const LIKE_HOST = /^(?:[/\\]|%2f|%5c){2}/i;
/**
 * One that some readers take for a path after a host, or that has a way up: what that leads away from hangs on what they take for
 * a segment, and on what they decode before they look. Browsers send no such paths.
 */
export function isTwisted(path: string): boolean {
  if (isPlainPath(path)) return false;
  return LIKE_HOST.test(path) || loosePieces(path).some(({ text }) => text === "..");
}

/**
 * Whether a twisted path has all segments of `top` in it, in their order and whatever their letter case. A reader who takes the path apart in
 * more than one step, as a file server does that decodes what a URL has resolved, may then get there, although none of the
 * readings above does. `top`: a loose reading.
 */
export function mayLeadTo(path: string, top: string): boolean {
  if (!isTwisted(path)) return false;
  const wanted = top.toLowerCase().split("/").filter(Boolean);
  let found = 0;
  for (const { text } of loosePieces(path)) if (text.toLowerCase() === wanted[found]) found++;
  return found >= wanted.length;
}

function loosePieces(path: string): Piece[] {
  const bare = decode(path)
    .replace(/[\t\n\r]|[\x00-\x20]+$/g, "")
    .replace(/;[^/\\?#]*/g, "");
  return split(bare, /[/\\?#]+/g);
}

type Piece = { text: string; end: number };

/** What stands between the separators, without what is before the first one: paths begin with one. */
function split(path: string, separator: RegExp): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const { 0: mark, index } of path.matchAll(separator)) {
    if (index > 0) pieces.push({ text: path.slice(start, index), end: index });
    start = index + mark.length;
  }
  return [...pieces, { text: path.slice(start), end: path.length }];
}

/** Takes the dot segments out (RFC 3986 section 5.2.4); a path that ends in one ends in a slash. */
function resolve(
  pieces: readonly Piece[],
  isDots: (text: string, dots: "." | "..") => boolean,
): { segments: string[]; ends: number[] } {
  const kept: Piece[] = [];
  for (const [at, piece] of pieces.entries()) {
    const isUp = isDots(piece.text, "..");
    if (isUp) kept.pop();
    if (!isUp && !isDots(piece.text, ".")) kept.push(piece);
    else if (at === pieces.length - 1) kept.push({ text: "", end: piece.end });
  }
  return { segments: kept.map(({ text }) => text), ends: kept.map(({ end }) => end) };
}

const isDot = (text: string, dots: "." | "..") => text.replace(/%2e/gi, ".") === dots;

const UNRESERVED = /^[A-Za-z0-9._~-]$/;

/** Escapes only where they are needed, in capitals; bytes that may not stand as they are, escaped. */
function canonicalSegment(text: string): string {
  return text
    .replace(/%([0-9a-f]{2})/gi, (escaped, digits) => {
      const character = String.fromCharCode(Number.parseInt(digits, 16));
      return UNRESERVED.test(character) ? character : escaped.toUpperCase();
    })
    .replace(/[\x80-\xff]/g, escapeByte);
}

const escapeByte = (byte: string) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`;

/** A file of configuration holds characters, a request holds bytes. */
const encodeWide = (path: string) => path.replace(/[^\x00-\x7f]+/g, (wide) => encodeURIComponent(wide));

const decode = (path: string) =>
  path.replace(/%([0-9a-f]{2})/gi, (_escaped, digits) => String.fromCharCode(Number.parseInt(digits, 16)));

const join = (segments: readonly string[]) => `/${segments.join("/")}`;
