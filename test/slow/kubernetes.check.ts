// The manifests of deploy/kubernetes against the schemas that Kubernetes and the operator of Prometheus publish, as packages of npm that
// this script installs. `npm run test:kubernetes`.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(180_000);

const ROOT = join(import.meta.dir, "../../deploy/kubernetes");
const PACKAGES = ["kubernetes-models@5.1.0", "@kubernetes-models/prometheus-operator@6.0.0"];

let dir: TempDir;
beforeAll(async () => {
  dir = makeTempDir();
  const install = Bun.spawn(
    ["npm", "install", "--no-audit", "--no-fund", "--prefix", dir.path, ...PACKAGES],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  expect(await install.exited).toBe(0);
});
afterAll(() => dir[Symbol.dispose]());

type Validated = new (manifest: unknown) => { validate(): void };

function modelOf({ apiVersion, kind }: { apiVersion: string; kind: string }): Validated {
  const home = apiVersion.includes("coreos") ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";
  return require(join(dir.path, "node_modules", home, apiVersion, kind))[kind];
}

const manifests = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".yaml") && !name.endsWith("kustomization.yaml"),
);

test.each(manifests)("kubernetes: %s fits its schema", (path) => {
  const manifest = Bun.YAML.parse(readFileSync(join(ROOT, path), "utf8")) as {
    apiVersion: string;
    kind: string;
    spec: object;
  };
  const Model = modelOf(manifest);
  new Model(manifest).validate();
  expect(() => new Model({ ...manifest, spec: "wrong" }).validate()).toThrow();
});
