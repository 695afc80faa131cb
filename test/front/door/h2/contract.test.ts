// The contract of doors, held against HTTP/2.
import { describeDoor } from "../contract.ts";
import { connectH2 } from "./h2-player.ts";
import { PlainDoor } from "./plain-door.ts";

describeDoor("h2", async (listener) => {
  const door = new PlainDoor(listener);
  const port = await door.listen();
  return {
    door,
    isMultiplexed: true,
    connect: () => connectH2(port),
    [Symbol.dispose]: () => door.drain(),
  };
});
