// The wheel of this machine in a fresh virtual environment, installed by pip without a network. `npm run test:python`.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TARGETS } from "../../deploy/release/targets.ts";
import { writeTargetWheel } from "../../deploy/release/wheels.ts";
import manifest from "../../package.json" with { type: "json" };
import { gwCommand, launchGw, untilServing } from "../support/gw.ts";
import { AS_ROOT } from "../support/needs.ts";
import { packagedEnvironment, runTool } from "../support/python-packages.ts";
import { makePublicDir } from "../support/temp-dir.ts";
import { ROOT } from "../support/worker-process.ts";

setDefaultTimeout(300_000);

const temp = makePublicDir();
afterAll(() => temp[Symbol.dispose]());
const environment = join(temp.path, "env");
const installed = join(environment, "bin/gw");
const site = join(temp.path, "site");
/** Speed counts here, and not size. */
const LEVEL = 1;
const target = TARGETS.find(({ name }) => name === `${process.platform}-${process.arch}`);

/** Django is that of the other environment. */
function makeEnvironment(): void {
  const others = runTool([
    join(packagedEnvironment(), "bin/python3"),
    "-c",
    "import sysconfig; print(sysconfig.get_path('purelib'))",
  ]).trim();
  runTool([join(packagedEnvironment(), "bin/python3"), "-m", "venv", environment]);
  const own = runTool([
    join(environment, "bin/python3"),
    "-c",
    "import sysconfig; print(sysconfig.get_path('purelib'))",
  ]);
  writeFileSync(join(own.trim(), "others.pth"), `${others}\n`);
}

const pip = (...words: string[]) => runTool([join(environment, "bin/pip"), "--no-input", ...words]);

/** Of the example, as in test/slow/django.check.ts, with nothing in the environment that leads to gw. */
function manage(...words: string[]): string {
  return runTool([join(environment, "bin/python3"), "manage.py", ...words], { cwd: site, env: {} });
}

describe("a wheel in a fresh environment", () => {
  test("wheels: pip installs it, gw runs, the Django example is served, and pip takes it away", async () => {
    if (target === undefined)
      throw new Error(`There is no target for ${process.platform} on ${process.arch}`);
    makeEnvironment();
    const wheels = { root: ROOT, directory: temp.path, about: manifest, at: new Date(), level: LEVEL };
    const carried = { executable: gwCommand()[0] as string, licences: "" };
    pip("install", "--quiet", "--no-index", await writeTargetWheel(wheels, target, carried));
    expect(pip("show", "gw")).toContain(`Version: ${manifest.version}\n`);
    expect(runTool([installed, "--version"])).toBe(runTool([carried.executable, "--version"]));

    cpSync(join(ROOT, "examples/django"), site, { recursive: true });
    manage("migrate", "--verbosity=0");
    manage("collectstatic", "--no-input", "--verbosity=0");
    if (AS_ROOT.isMet) runTool(["chmod", "-R", "a+rwX", site]);
    const asSomebody = AS_ROOT.isMet ? ["--user", "nobody", "--server-root", join(site, "root")] : [];
    const command = [join(environment, "bin/python3"), join(site, "manage.py")];
    const words = ["rungw", ...asSomebody, "--port=0", "--host=127.0.0.1"];
    await using gw = await untilServing(launchGw(words, { command, env: { PATH: "/usr/bin:/bin" } }));
    expect(await (await fetch(`${gw.url}polls/`)).text()).toContain("No polls yet");
    expect((await fetch(`${gw.url}static/admin/css/base.css`)).status).toBe(200);
    expect(await gw.stop()).toBe(0);

    pip("uninstall", "--quiet", "--yes", "gw");
    expect(existsSync(installed)).toBe(false);
  });
});
