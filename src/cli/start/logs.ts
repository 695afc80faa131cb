// Where gw's log, the app's output and the access log go: to the terminal's two streams, or to files. Made once at the start, and
// told what a reload changes.

import { join } from "node:path";
import type { LevelRequest, LevelsTold } from "../../control/results.ts";
import type { LogsSeen } from "../../control/status.ts";
import type { Tail } from "../../control/tail.ts";
import type { Clock } from "../../core/clock.ts";
import { createLog, type Level, type Log, type LogLine, renderLine, withoutColors } from "../../core/log.ts";
import {
  appLine,
  type LogFormat,
  type MachineLine,
  machineLine,
  renderJson,
  renderLogfmt,
  withRequestId,
} from "../../core/logging/log-format.ts";
import { LogLevels } from "../../core/logging/log-levels.ts";
import { type LogSource, SOURCES, sourceOf } from "../../core/logging/log-source.ts";
import { readTarget } from "../../core/logging/system-log.ts";
import type { Outlet } from "../../core/outlet.ts";
import type { Settings } from "../../options/declare/table.ts";
import { tagLine } from "../../supervisor/child/output.ts";
import type { PrintLine } from "../../supervisor/child/slot-setup.ts";
import type { OutputStream } from "../../supervisor/child/spawn.ts";
import { LogFile, type LogFileOwner, makeLogDirectory } from "../../supervisor/logs/log-file.ts";
import { OutputRecords, type Printed } from "../../supervisor/logs/output-records.ts";
import { SystemLog } from "../../supervisor/logs/system-log.ts";

export type LogsSetup = {
  /** Of this process. */
  pid: number;
  settings: Settings;
  clock: Clock;
  tail: Tail;
  outlets: Readonly<Record<OutputStream, Outlet>>;
  colors: Readonly<Record<OutputStream, boolean>>;
};

const LOOK_MS = 1_000;

