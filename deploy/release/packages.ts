// The packages whose code is in gw: those of the lock file that are not for development only, with the texts of their licences.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Package = { name: string; version: string; licence: string; texts: readonly string[] };

type Locked = { version?: string; license?: string; dev?: boolean; optional?: boolean };

/** `root`: the checkout, installed. Throws where a package has no licence. */
export function packagesIn(root: string): Package[] {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return Object.entries(packages as Record<string, Locked>)
    .filter(([path, { dev, optional }]) => path !== "" && !dev && !optional)
    .map(([path, { version = "", license = "" }]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      if (license === "") throw new Error(`${name} ${version} does not say under which licence it is`);
      return { name, version, licence: license, texts: licenceTexts(join(root, path)) };
    });
}

function licenceTexts(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
  return names.toSorted().map((name) => readFileSync(join(directory, name), "utf8").trim());
}
