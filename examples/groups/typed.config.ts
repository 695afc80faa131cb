// The same as gw.config.json, with types that an editor or tsc checks. Two files of the usual names in one folder would be an
// error, so this one has another; in a project of yours it is gw.config.ts.
import type { GwConfig } from "gw/config";

export default {
  port: 8000,
  requestTimeout: "5s",
  groups: {
    web: { app: "web.ts", processes: 2, route: { "/reports/*": "slow" } },
    slow: { requestTimeout: "10m", concurrency: 4, memoryLimit: "512M" },
    api: { app: "api.ts", mount: "/api", processes: "1..4", setenv: ["API_KEY=for-this-group-only"] },
    admin: {
      app: "admin.ts",
      serverName: "admin.localhost",
      serverAlias: ["*.admin.localhost"],
      processes: "0..1",
    },
  },
  serviceScript: { clock: "clock.ts" },
} satisfies GwConfig;
