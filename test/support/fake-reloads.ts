// Reloads over places that are real and processes that are not, on a clock that stands still.

import type { CertificatesRead } from "../../src/certificates/read-certificates.ts";
import type { Resolution, Resolved } from "../../src/options/resolve/resolve.ts";
import { Reloads } from "../../src/supervisor/generations/reloads.ts";
import { configOf, type FakeProcess, makePool } from "./fake-pool.ts";

type Given = Parameters<typeof makePool>[0];

export async function makeReloads(given: Given = {}) {
  const made = await makePool(given);
  let next: Resolution = asResolution(made.config);
  const held: Resolved[] = [];
  const read: unknown[] = [];
  const printed: string[] = [];
  const certificates: CertificatesRead = { problems: [], warnings: [], certificates: [] };
  const reloads = new Reloads({
    ...made.tools,
    print: (who, _, text) => printed.push(`${who}: ${text}`),
    site: made.site,
    config: made.config,
    load: async () => next,
    describe: (problems) => problems.map(({ what }) => what),
    readCertificates: () => certificates,
    followers: [{ hearConfig: (modules) => read.push(modules), refresh: (config) => held.push(config) }],
  });
  return {
    ...made,
    reloads,
    certificates,
    held,
    read,
    printed,
    /** What the configuration says from now on. */
    configure(changes: Given) {
      next = asResolution(configOf({ ...made.config.settings, ...changes } as Resolved["settings"]));
    },
    breakConfiguration(...what: string[]) {
      const problems = what.map((text) => ({ cause: "configuration" as const, what: text }));
      next = { problems, switches: new Set() };
    },
    backends: () => made.fronts().at(-1)?.backends() ?? [],
  };
}

function asResolution(config: Resolved): Resolution {
  return { ...config, warnings: [], switches: new Set() };
}

export function failToLoad(child: FakeProcess | undefined): void {
  const facts = { reason: "broken" };
  child?.say(
    { type: "hello", protocol: 1, role: "worker", pid: child.pid, version: "1" },
    { type: "failed", cause: "app_load_failed", facts, step: "load", detail: "app.ts:1" },
  );
  child?.end({ code: 1 });
}
