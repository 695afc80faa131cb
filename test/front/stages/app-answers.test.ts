// Whose app's answers are not passed on as they are.
import { expect, test } from "bun:test";
import { BodilessClient } from "../../../src/front/replacing/bodiless-client.ts";
import { OverriddenClient } from "../../../src/front/replacing/overridden-client.ts";
import { appAnswerStages } from "../../../src/front/stages/app-answers.ts";
import { anyHost, SETTINGS } from "../../support/front-process.ts";
import { visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

test("app-answers: HEAD becomes GET, and errors are gw's, where that is wanted", () => {
  const [stage] = appAnswerStages([
    anyHost("maps", { ...SETTINGS, answers: { mapsHead: true } }),
    anyHost("overrides", { ...SETTINGS, answers: { overrides: true } }),
    anyHost("plain"),
  ]);
  const pass = (group: string, method: string) => {
    const visit = visitOf(new PlainClient({ method }));
    visit.group = group;
    void stage?.(visit);
    return [visit.client.constructor, visit.method];
  };
  expect(pass("maps", "HEAD")).toEqual([BodilessClient, "GET"]);
  expect(pass("maps", "GET")).toEqual([PlainClient, "GET"]);
  expect(pass("overrides", "HEAD")).toEqual([OverriddenClient, "HEAD"]);
  expect(pass("plain", "HEAD")).toEqual([PlainClient, "HEAD"]);
  expect(appAnswerStages([anyHost("plain")])).toEqual([]);
});
