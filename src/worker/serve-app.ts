// From a setup to an app that answers: import it, see what it offers, let it listen or listen on its behalf. All
// listening goes through the captured Bun.serve, so there is one way to the place whoever asks for it.

import { createServer } from "node:http";
import { GwError } from "../core/errors.ts";
import type { AppKind, WorkerSetup } from "../link/messages.ts";
import type { ReportAppError } from "./adapt-fetch.ts";
import { catchRejections } from "./adapt-node.ts";
import type { ListenCapture } from "./capture-listen.ts";
import { chooseExport, exportNames, importApp, loadFailure, type ModuleExports } from "./load-app.ts";
import type { Serve } from "./place.ts";
import { loadPreloads } from "./preload.ts";
import { type RecognizedApp, recognizeApp } from "./recognize-app.ts";
import { welcome } from "./welcome.ts";

const DEFAULT_EXPORT = "default";

export type StartOptions = {
  setup: WorkerSetup;
  /** Null for a service, which may listen where it likes. */
  capture: ListenCapture | null;
  report: ReportAppError;
  /** Resolves when the process has nothing left to do. */
  idle: Promise<void>;
  /** The app has been imported and is about to listen. */
  onLoaded(): void;
};

export async function startApp({ setup, capture, report, idle, onLoaded }: StartOptions): Promise<AppKind> {
  const { app: path, callableObject: name } = setup;
  if (path === null) {
    onLoaded();
    serve({ fetch: welcome });
    return "welcome page";
  }
  const exports = await loadFinally(setup, path, idle);
  if (!capture) return "service";
  onLoaded();
  if (capture.hasListener()) return "listening program";
  const app = recognizeApp(await chooseExport(exports, name));
  if (app) {
    await serveRecognized(app, setup, report);
    return app.kind;
  }
  if (name !== DEFAULT_EXPORT)
    throw new GwError("app_callable_missing", { path, name, exports: exportNames(exports) });
  // It may listen later, after it has reached its database for example.
  await Promise.race([capture.listened, idle]);
  if (!capture.hasListener()) throw new GwError("app_exports_nothing", { path });
  return "listening program";
}

/** An import that waits for what can never happen leaves the process with nothing to do. */
function loadFinally(setup: WorkerSetup, path: string, idle: Promise<void>): Promise<ModuleExports> {
  const load = loadPreloads(setup.preloads, setup.home).then(() => importApp(path));
  return Promise.race([load, idle.then(() => neverLoads(path))]);
}

async function serveRecognized(
  app: RecognizedApp,
  setup: WorkerSetup,
  report: ReportAppError,
): Promise<void> {
  switch (app.kind) {
    case "fetch":
    case "function":
      serve(app.options);
      return;
    case "node handler": {
      const handler = await app.handler().catch((thrown: unknown) => Promise.reject(loadFailure(thrown)));
      createServer(catchRejections(handler, report)).listen(setup.publicPort, setup.publicHost);
      return;
    }
    case "listening program":
      app.server.listen(setup.publicPort, setup.publicHost);
  }
}

const serve: Serve = (options) => (Bun.serve as unknown as Serve)(options);

function neverLoads(path: string): never {
  const reason = `${path} awaits something at its top level that can never happen`;
  throw new GwError("app_load_failed", { reason });
}
