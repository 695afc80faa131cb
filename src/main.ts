// Entry of all roles: supervisor, front, worker, and the short-lived reader of a TypeScript configuration. The hidden first word decides, before the CLI is loaded; each role carries only its own code. Called by a name of the runtime, it is that.

import { IS_COMPILED } from "./core/version.ts";
import { isRuntimeName } from "./link/runtime-names.ts";

const role = process.argv[2];

if (role === "__worker") {
  const { runWorker } = await import("./worker/main.ts");
  await runWorker();
} else if (role === "__front") {
  const { runFront } = await import("./front/main.ts");
  await runFront();
} else if (role === "__config") {
  const { runConfigRole } = await import("./cli/config/config-role.ts");
  await runConfigRole(process.argv[3] ?? "");
} else if (IS_COMPILED && isRuntimeName(process.argv0)) {
  const { beRuntime } = await import("./cli/be-runtime.ts");
  beRuntime(process.argv.slice(2));
} else {
  const { runCli } = await import("./cli/root.ts");
  await runCli(process.argv.slice(2));
}
