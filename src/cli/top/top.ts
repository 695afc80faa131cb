// `gw top`: asks a running gw again and again, and shows how it is; what is done is done by the same commands as elsewhere.
import { type ControlAnswer, call } from "../../control/client.ts";
import type { ControlRequest } from "../../control/commands.ts";
import { ANSWER_WITHIN_MS, findInstance } from "../../control/instances.ts";
import type { ActiveRequests } from "../../control/records.ts";
import type { Explained, MetricsTold } from "../../control/results.ts";
import type { Status } from "../../control/status.ts";
import { pause, systemClock } from "../../core/clock.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import { wantedOf } from "../control/control-words.ts";
import { paintFor, print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import type { TypedKey } from "./keys.ts";
import { TerminalScreen } from "./terminal-screen.ts";
import { ratesBetween, type TopLook } from "./top-figures.ts";
import { renderTop, type TopPaint } from "./top-screen.ts";
import {
  FIRST_STATE,
  press,
  rowsOf,
  type TopAct,
  type TopData,
  type TopDeed,
  type TopState,
} from "./top-state.ts";

const EVERY_MS = 1_000;
/** Rates are of so many looks. */
const LOOKS = 5;
const MOST_REQUESTS = 500;
/** A whole group of requests is more than one can look over, and --once is for scripts: all are in --json. */
const ONCE_SIZE = { columns: 80, rows: 60 };

export async function runTop(values: LineValues): Promise<number> {
  const tmpdir = process.env.TMPDIR || "/tmp";
  const seeker = { clock: systemClock, tmpdir, uid: process.getuid?.() ?? 0 };
  const path = await findInstance(wantedOf(values, process.env), seeker);
  const top = new Top(path, EVERY_MS * Number(values.get("every") ?? 1));
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (values.has("json")) return top.printJson();
  if (values.has("once") || !isTerminal || process.env.TERM === "dumb") return top.printOnce();
  return top.run();
}

class Top {
  readonly #path: string;
  readonly #everyMs: number;
  readonly #screen = new TerminalScreen();
  readonly #paint = paintOf();
  #looks: TopLook[] = [];
  #state: TopState = FIRST_STATE;
  #data: TopData | undefined;
  #silent: string | undefined;
  readonly #end = Promise.withResolvers<number>();
  #isOver = false;
  #hurry: (() => void) | undefined;

  constructor(path: string, everyMs: number) {
    this.#path = path;
    this.#everyMs = everyMs;
  }

  async printOnce(): Promise<number> {
    const data = await this.#lookTwice();
    const columns = process.stdout.columns || ONCE_SIZE.columns;
    const lines = renderTop(
      data,
      FIRST_STATE,
      { ...ONCE_SIZE, columns },
      { ...this.#paint, reverse: String },
    );
    // Without the line of keys, and what was left free above it.
    const texts = lines.slice(0, -1).map((line) => line.trimEnd());
    print(texts.join("\n").trimEnd().split("\n"));
    return 0;
  }

  async printJson(): Promise<number> {
    const { look, rates, requests } = await this.#lookTwice();
    const { cpu, lagMs, workers, ...others } = rates;
    const byName = (map: ReadonlyMap<string | number, number>) => Object.fromEntries(map);
    const told = { ...others, cpu: byName(cpu), lagMs: byName(lagMs), requestsByPid: byName(workers) };
    print([JSON.stringify({ status: look.status, rates: told, active: requests ?? null }, null, 2)]);
    return 0;
  }

  async run(): Promise<number> {
    await this.#look();
    this.#screen.open(
      (key) => this.#press(key),
      () => this.#show(),
    );
    void this.#goOn();
    const code = await this.#end.promise;
    this.#screen.close();
    return code;
  }

  async #lookTwice(): Promise<TopData> {
    await this.#look();
    await pause(systemClock, this.#everyMs);
    await this.#look();
    if (!this.#data) throw new GwError("bug", { what: "gw has told nothing" });
    return this.#data;
  }

  async #goOn(): Promise<void> {
    while (!this.#isOver) {
      const hurried = new AbortController();
      this.#hurry = () => hurried.abort();
      await pause(systemClock, this.#everyMs, hurried.signal);
      try {
        await this.#look();
        this.#silent = undefined;
      } catch (thrown) {
        this.#silent = reasonOf(thrown);
      }
      this.#show();
    }
  }

  async #look(): Promise<void> {
    const { subject } = this.#state;
    const name = subject && (subject.kind === "worker" ? String(subject.slot) : subject.id);
    const [status, metrics, requests, explained] = await Promise.all([
      this.#ask({ command: "status", arguments: {} }),
      this.#ask({ command: "metrics", arguments: {} }),
      // In embedded mode there are none.
      this.#ask({ command: "requests", arguments: { most: MOST_REQUESTS } }).catch(() => undefined),
      name === undefined ? undefined : this.#ask({ command: "why", arguments: { subject: name } }),
    ]);
    const { samples } = metrics.result as MetricsTold;
    const look: TopLook = { atMs: systemClock.wall(), status: status.result as Status, samples };
    this.#looks = [...this.#looks, look].slice(-LOOKS);
    this.#data = {
      look,
      rates: ratesBetween(this.#looks[0] ?? look, look),
      requests: requests?.result as ActiveRequests | undefined,
      explained: explained?.result as Explained | undefined,
    };
  }

  #ask(request: ControlRequest, answerWithinMs = ANSWER_WITHIN_MS): Promise<ControlAnswer> {
    return call({ path: this.#path, request, clock: systemClock, answerWithinMs });
  }

  #press(key: TypedKey): void {
    if (!this.#data) return;
    const before = this.#state;
    const { state, act } = press(before, key, rowsOf(this.#data, before));
    this.#state = state;
    if (act) this.#do(act);
    // What is known of it is asked for at once.
    if (state.subject !== before.subject) {
      this.#data = { ...this.#data, explained: undefined };
      this.#hurry?.();
    }
    this.#show();
  }

  #do(act: TopAct): void {
    if (act.act === "suspend") return this.#screen.suspend();
    if (act.act === "do") return void this.#perform(act.deed);
    this.#isOver = true;
    this.#hurry?.();
    this.#end.resolve(0);
  }

  async #perform({ command, worker }: TopDeed): Promise<void> {
    const tell = (message: string) => {
      this.#state = { ...this.#state, message };
      this.#show();
    };
    tell(`worker ${worker}: ${command} is under way`);
    try {
      await this.#ask({ command, arguments: { worker } });
      tell(command === "restart" ? `worker ${worker} was replaced` : `worker ${worker} has left`);
    } catch (thrown) {
      tell(reasonOf(thrown));
    }
  }

  #show(): void {
    if (!this.#data || this.#isOver) return;
    this.#screen.show(renderTop(this.#data, this.#state, this.#screen.size, this.#paint, this.#silent));
  }
}

/** What is chosen stands out on any terminal, coloured or not. */
function paintOf(): TopPaint {
  const reverse = (text: string) => `\x1b[7m${text}\x1b[0m`;
  return { ...paintFor(process.stdout, process.env), reverse };
}
