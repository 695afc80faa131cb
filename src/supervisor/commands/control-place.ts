// The control socket in the server root, and who looks whether both are still there: from the moment on at which the place is
// this gw's, and not while another one is about to take it.

import { ControlServer, type ControlSetup } from "../../control/server.ts";
import type { Lifetime } from "../../core/lifetime.ts";
import { RootWatch } from "../root/root-watch.ts";
import type { RunDir } from "../root/run-dir.ts";

export type ControlPlaceSetup = Omit<ControlSetup, "serverRoot"> & { runDir: RunDir };

const MARGIN_MS = 5_000;

export class ControlPlace {
  readonly #setup: ControlPlaceSetup;
  #server: ControlServer | undefined;
  #watch: RootWatch | undefined;

  /** It answers as long as anything that is added to `life` later is there. */
  constructor(setup: ControlPlaceSetup, life: Lifetime) {
    this.#setup = setup;
    life.add("control socket", MARGIN_MS, () => this.#server?.close());
    life.add("root watch", MARGIN_MS, () => this.#watch?.stop());
  }

  /** Throws a GwError when the socket cannot be made. */
  open(): void {
    const { runDir } = this.#setup;
    const control = new ControlServer({ ...this.#setup, serverRoot: runDir.path });
    this.#server = control;
    this.#watch = new RootWatch({ ...this.#setup, control });
  }

  /** See RootWatch. */
  lend(): void {
    this.#watch?.lend();
  }

  /** See RootWatch. */
  takeBack(): void {
    this.#watch?.takeBack();
  }
}
