// Which files of a log there are beside the present one, what the next one is called, and which of them go. Pure.

export type Rotation = {
  /** A file that has reached this size is put aside. */
  maxBytes: number;
  /** How many of them are kept beside the present one. */
  keep: number;
  /** They are compressed with gzip. */
  compress: boolean;
};

const STAMP = /^\.\d{8}T\d{6}Z(?:-\d{1,4})?(?:\.gz)?$/;

/** For the file that is put aside at this time (since 1970), beside others of these names: `access_log.20251129T101530Z`. */
export function asideName(base: string, wallMs: number, present: readonly string[]): string {
  const stamp = new Date(wallMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const first = `${base}.${stamp}`;
  // Not a number that has become free: of one second, the newest has the greatest.
  const numbers = present.flatMap((name) => numberOf(name, first));
  return numbers.length === 0 ? first : `${first}-${Math.max(...numbers) + 1}`;
}

function numberOf(name: string, first: string): number[] {
  if (!name.startsWith(first)) return [];
  const [whole, number = "1"] = /^(?:-(\d{1,4}))?(?:\.gz)?$/.exec(name.slice(first.length)) ?? [];
  return whole === undefined ? [] : [Number(number)];
}

/** Those of this log that were put aside, the newest first. */
export function listAside(base: string, names: readonly string[]): string[] {
  const own = names.filter((name) => name.startsWith(base) && STAMP.test(name.slice(base.length)));
  return own.toSorted((a, b) => (orderOf(a, base) < orderOf(b, base) ? 1 : -1));
}

/** Of one second, the one with the greater number is the newer one. */
function orderOf(name: string, base: string): string {
  const [, stamp = "", count = "1"] = /^\.(\d{8}T\d{6})Z(?:-(\d+))?/.exec(name.slice(base.length)) ?? [];
  return `${stamp} ${count.padStart(4, "0")}`;
}

/** Those that are too many. */
export function namesToRemove(base: string, names: readonly string[], keep: number): string[] {
  return listAside(base, names).slice(keep);
}
