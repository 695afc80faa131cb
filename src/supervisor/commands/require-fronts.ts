// What only front ends can do is refused in embedded mode, by name.
import { GwError } from "../../core/errors.ts";
import type { Site } from "../generations/site.ts";

/** Throws a GwError, whose message says `what` is missing, where the workers own the port. */
export function requireFronts(
  site: Pick<Site, "hasBegun" | "tenure">,
  what = "In embedded mode there are no front ends",
): void {
  if (site.hasBegun && !site.tenure.fronts.traffic.hasFronts) throw new GwError("command_failed", { what });
}
