// Takes the life channel out of the app's sight: an app that asks for its parent, as programs under other process
// managers do, finds none, and cannot speak, listen or hang up in its worker's name.

const HIDDEN_EVENTS = new Set<unknown>(["message", "disconnect"]);
const SUBSCRIBE = ["on", "once", "addListener", "prependListener", "prependOnceListener"] as const;

type Subscribe = (event: string | symbol, listener: (...args: unknown[]) => void) => unknown;

/** The channel goes on working for whoever has taken `send` and subscribed before. */
export function hideChannel(program: NodeJS.Process): void {
  // Only the app's own work is to keep the process alive, so that its end can be noticed.
  program.channel?.unref();
  for (const name of SUBSCRIBE) {
    const subscribe = program[name].bind(process) as Subscribe;
    const filtered: Subscribe = (event, listener) => {
      if (!HIDDEN_EVENTS.has(event)) subscribe(event, listener);
      return program;
    };
    Object.defineProperty(program, name, { value: filtered, configurable: true, writable: true });
  }
  for (const name of ["send", "channel", "disconnect"]) {
    Object.defineProperty(program, name, { value: undefined, configurable: true, writable: true });
  }
  Object.defineProperty(program, "connected", { value: false, configurable: true, writable: true });
  delete program.env.NODE_CHANNEL_FD;
  delete program.env.NODE_CHANNEL_SERIALIZATION_MODE;
}
