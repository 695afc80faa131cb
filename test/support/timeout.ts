// Runs before the tests of each process. Bun 1.4.5 keeps what it sets for the first file of a process alone, so the scripts of
// package.json give --timeout as well. No verdict may hang on the speed of the machine: this ends what hangs, and nothing else.
import { setDefaultTimeout } from "bun:test";

setDefaultTimeout(60_000);
