// What a worker of a group is told at its start, and what the fronts are told of it. Pure.
import type { AuthSetup } from "../../link/auth.ts";
import type { ToChild, WorkerSetup } from "../../link/messages.ts";
import { sizeElsewhere } from "../../options/declare/kinds/size-by-path-kind.ts";
import { USUAL_BODY_BYTES } from "../../options/declare/table.ts";
import { isPython, pythonAppOf } from "../../options/declare/worker-kinds.ts";
import { asksUsers } from "../../options/groups/auth-groups.ts";
import type { WorkerGroup } from "../../options/resolve/resolve.ts";
import { insideOf, workerPartOf } from "../child/child-setup.ts";
import type { Pins } from "../child/pins.ts";
import type { Slot } from "../child/slot.ts";
import type { WorkerSocket, WorkerSockets } from "../root/worker-sockets.ts";
import type { Endpoint } from "../traffic/traffic.ts";
import { pythonForHooks, pythonPartOf } from "./python-setup.ts";

export type WorkerSetupFacts = {
  group: WorkerGroup;
  pins: Pins;
  generation: number;
  port: number;
  sockets: Pick<WorkerSockets, "runtime" | "program">;
  /** What its confinement holds, in words; absent where there is none. */
  holds?: string | undefined;
};

/** What a process of a group is told first: what it is to be. */
export function firstOrderOf(
  facts: WorkerSetupFacts,
  number: number,
  listen: WorkerSetup["listen"],
): ToChild {
  return facts.group.kind === "auth" && listen && "unix" in listen
    ? { type: "configure", auth: authSetupOf(facts, number, listen) }
    : { type: "configure", worker: workerSetupOf(facts, number, listen) };
}

function workerSetupOf(
  { group, pins, generation, port, sockets, holds }: WorkerSetupFacts,
  number: number,
  listen: WorkerSetup["listen"],
): WorkerSetup {
  const { settings } = group;
  const part = workerPartOf(group, pins, sockets.runtime);
  const python = pythonPartOf(group);
  return {
    slot: number,
    generation,
    group: group.name,
    listen,
    ...(python && { python }),
    mount: settings.stripMount && group.isMounted ? settings.mount : "/",
    tellsModules: settings.reloadOnChanges,
    ...part,
    identity: {
      ...part.identity,
      ...(holds !== undefined && { confinement: holds }),
      ...(settings.embeddedMode && { keepsLowPorts: true }),
    },
    callableObject: pythonAppOf(settings)?.callable ?? settings.callableObject,
    files: { handsOver: settings.enableSendfile && !settings.embeddedMode, byField: settings.xSendfile },
    ...(asksUsers(settings) && { userField: settings.remoteUserHeader }),
    ...(settings.debugMode && { inspects: true }),
    publicHost: settings.host,
    publicPort: port,
    limitRequestBodyBytes: sizeElsewhere(settings.limitRequestBody, USUAL_BODY_BYTES),
    evictionTimeoutMs: settings.evictionTimeout,
    gracefulTimeoutMs: settings.gracefulTimeout,
    shutdownTimeoutMs: settings.shutdownTimeout,
  };
}

/** What an auth process of a group is told at its start. */
function authSetupOf(
  { group, pins, generation, sockets, holds }: WorkerSetupFacts,
  number: number,
  listen: AuthSetup["listen"],
): AuthSetup {
  const { settings } = group;
  const { authType: type, authRealm: realm } = settings;
  const python = pythonForHooks(group, (program) => sockets.program(program));
  const { home, limits, identity, envFiles, runtime } = workerPartOf(group, pins, sockets.runtime);
  const scripts = Object.entries(pins.scripts ?? {}).map(([name, path]) => [name, insideOf(settings, path)]);
  return {
    slot: number,
    generation,
    listen,
    home,
    limits,
    identity: { ...identity, ...(holds !== undefined && { confinement: holds }) },
    envFiles,
    scripts: Object.fromEntries(scripts),
    ...(python && { python }),
    ...(settings.authUserFile !== undefined && { userFile: settings.authUserFile }),
    type,
    realm,
    timeoutMs: settings.authTimeout,
    cacheMs: settings.authCache,
    tellsModules: settings.reloadOnChanges,
    ...(runtime !== undefined && { runtime }),
    evictionTimeoutMs: settings.evictionTimeout,
    gracefulTimeoutMs: settings.gracefulTimeout,
    shutdownTimeoutMs: settings.shutdownTimeout,
  };
}

export function endpointOf(
  { group, generation }: Pick<WorkerSetupFacts, "group" | "generation">,
  slot: Slot,
  socket: WorkerSocket,
): Endpoint {
  return {
    slot: slot.number,
    pid: slot.pid ?? 0,
    generation,
    group: group.name,
    socket: socket.path,
    token: socket.token,
    accepting: true,
    ...(slot.run?.ready?.http2 && { http2: true }),
    ...(slot.run?.ready?.saysContinue && { saysContinue: true }),
    ...(group.kind === "app" && isPython(group.settings) && { tellsProtocol: true }),
    ...((isPython(group.settings) || group.settings.concurrency.max === 1) && { keepsPlaces: true }),
    ...(group.kind === "auth" && { isAuth: true }),
    concurrency: group.settings.concurrency,
  };
}
