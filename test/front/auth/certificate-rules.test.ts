import { describe, expect, test } from "bun:test";
import { createDemand } from "../../../src/front/auth/certificate-rules.ts";
import type { CertificateDemand, CertificateRule } from "../../../src/link/setups.ts";

const rule = (demand: CertificateDemand, path = "/"): CertificateRule => ({ demand, path });

describe("certificate rules", () => {
  const ADMIN = [rule("require", "/admin"), rule("optional", "/shop/")];
  const HEALTH = [rule("require"), rule("none", "/health"), rule("optional", "/health/deep")];
  test.each<[rules: CertificateRule[], path: string, demand: CertificateDemand]>([
    [[], "/", "none"],
    [ADMIN, "/", "none"],
    [ADMIN, "/admin", "require"],
    [ADMIN, "/admin/a", "require"],
    [ADMIN, "/administer", "none"],
    [ADMIN, "/ADMIN/a", "require"],
    [ADMIN, "/%61dmin", "require"],
    [ADMIN, "//admin", "require"],
    [ADMIN, "/a/../admin", "require"],
    [ADMIN, "/a/%2e%2e/admin", "require"],
    [ADMIN, "/a;b/../admin;c/d", "require"],
    [ADMIN, "/%2561dmin", "none"],
    [ADMIN, "/shop/a", "optional"],
    [ADMIN, "/shop", "optional"],
    [ADMIN, "/Shop/a", "none"],
    [HEALTH, "/", "require"],
    [HEALTH, "/health", "none"],
    [HEALTH, "/Health", "require"],
    [HEALTH, "/health/a", "none"],
    [HEALTH, "/health/deep/a", "optional"],
    [HEALTH, "/health/../admin", "require"],
    [HEALTH, "/health/..%2fadmin", "require"],
    [HEALTH, "/health//a", "none"],
  ])("by %j, %s asks for a certificate: %s", (rules, path, demand) => {
    expect(createDemand(rules)(path)).toBe(demand);
  });
});
