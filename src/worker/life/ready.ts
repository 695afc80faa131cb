// What a worker says of itself when it is ready: what runs, and its limits and identity as the system has them.

import { findListener, readBacklog, setBacklog } from "../../../ffi/backlog.ts";
import { readIdentity } from "../../child/identity.ts";
import { readLimits } from "../../child/limits.ts";
import type { AppKind, FromChild, WorkerSetup } from "../../link/messages.ts";
import { os } from "../../os/os.ts";

/** What of the protocol the app's listener takes upon itself. */
export type ListenerTraits = { speaksHttp2(): boolean; saysContinue(): boolean };

/** `port`: where that is the public one; `speaking`: null for an app that listens nowhere. */
export function describeReady(
  setup: WorkerSetup,
  kind: AppKind,
  port: number | undefined,
  speaking: ListenerTraits | null,
): FromChild {
  const { app, identity } = setup;
  const limits = { ...readLimits(), ...takeBacklog(setup, port), ...readIdentity(identity) };
  return {
    type: "ready",
    kind,
    limits,
    ...(speaking?.speaksHttp2() && { http2: true }),
    ...(speaking?.saysContinue() && { saysContinue: true }),
    ...(port !== undefined && { port }),
    ...(app !== null && { app }),
  };
}

/**
 * How many connections may wait at the worker's socket while the app's loop does not turn. Answers with what the kernel
 * grants, under the name of its option; with nothing where the kernel does not tell.
 */
function takeBacklog({ listen, backlog }: WorkerSetup, port: number | undefined): Record<string, number> {
  if (listen === null) return {};
  const isPublic = "port" in listen;
  const bound = isPublic ? { port: port ?? listen.port } : { unix: listen.unix };
  const found = findListener(bound, os.ownDescriptors());
  if (!found.ok) return {};
  setBacklog(found.value, backlog);
  const granted = readBacklog(found.value);
  return granted.ok ? { [isPublic ? "serverBacklog" : "listenBacklog"]: granted.value.most } : {};
}
