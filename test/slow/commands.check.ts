// Commands typed while another one is under way, on the binary and under load: each does what it says or says why not, no request is
// lost, and gw serves in the end. Part of `npm run test:upgrade`; supervisor/commands/command-orders has every moment of it.
import { expect, setDefaultTimeout, test } from "bun:test";
import { control, obey, statusOf, workersOf } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { describeWith, ON_LINUX } from "../support/needs.ts";
import { nextGwIn } from "../support/next-gw.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(300_000);

/** So slow to load that what is typed next comes in the middle of it. */
const APP = `await new Promise((go) => setTimeout(go, 300));
export default { async fetch() { await new Promise((go) => setTimeout(go, 5)); return new Response(String(process.pid)); } };`;

const TRIAL = ["reload", "--percent", "20", "--watch", "1s", "--slower", "10000", "--errors", "50"];
const COMMANDS: Record<string, (file: string) => string[]> = {
  reload: () => ["reload"],
  trial: () => TRIAL,
  rollback: () => ["rollback"],
  scale: () => ["scale", "3"],
  restart: () => ["restart"],
  "restart --front": () => ["restart", "--front"],
  upgrade: (file) => ["upgrade", file, "--leave-parent"],
};

/** Also whether it is done. */
function typed(gw: Gw, command: string, file: string) {
  const asked = {
    isOver: false,
    done: control(gw, ...(COMMANDS[command]?.(file) ?? [])).finally(() => {
      asked.isOver = true;
    }),
  };
  return asked;
}

/** Processes are being started. */
async function isBusy(gw: Gw): Promise<boolean> {
  const status = await statusOf(gw);
  const states = [...workersOf(status), ...status.fronts].map(({ state }) => state);
  return (
    status.trial !== null ||
    status.generations.length > 1 ||
    states.includes("starting") ||
    /to take over/.test(gw.stderr())
  );
}

const serves = (gw: Gw) =>
  eventually(async () => {
    const { state, trial, generations } = await statusOf(gw);
    return state === "serving" && trial === null && generations.every((one) => one.state !== "starting");
  }, "gw serves, and nothing is under way");

describeWith(ON_LINUX)("commands", () => {
  test.each(Object.keys(COMMANDS))(
    "slow commands: %s, and each other one while it is under way",
    async (first) => {
      using dir = makeTempDir();
      const file = nextGwIn(dir);
      dir.write("app.ts", APP);
      let turn = 0;
      const configure = () => {
        const config = { app: "app.ts", processes: 2, gracefulTimeout: "2s", setenv: [`TURN=${++turn}`] };
        return dir.write("gw.config.json", JSON.stringify(config));
      };
      await using gw = await startGw(["--config", configure()]);
      await using _ends = { [Symbol.asyncDispose]: async () => void (await control(gw, "stop", "--now")) };
      // Something to go back to.
      configure();
      await obey(gw, "reload");
      await using load = startLoad(gw.url, 2, { keepalive: false });
      for (const second of Object.keys(COMMANDS)) {
        configure();
        const asked = typed(gw, first, file);
        await eventually(async () => asked.isOver || (await isBusy(gw)), "it is under way");
        const outcomes = [await typed(gw, second, file).done, await asked.done];
        for (const { code, stdout, stderr } of outcomes) {
          const said = `${first}, ${second}: ${code} ${stdout}${stderr}`;
          expect(said).toMatch(code === 0 ? /: 0 [\s\S]*\S/ : /: 1 [\s\S]*error: \S/);
          expect(said).not.toMatch(/gw made a mistake|undefined|is stopping/);
        }
        await serves(gw);
      }
      const { counts, total } = await load.finish();
      expect(counts).toEqual({ "200": total });
      expect(gw.stderr()).not.toMatch(/mistake|vanished/);
    },
  );

  test.each(Object.keys(COMMANDS))(
    "slow commands: %s, and gw is told to stop while it is under way",
    async (first) => {
      using dir = makeTempDir();
      const file = nextGwIn(dir);
      await using gw = await startGw([dir.write("app.ts", APP), "--processes", "2"]);
      const asked = typed(gw, first, file);
      await eventually(async () => asked.isOver || (await isBusy(gw)), "it is under way");
      const held = fetch(gw.url, { keepalive: false }).then(({ status }) => status);
      expect(await held).toBe(200);
      await obey(gw, "stop");
      // The output ends when the last process that has it is gone.
      expect(await gw.exited).toBe(0);
      const { code, stderr } = await asked.done;
      if (code !== 0) expect(stderr).toMatch(/error: \S/);
      expect(gw.stderr()).not.toContain("mistake");
    },
  );
});
