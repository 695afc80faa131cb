// From which sources, by which program, these files were made: a statement of in-toto with the predicate of SLSA. It is not
// signed: whoever publishes the files signs it.

import type { Sum } from "./sums.ts";

export type Origin = { version: string; commit: string; isClean: boolean; runtime: string };

export function renderProvenance(sums: readonly Sum[], origin: Origin): string {
  const { commit, isClean, runtime, version } = origin;
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: sums.map(({ name, hash }) => ({ name, digest: { sha256: hash } })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:gw:release:1",
        externalParameters: { command: "npm run release" },
        internalParameters: { isClean },
        resolvedDependencies: [
          { uri: `pkg:generic/gw@${version}`, digest: { gitCommit: commit } },
          { uri: `pkg:npm/bun@${runtime}` },
        ],
      },
      runDetails: { builder: { id: "urn:gw:deploy/release" } },
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}
