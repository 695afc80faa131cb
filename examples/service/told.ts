import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the service leaves what it has to say. */
export const TOLD = join(tmpdir(), "gw-example-clock.txt");
