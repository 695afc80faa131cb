// The file of sums that lies beside gw's archives, in the form of sha256sum. Pure.

/** The sum of the executable of this build; undefined where the file has none. `build`: as in `0.1.0-linux-x64`. */
export function sumIn(text: string, build: string): string | undefined {
  for (const line of text.split(/\r?\n/)) {
    const [, hash, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (name === `gw-${build}/gw`) return hash;
  }
  return undefined;
}
