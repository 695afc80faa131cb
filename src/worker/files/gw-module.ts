// The module `gw`, which apps import without installing anything.

import { sendFile } from "./fetch-files.ts";

/** To be called before the app is imported. */
export function provideModule(): void {
  Bun.plugin({
    name: "gw",
    setup(build) {
      build.module("gw", () => ({ exports: { sendFile }, loader: "object" }));
    },
  });
}
