// Entry of all roles: supervisor, also one that takes over from another, front, worker, auth, teller of metrics, exporter, notifier, the short-lived reader of a TypeScript configuration, and what becomes a worker in another language. The hidden first word decides, before the CLI is loaded; each role carries only its own code. Called by a name of the runtime, it is that.

import { IS_COMPILED } from "./core/version.ts";
import { readRole } from "./link/roles.ts";
import { isRuntimeName } from "./link/runtime-names.ts";

const words = process.argv.slice(2);
const cast = readRole(words, process.send !== undefined);

if (cast?.role === "worker") {
  const { runWorker } = await import("./worker/main.ts");
  await runWorker();
} else if (cast?.role === "front") {
  const { runFront } = await import("./front/main.ts");
  await runFront();
} else if (cast?.role === "auth") {
  const { runAuth } = await import("./auth/main.ts");
  await runAuth();
} else if (cast?.role === "metrics") {
  const { runTeller } = await import("./teller/main.ts");
  runTeller();
} else if (cast?.role === "notifier") {
  const { runNotifier } = await import("./notifier/main.ts");
  runNotifier();
} else if (cast?.role === "exporter") {
  const { runExporter } = await import("./exporter/main.ts");
  runExporter();
} else if (cast?.role === "launch") {
  const { launchOther } = await import("./child/launch/launch-other.ts");
  await launchOther(cast.setup);
} else if (cast?.role === "heir") {
  const { runHeir } = await import("./cli/start/heir.ts");
  await runHeir(cast.words);
} else if (cast?.role === "config") {
  const { runConfigRole } = await import("./cli/config/config-role.ts");
  await runConfigRole(cast.file);
} else if (IS_COMPILED && isRuntimeName(process.argv0)) {
  const { beRuntime } = await import("./cli/be-runtime.ts");
  beRuntime(words);
} else {
  const { runCli } = await import("./cli/root.ts");
  await runCli(words);
}
