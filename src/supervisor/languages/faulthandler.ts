// The stacks of all threads of a process of Python, as its module faulthandler writes them: for each thread a line that names it,
// and its frames, the innermost first. The main thread comes last. Its outermost frame bears the mark, in the place of a file. Pure.

const THREAD = /^(?:Current thread|Thread) 0x[0-9a-f]+.* \(most recent call first\):$/;
const FRAME = /^ {2}File "(.*)", line (\d+|\?\?\?) in (.*)$/;
const OTHER = /^(?: {2}(?:\.\.\.|<.*>|Garbage-collecting))?$/;

/** The function of the worker (python/worker.py) that calls the app in a request, and the one that imports it. */
const CALLERS = /^(?:run_application|load_application|run_script|run_service|_say_goodbye)$/;
const WORKER = /\/worker\.py$/;

type Frame = { file: string; line: string; name: string };

export const FAULTHANDLER = {
  mostLines: 2_000,

  read(line: string, mark: string, isAsked: boolean): { text?: string; isEnd?: boolean } | undefined {
    if (line.startsWith(`  File "${mark}"`)) return { isEnd: true };
    // The frame below the mark is the worker's file itself.
    if (isOutermost(line)) return {};
    if (!isAsked || !(THREAD.test(line) || FRAME.test(line) || OTHER.test(line))) return undefined;
    return { text: line };
  },

  /** Of the threads that run the app, each one after the other: what the app has called, up to where it was called. */
  frames(lines: readonly string[]): string[] {
    const threads: Frame[][] = [];
    for (const line of lines) {
      const [, file = "", number = "", name = ""] = FRAME.exec(line) ?? [];
      if (THREAD.test(line)) threads.push([]);
      else if (name !== "") threads.at(-1)?.push({ file, line: number, name });
    }
    const ofApp = threads.map(appFramesOf).filter((frames) => frames.length > 0);
    return ofApp.flatMap((frames, at) =>
      frames.map((frame, depth) => (at > 0 && depth === 0 ? `beside it: ${show(frame)}` : show(frame))),
    );
  },
};

const isOutermost = (line: string) => {
  const [, file = "", , name] = FRAME.exec(line) ?? [];
  return name === "<module>" && WORKER.test(file);
};

function appFramesOf(frames: readonly Frame[]): Frame[] {
  const caller = frames.findIndex(({ file, name }) => WORKER.test(file) && CALLERS.test(name));
  return frames.slice(0, Math.max(caller, 0)).filter(({ file }) => !WORKER.test(file));
}

const show = ({ file, line, name }: Frame) => `${name} (${file}:${line})`;
