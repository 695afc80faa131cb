// Whose clients get their answers smaller.
import { expect, test } from "bun:test";
import { CodedClient } from "../../../src/front/coding/coded-client.ts";
import { compressionStages } from "../../../src/front/stages/compression.ts";
import { anyHost, SETTINGS } from "../../support/front-process.ts";
import { visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

test("compression: only clients of a group that wants it, and no WebSocket", () => {
  const answers = { fields: [], compressedTypes: ["text/*"] };
  const [stage] = compressionStages([anyHost("a", { ...SETTINGS, answers }), anyHost("b")]);
  const isCoded = (group: string, given: ConstructorParameters<typeof PlainClient>[0] = {}) => {
    const visit = visitOf(new PlainClient(given));
    visit.group = group;
    void stage?.(visit);
    return visit.client instanceof CodedClient;
  };
  expect([isCoded("a"), isCoded("b"), isCoded("a", { wantsWebSocket: true })]).toEqual([true, false, false]);
  expect(compressionStages([anyHost("a", { ...SETTINGS, answers: { fields: ["A", "b"] } })])).toEqual([]);
});
