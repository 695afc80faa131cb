import { expect, test } from "bun:test";
import { type Cast, ROLE_WORDS, readRole } from "../../src/link/roles.ts";

test.each<[string[], boolean, Cast | undefined]>([
  [[ROLE_WORDS.worker], true, { role: "worker" }],
  [[ROLE_WORDS.front], true, { role: "front" }],
  [[ROLE_WORDS.metrics], true, { role: "metrics" }],
  [[ROLE_WORDS.exporter], true, { role: "exporter" }],
  [[ROLE_WORDS.notifier], true, { role: "notifier" }],
  [[ROLE_WORDS.config, "/a.ts"], false, { role: "config", file: "/a.ts" }],
  [[ROLE_WORDS.launch, "{}"], true, { role: "launch", setup: "{}" }],
  [[ROLE_WORDS.launch, "{}"], false, undefined],
  [[ROLE_WORDS.launch], true, undefined],
  [[ROLE_WORDS.worker], false, undefined],
  [[ROLE_WORDS.front], false, undefined],
  [[ROLE_WORDS.worker, "x"], true, undefined],
  [[ROLE_WORDS.config], true, undefined],
  [[ROLE_WORDS.config, ""], true, undefined],
  [[ROLE_WORDS.config, "a", "b"], true, undefined],
  [["start-server"], true, undefined],
  [[], true, undefined],
])("roles: %j, started with a channel: %p", (words, hasChannel, expected) => {
  expect(readRole(words, hasChannel)).toEqual(expected);
});
