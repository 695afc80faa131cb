// A service: a program without requests. Once it is imported it counts as started, so what it does for ever stands in
// a timer or a function that is not awaited here. It is told to leave by SIGTERM, and may tidy up.
import { rmSync, writeFileSync } from "node:fs";
import { TOLD } from "./told.ts";

const tell = () => writeFileSync(TOLD, new Date().toISOString());
tell();
const ticking = setInterval(tell, 1000);

process.on("SIGTERM", () => {
  clearInterval(ticking);
  rmSync(TOLD, { force: true });
});
