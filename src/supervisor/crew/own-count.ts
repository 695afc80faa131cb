// How many requests a worker says that it has begun, where there is no front end that would know better: in embedded mode. Pure.
import type { Sample } from "../../link/figures.ts";
import type { Metric } from "../../metrics/table.ts";
import type { Run } from "../child/run.ts";

export const ownCountOf = (group: string, { pulse }: Pick<Run, "pulse">): Sample[] => [
  { metric: "gw_worker_requests_total" satisfies Metric, labels: [group], value: pulse.requests },
];
