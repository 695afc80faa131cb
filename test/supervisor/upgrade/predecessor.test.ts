// What the new gw hears of the old one, and what it makes of its end.
import { expect, test } from "bun:test";
import { type OldChannel, Predecessor } from "../../../src/supervisor/upgrade/predecessor.ts";

function open() {
  const said: object[] = [];
  let hear: (raw: unknown) => void = () => {};
  let lose = () => {};
  const channel: OldChannel = {
    say: (message) => void said.push(message),
    deliver: async (message) => void said.push(message),
    listen(onMessage) {
      hear = onMessage;
    },
    onLost(act) {
      lose = act;
    },
  };
  const gw = new Predecessor(channel);
  return { gw, said, hear: (raw: unknown) => hear(raw), lose: () => lose() };
}

const settled = async (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(
      () => "done",
      () => "failed",
    ),
    Promise.resolve().then(() => Promise.resolve("open")),
  ]);

test("predecessor: it is greeted, and its end before this gw can live alone is the end of both", async () => {
  const { gw, said, lose } = open();
  expect(said).toEqual([{ type: "hello", protocol: 1, version: expect.any(String) }]);
  expect(await settled(gw.whenAbandoned)).toBe("open");
  lose();
  expect(await settled(gw.whenAbandoned)).toBe("failed");
  expect(await settled(gw.whenMain)).toBe("open");
  await gw.refuse({ message: "nobody hears it" });
  expect(said.length).toBe(1);
});

test("predecessor: its end after that makes this gw the one that counts", async () => {
  const { gw, lose } = open();
  gw.taken();
  lose();
  expect(await settled(gw.whenMain)).toBe("done");
  expect(await settled(gw.whenReleased)).toBe("done");
  expect(await settled(gw.led.released)).toBe("done");
  expect(await settled(gw.whenAbandoned)).toBe("open");
  expect(gw.isGone).toBe(true);
});

test("predecessor: front ends are named when they bind, and arranged as it says in the end", async () => {
  const { gw, said, hear } = open();
  const [one, two] = [{}, {}];
  let order: object[] = [];
  const steered: number[][] = [];
  gw.follow({
    steer: async (listeners) => {
      steered.push(listeners);
      return "refused";
    },
    prove: async () => "a front end is not ready",
    arrange: (given) => {
      order = given;
    },
    count() {},
  });
  const { led } = gw;
  hear({ type: "prove", id: 4 });
  await Promise.resolve();
  await Promise.resolve();
  expect(said.pop()).toEqual({ type: "proved", id: 4, reason: "a front end is not ready" });
  led.bound(one);
  led.bound(two);
  led.closed(one);
  led.bound(one);
  expect(said.slice(1)).toEqual([
    { type: "bound", id: 1 },
    { type: "bound", id: 2 },
    { type: "closed", id: 1 },
    { type: "bound", id: 3 },
  ]);
  hear({ type: "steer", id: 5, listeners: [1, 2] });
  await Promise.resolve();
  await Promise.resolve();
  expect(steered).toEqual([[1, 2]]);
  expect(said.at(-1)).toEqual({ type: "steered", id: 5, reason: "refused" });
  hear({ type: "alone", order: [3, 1, 2] });
  expect(order).toEqual([one, two]);
  expect(await settled(led.released)).toBe("done");
});
