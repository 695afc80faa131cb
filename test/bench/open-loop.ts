// Clients who come whether others have been answered or not: arrivals of a Poisson process at a constant rate. A closed loop, where
// each client asks again when it has its answer, slows down with the server and never shows an overload. Each client waits so long and
// then leaves, which closes its connection; times count from the instant at which a client was to come.
import type { Socket } from "bun";

export type Flood = {
  origin: string;
  path?: string;
  /** Clients in a second, on the average. */
  perSecond: number;
  seconds: number;
  patienceMs: number;
  random: () => number;
};

/** What became of a client: instants in ms since the flood began. `status` 0: it has left, or was cut off. */
export type Came = { at: number; tookMs: number; status: number };

type Slot = { at: number; done: (came: Came) => void; timer: Timer };
type Kept = { current: Slot | undefined; text: string };

const HEAD_END = "\r\n\r\n";

/** Resolves when the last of the clients has its answer or has left. `from`: the instant, on performance.now, of all `at`. */
export async function flood(
  { origin, path = "/", perSecond, seconds, patienceMs, random }: Flood,
  from = performance.now(),
): Promise<Came[]> {
  const { hostname, port } = new URL(origin);
  const request = `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`;
  const idle: Socket<Kept>[] = [];
  const came: Promise<Came>[] = [];
  const begunAt = performance.now() - from;
  const until = begunAt + seconds * 1000;
  let next = begunAt;
  while (next < until) {
    // Whoever is due comes now, however late this process is.
    for (
      ;
      next < until && next <= performance.now() - from;
      next += (-Math.log(1 - random()) * 1000) / perSecond
    )
      came.push(come(next));
    await Bun.sleep(1);
  }
  const all = await Promise.all(came);
  for (const socket of idle) socket.terminate();
  return all;

  function come(at: number): Promise<Came> {
    const { promise, resolve } = Promise.withResolvers<Came>();
    let socket: Socket<Kept> | undefined;
    const slot: Slot = {
      at,
      done: (told) => {
        clearTimeout(slot.timer);
        resolve(told);
      },
      timer: setTimeout(
        () => {
          resolve({ at, tookMs: patienceMs, status: 0 });
          if (socket) socket.data.current = undefined;
          socket?.terminate();
        },
        patienceMs - (performance.now() - from - at),
      ),
    };
    const use = (open: Socket<Kept>) => {
      socket = open;
      open.data.current = slot;
      open.write(request);
    };
    const kept = idle.pop();
    if (kept) use(kept);
    else open(slot, use);
    return promise;
  }

  function open(slot: Slot, use: (socket: Socket<Kept>) => void): void {
    const lost = () => slot.done({ at: slot.at, tookMs: performance.now() - from - slot.at, status: 0 });
    Bun.connect<Kept>({
      hostname,
      port: Number(port),
      data: { current: undefined, text: "" },
      socket: { open: use, data: onData, close: onClose, error: onClose },
    }).catch(lost);
  }

  function onData(socket: Socket<Kept>, bytes: Buffer): void {
    const { data } = socket;
    data.text += bytes.toString("latin1");
    const end = data.text.indexOf(HEAD_END);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(data.text)?.[1] ?? Number.NaN);
    if (end < 0 || data.text.length < end + HEAD_END.length + length) return;
    const { current, text } = data;
    Object.assign(data, { current: undefined, text: "" });
    const status = Number(text.slice(9, 12));
    const stays = !/\r\nconnection: close/i.test(text) && Number.isFinite(length);
    if (stays && current) idle.push(socket);
    else socket.terminate();
    current?.done({ at: current.at, tookMs: performance.now() - from - current.at, status });
  }

  function onClose(socket: Socket<Kept>): void {
    const at = idle.indexOf(socket);
    if (at >= 0) idle.splice(at, 1);
    const { current } = socket.data;
    socket.data.current = undefined;
    current?.done({ at: current.at, tookMs: performance.now() - from - current.at, status: 0 });
  }
}
