// The contract of doors, held against HTTP/1.1 on the runtime's own server.
import { systemClock } from "../../../../src/core/clock.ts";
import { Engine } from "../../../../src/front/door/h1/engine.ts";
import { describeDoor } from "../contract.ts";
import { connectH1 } from "../http1/h1-player.ts";

describeDoor("h1", async (listener) => {
  const door = new Engine({
    host: "127.0.0.1",
    port: 0,
    clock: systemClock,
    headBytes: 65_536,
    headTimeoutMs: 10_000,
    keepAliveMs: 75_000,
    listener,
    counter: { count() {} },
  });
  const port = await door.listen();
  return {
    door,
    connect: () => connectH1(port),
    [Symbol.dispose]: () => door.drain(),
  };
});
