// The manifests of deploy/kubernetes agree with gw: its options, its ports and paths, the time that a stop may take.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { aboutIn } from "../../deploy/release/npm.ts";
import { METRICS } from "../../src/metrics/table.ts";
import { resolve } from "../../src/options/resolve/resolve.ts";
import { factsWith } from "../options/facts.ts";

const ROOT = join(import.meta.dir, "../../deploy/kubernetes");

type Manifest = any;
const manifest = (path: string): Manifest => Bun.YAML.parse(readFileSync(join(ROOT, path), "utf8"));

const CHART = join(ROOT, "../helm/gw");
const roomsIn = (place: string) => readdirSync(join(ROOT, place)).map((name) => `${place}/${name}`);
/** Figures of gw, and at which average there are to be more pods. */
const SCALED_BY = { gw_queue_oldest_seconds: 0.2, gw_worker_utilization: 0.7 };
const MACHINE = { processors: 2, memoryBytes: 2 ** 30 };
const pod = manifest("base/deployment.yaml").spec.template.spec;
const [container] = pod.containers;

function settings() {
  const [, ...argv] = container.args as string[];
  const resolution = resolve({
    argv,
    env: {},
    facts: factsWith(undefined, { machine: () => MACHINE, kindOf: () => "file" }),
  });
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  return resolution.settings;
}

describe("kubernetes", () => {
  test("its words are options of gw, and its ports and probes are gw's", () => {
    const { port, metricsPort, metricsHost } = settings();
    const ports = Object.fromEntries(container.ports.map((one: Manifest) => [one.name, one.containerPort]));
    expect(ports).toEqual({ http: port, metrics: metricsPort });
    expect(metricsHost).toBe("0.0.0.0");
    const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
    expect(probes.map(({ httpGet }) => httpGet)).toEqual([
      { path: "/readyz", port: "metrics" },
      { path: "/readyz", port: "metrics" },
      { path: "/healthz", port: "metrics" },
    ]);
  });

  test("a stop has all the time that it may take, and readiness fails before the port is closed", () => {
    const { lameDuck, gracefulTimeout, shutdownTimeout } = settings();
    const longest = lameDuck + gracefulTimeout + 3 * shutdownTimeout;
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(longest);
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(lameDuck).toBeGreaterThanOrEqual(periodSeconds * failureThreshold * 1000);
  });

  test("the pod keeps to the restricted profile", () => {
    expect([pod.securityContext.runAsNonRoot, pod.securityContext.seccompProfile.type]).toEqual([
      true,
      "RuntimeDefault",
    ]);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect([pod.enableServiceLinks, pod.automountServiceAccountToken]).toEqual([false, false]);
    // The server root needs a place.
    expect(container.volumeMounts).toEqual([{ name: "tmp", mountPath: "/tmp" }]);
  });

  test("everything is found by the same labels and ports, and scaled by figures that gw has", () => {
    const labels = manifest("base/deployment.yaml").spec.template.metadata.labels;
    expect(manifest("base/service.yaml").spec.selector).toEqual(labels);
    for (const path of ["base/disruption.yaml", "components/monitoring/monitor.yaml"])
      expect(manifest(path).spec.selector.matchLabels).toEqual(labels);
    expect(manifest("base/network.yaml").spec.podSelector.matchLabels).toEqual(labels);
    const names = container.ports.map(({ name }: Manifest) => name);
    expect(manifest("base/service.yaml").spec.ports.map((one: Manifest) => one.targetPort)).toEqual(names);
    for (const name of Object.keys(SCALED_BY)) expect([name, name in METRICS]).toEqual([name, true]);
  });

  test("autoscaler, KEDA and chart scale by the same figures, at the same values", () => {
    const { metrics } = manifest("components/autoscaler/scaling.yaml").spec;
    const pods = metrics.filter(({ type }: Manifest) => type === "Pods").map((one: Manifest) => one.pods);
    expect(
      Object.fromEntries(
        pods.map(({ metric, target }: Manifest) => [
          metric.name,
          Number.parseInt(target.averageValue, 10) / 1000,
        ]),
      ),
    ).toEqual(SCALED_BY);
    const { triggers } = manifest("components/keda/scaled.yaml").spec;
    const asked = triggers.filter(({ type }: Manifest) => type === "prometheus");
    for (const [name, value] of Object.entries(SCALED_BY)) {
      const trigger = asked.find(({ metadata }: Manifest) => metadata.query.includes(name));
      expect([name, Number(trigger?.metadata.threshold)]).toEqual([name, value]);
    }
    const [rule] = manifest("prometheus-adapter.yaml").rules.custom;
    for (const name of Object.keys(SCALED_BY)) expect(rule.seriesQuery).toContain(name);
    const { autoscaling } = Bun.YAML.parse(readFileSync(join(CHART, "values.yaml"), "utf8")) as Manifest;
    expect([autoscaling.oldestSeconds, autoscaling.utilization]).toEqual(Object.values(SCALED_BY));
  });

  test("the chart is of the version whose options it uses", () => {
    const { version, appVersion } = Bun.YAML.parse(
      readFileSync(join(CHART, "Chart.yaml"), "utf8"),
    ) as Manifest;
    expect([version, appVersion]).toEqual([aboutIn(join(ROOT, "../..")).version, version]);
  });

  test("each kustomization names the files that lie beside it", () => {
    const places = ["base", ...["components", "overlays"].flatMap(roomsIn)];
    expect(places.length).toBeGreaterThan(6);
    for (const place of places) {
      const files = readdirSync(join(ROOT, place)).filter((name) => name !== "kustomization.yaml");
      const { resources } = manifest(`${place}/kustomization.yaml`);
      const named = resources.filter((name: string) => name.endsWith(".yaml"));
      expect([place, named.toSorted()]).toEqual([place, files.toSorted()]);
    }
  });
});
