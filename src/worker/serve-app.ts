// From a setup to an app that answers: import it, see what it offers, let it listen or listen on its behalf. All
// listening goes through the captured Bun.serve, so that there is one way to where the clients are, whoever asks for it.

import { createServer } from "node:http";
import { GwError } from "../core/errors.ts";
import type { AppKind, WorkerSetup } from "../link/messages.ts";
import { loadFailure } from "../sources/load-failure.ts";
import { compileLegacyDecorators } from "./app/legacy-decorators.ts";
import { chooseExport, exportNames, importApp, type ModuleExports } from "./app/load-app.ts";
import { loadPreloads } from "./app/preload.ts";
import { type RecognizedApp, recognizeApp } from "./app/recognize-app.ts";
import { welcome } from "./app/welcome.ts";
import type { ListenCapture } from "./listen/capture-listen.ts";
import type { GwModule } from "./module/gw-module.ts";
import type { ReportAppError } from "./serve/adapt-fetch.ts";
import { catchRejections, type WhoHears } from "./serve/adapt-node.ts";
import type { Serve } from "./serve/binding.ts";

const DEFAULT_EXPORT = "default";

export type StartOptions = {
  setup: WorkerSetup;
  /** Null for a service, which may listen where it likes. */
  capture: ListenCapture | null;
  report: ReportAppError;
  /** What the app imports as `gw`. */
  module: GwModule;
  /** Resolves when the process has nothing left to do. */
  idle: Promise<void>;
  /** Whether the app has started a cluster of its own. */
  hasCluster(): boolean;
  /** The app has been imported and is about to listen. */
  onLoaded(): void;
};

export async function startApp(options: StartOptions): Promise<AppKind> {
  const { setup, capture, idle, onLoaded, hasCluster } = options;
  if (setup.app === null) {
    onLoaded();
    serve({ fetch: welcome, port: portOf(setup) });
    return "welcome page";
  }
  const exports = await loadFinally(options, setup.app).catch((thrown: unknown) => {
    throw capture?.named(thrown instanceof GwError ? thrown.cause : thrown) ?? thrown;
  });
  if (!capture) return "service";
  onLoaded();
  const kind = (await serveExport(exports, options, capture)) ?? "listening program";
  await capture.settle(idle);
  if (!capture.hasListener)
    throw new GwError(hasCluster() ? "app_in_cluster" : "app_exports_nothing", { path: setup.app });
  return kind;
}

/** Undefined where the app listens by itself, now or later. */
async function serveExport(
  exports: ModuleExports,
  { setup, report, module }: StartOptions,
  capture: ListenCapture,
): Promise<AppKind | undefined> {
  const { app: path, callableObject: name } = setup;
  const app =
    capture.hasListener && !capture.isPrivate ? undefined : recognizeApp(await chooseExport(exports, name));
  // Plain Bun serves a default export with `fetch` beside what listens; of anything else, what listens is the app.
  if (app && (!capture.hasListener || app.kind === "fetch")) {
    await serveRecognized(app, setup, { report, requests: module.requests });
    return app.kind;
  }
  if (capture.hasListener) return undefined;
  if (name !== DEFAULT_EXPORT)
    throw new GwError("app_callable_missing", { path: path ?? "", name, exports: exportNames(exports) });
  // It may listen later.
  return undefined;
}

/** An import that waits for what can never happen leaves the process with nothing to do. */
function loadFinally({ setup, module, idle }: StartOptions, path: string): Promise<ModuleExports> {
  compileLegacyDecorators(path);
  module.provide();
  const load = loadPreloads(setup.preloads, setup.home).then(() => importApp(path));
  return Promise.race([load, idle.then(() => neverLoads(path))]);
}

async function serveRecognized(app: RecognizedApp, setup: WorkerSetup, who: WhoHears): Promise<void> {
  const port = portOf(setup);
  switch (app.kind) {
    case "fetch":
    case "function":
      serve({ ...app.options, port, unix: undefined });
      return;
    case "node handler": {
      const handler = await app.handler().catch((thrown: unknown) => Promise.reject(loadFailure(thrown)));
      createServer(catchRejections(handler, who)).listen(port, setup.publicHost);
      return;
    }
    case "listening program":
      app.server.listen(port, setup.publicHost);
  }
}

/** On which a listener is the app without a doubt. */
const portOf = ({ appPort, publicPort }: WorkerSetup) => appPort ?? publicPort;

const serve: Serve = (options) => (Bun.serve as unknown as Serve)(options);

function neverLoads(path: string): never {
  const reason = `${path} awaits something at its top level that can never happen`;
  throw new GwError("app_load_failed", { reason });
}
