// What is made again, and what is said of it, when somebody has cleaned up under a running gw.
import { expect, test } from "bun:test";
import { RootWatch } from "../../../src/supervisor/root/root-watch.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function makeRootWatch() {
  const clock = new FakeClock();
  const { log, texts } = captureLog();
  const root = {
    path: "/root",
    isOurs: true,
    did: [] as string[],
    restore: () => root.isOurs,
    lend: () => void root.did.push("lend"),
    takeBack() {
      root.did.push("takeBack");
      return root.isOurs;
    },
  };
  const control = {
    isHidden: false,
    opened: 0,
    fails: false,
    reopen() {
      if (control.fails) throw new Error("no room");
      control.opened++;
      control.isHidden = false;
    },
  };
  const watch = new RootWatch({ clock, log, runDir: root, control });
  return { clock, texts, root, control, watch };
}

test("root-watch: a control socket that is there is left alone, one that has vanished is made again", () => {
  const { clock, texts, control } = makeRootWatch();
  clock.advance(10_000);
  expect([control.opened, texts()]).toEqual([0, []]);
  control.isHidden = true;
  clock.advance(10_000);
  expect([control.opened, texts()]).toEqual([1, ["the control socket had vanished and was made again"]]);
});

test("root-watch: what cannot be made is tried again and again, and said once", () => {
  const { clock, texts, control } = makeRootWatch();
  Object.assign(control, { isHidden: true, fails: true });
  clock.advance(10_000);
  expect(texts()).toEqual(["the control socket has vanished"]);
  control.fails = false;
  clock.advance(1_000);
  expect(control.opened).toBe(1);
});

test("root-watch: in a place that another gw has taken, and after the end, nothing is made", () => {
  const { clock, control, root, watch } = makeRootWatch();
  control.isHidden = true;
  root.isOurs = false;
  clock.advance(10_000);
  root.isOurs = true;
  watch.stop();
  clock.advance(10_000);
  expect(control.opened).toBe(0);
});

test("root-watch: while another gw may take the place nothing is made, and it is no fault when that is over", () => {
  const { clock, control, root, watch, texts } = makeRootWatch();
  watch.lend();
  control.isHidden = true;
  clock.advance(10_000);
  expect(control.opened).toBe(0);
  watch.takeBack();
  expect([control.opened, root.did, texts()]).toEqual([1, ["lend", "takeBack"], []]);
  control.isHidden = true;
  clock.advance(1_000);
  expect([control.opened, texts()]).toEqual([2, ["the control socket had vanished and was made again"]]);
});

test("root-watch: a place that cannot be taken back is tried again", () => {
  const { clock, control, root, watch } = makeRootWatch();
  watch.lend();
  control.isHidden = true;
  root.isOurs = false;
  watch.takeBack();
  expect(control.opened).toBe(0);
  root.isOurs = true;
  clock.advance(1_000);
  expect(control.opened).toBe(1);
});