export class Logs implements LogFileOwner {
  readonly log: Log;
  readonly levels: LogLevels;
  readonly #setup: LogsSetup;
  #format: LogFormat;
  /** Workers say which request a line is about. */
  #readsMarks: boolean;
  #files: { error: LogFile; access: LogFile } | undefined;
  #system: SystemLog | undefined;
  readonly #records: OutputRecords;
  #lost = 0;
  readonly #lose = (count: number) => {
    this.#lost += count;
  };

  /** Throws a GwError when a file cannot be had. */
  static async open(setup: LogsSetup): Promise<Logs> {
    const logs = new Logs(setup);
    const target = readTarget(setup.settings.logTarget);
    if (target && !setup.settings.logToTerminal)
      logs.#system = new SystemLog({ ...setup, target, owner: logs });
    await logs.#openFiles();
    return logs;
  }

  constructor(setup: LogsSetup) {
    const { logLevel, logFormat, logRequestIds } = setup.settings;
    this.#readsMarks = logRequestIds;
    this.#setup = setup;
    this.#format = logFormat;
    this.levels = new LogLevels(logLevel, setup.clock);
    this.#records = new OutputRecords({
      clock: setup.clock,
      emit: this.#tellApp,
      readsMarks: () => this.#readsMarks,
      joins: () => !this.#isRaw,
    });
    this.log = createLog((line) => this.#tell(line));
  }

  /** What of the settings can change while gw runs. */
  configure({ logLevel, logFormat, logRequestIds }: Settings): void {
    this.#readsMarks = logRequestIds;
    this.levels.configure(logLevel);
    this.#format = logFormat;
  }

  /** What `gw log-level` asks for; tells what holds afterwards. */
  setLevel({ level, source: named, for: forMs }: LevelRequest): LevelsTold {
    const { levels, log } = this;
    const source = named ?? "all";
    if (level === "reset") levels.reset(named);
    else if (level !== undefined)
      levels.set(source, level, forMs, () =>
        log.info("the level of the log is as before", { source, was: level }),
      );
    if (level !== undefined) log.info("the level of the log has been changed", { source, level, forMs });
    return {
      levels: Object.fromEntries(SOURCES.map((one) => [one, this.#levelOf(one)])) as LevelsTold["levels"],
    };
  }

  get isText(): boolean {
    return this.#format === "text";
  }

  /** The log goes to the terminal, where whoever starts gw reads on. */
  get isOnTerminal(): boolean {
    return !this.#files && !this.#system;
  }

  /** A line of what a process prints. */
  readonly print: PrintLine = (who, stream, text, pid) => this.#records.take({ who, stream, pid }, text);

  /** A process has ended. */
  readonly endOutput = (pid: number | undefined): void => {
    if (pid !== undefined) this.#records.end(pid);
  };

  readonly #tellApp = ({ source: { who, stream }, id, lines }: Printed): void => {
    const { tail, clock } = this.#setup;
    const tag = id === undefined ? who : `${who} ${id}`;
    for (const text of lines) tail.keep(tagLine(tag, text));
    if (this.#isUngraded) return this.#writeRaw(stream, tag, lines);
    const line = appLine(who, stream, lines.map(withoutColors), clock.wall());
    if (!this.levels.shows("app", line.level)) return;
    if (this.#isRaw) return this.#writeRaw(stream, tag, lines);
    const told = id === undefined ? line : withRequestId(line, id);
    if (this.#system) this.#system.send(told);
    else this.#write(stream, this.#forMachines(told));
  };

  /** What apps print is shown line by line, as they have printed it. */
  get #isRaw(): boolean {
    return this.isText && !this.#system;
  }

  /** For people it is whole, unless somebody has asked for less of it: the level of the configuration is that of gw's own log. */
  get #isUngraded(): boolean {
    return this.#isRaw && !this.levels.isSet("app");
  }

  #levelOf(source: LogSource): Level {
    return source === "app" && this.#isUngraded ? "debug" : this.levels.levelOf(source);
  }

  /** Whole lines of the access log, with their ends. */
  readonly access = (lines: Uint8Array): void => {
    if (this.#files) return this.#files.access.append(lines);
    const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength - 1).toString();
    this.#setup.outlets.stdout.line(text, countLines(text), this.#lose);
  };

  /** Somebody has moved the files away. */
  reopen(by: string): void {
    if (!this.#files) return this.log.info(`${by} was sent to gw, which writes no log files`);
    this.#files.error.reopen();
    this.#files.access.reopen();
    this.log.info("log files are opened anew", { by });
  }

  /** Of the access log those lines are lost that have reached nobody: no file, and no reader of stdout. */
  get seen(): LogsSeen {
    const { error, access } = this.#files ?? {};
    const system = this.#system;
    return {
      lost: (error?.dropped ?? 0) + (system?.dropped ?? 0),
      lostAccess: this.#lost + (access?.dropped ?? 0),
      troubles: [system, error, access].flatMap((place) => place?.trouble ?? []),
    };
  }

  /** Resolves when all lines are where they belong. */
  async flushed(): Promise<void> {
    const { stdout, stderr } = this.#setup.outlets;
    this.#records.flush();
    await Promise.all([
      stdout.flushed(),
      stderr.flushed(),
      this.#files?.error.flushed(),
      this.#files?.access.flushed(),
    ]);
  }

  /** On the terminal in any case: the file that has trouble may be the log's own. */
  onTrouble(path: string, why: string): void {
    const text = "a log file cannot be written; its lines are dropped and counted until it can";
    this.#tellOnTerminal({ level: "error", tag: "", text, fields: { path, why } });
  }

  onRecovered(path: string, dropped: number): void {
    this.log.warn("a log file can be written again", { path, dropped });
  }

  onRestored(path: string): void {
    this.log.warn("a log file had been removed and was made again", { path });
  }

  /** Whether somebody has removed them: whoever writes on does not notice. */
  #watchFiles(): void {
    this.#files?.error.look();
    this.#files?.access.look();
    this.#setup.clock.after(LOOK_MS, () => this.#watchFiles());
  }

  async #openFiles(): Promise<void> {
    const { settings, clock } = this.#setup;
    const { logDirectory, logToTerminal, rotateLogs, maxLogSize, rotateKeep, rotateCompress } = settings;
    if (logDirectory === undefined || logToTerminal) return;
    makeLogDirectory(logDirectory);
    const rotation = rotateLogs
      ? { maxBytes: maxLogSize, keep: rotateKeep, compress: rotateCompress }
      : undefined;
    const open = (name: string) =>
      LogFile.open({ path: join(logDirectory, name), clock, owner: this, rotation });
    this.#files = { error: await open("error_log"), access: await open("access_log") };
    this.#watchFiles();
  }

  #tell(line: LogLine): void {
    if (!this.levels.shows(sourceOf(line.tag), line.level)) return;
    if (this.#system) this.#system.send(machineLine(line, this.#setup.clock.wall()));
    else this.#write("stderr", this.#render(line, this.#setup.colors.stderr && !this.#files));
    this.#setup.tail.keep(renderLine(line, false, this.#setup.clock));
  }

  #tellOnTerminal(line: LogLine): void {
    this.#setup.outlets.stderr.line(this.#render(line, this.#setup.colors.stderr));
    this.#setup.tail.keep(renderLine(line, false, this.#setup.clock));
  }

  #render(line: LogLine, hasColors: boolean): string {
    const { clock } = this.#setup;
    return this.isText
      ? renderLine(line, hasColors, clock)
      : this.#forMachines(machineLine(line, clock.wall()));
  }

  #forMachines(line: MachineLine): string {
    return this.#format === "logfmt" ? renderLogfmt(line) : renderJson(line);
  }

  #writeRaw(stream: OutputStream, tag: string, lines: readonly string[]): void {
    const hasColors = this.#setup.colors[stream] && !this.#files;
    for (const text of lines) this.#write(stream, tagLine(tag, text, hasColors));
  }

  #write(stream: OutputStream, line: string): void {
    if (this.#files) this.#files.error.append(Buffer.from(`${line}\n`));
    else this.#setup.outlets[stream].line(line);
  }
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
