import { expect, test } from "bun:test";
import { namedPortMissing } from "../../../src/worker/listen/await-listener.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";

const MISSING = "The app does not listen on port 3000, which --app-port names";

test.each<[number[], string]>([
  [[], MISSING],
  [[9090], `${MISSING}; it listens on port 9090 instead`],
  [[9090, 80], `${MISSING}; it listens on port 80 and port 9090 instead`],
])("await listener: with %j open", (ports, message) => {
  expect(namedPortMissing(3000, ports).message).toBe(message);
});

testWith(ON_LINUX)("await listener: what this process listens on is told", () => {
  using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  expect(namedPortMissing(1).message).toContain(`port ${server.port}`);
});
