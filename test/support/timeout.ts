// Runs before the tests of each process. No verdict may hang on the speed of the machine: this ends what hangs, and nothing else.
import { setDefaultTimeout } from "bun:test";

setDefaultTimeout(60_000);
