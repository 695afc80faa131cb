// Clients that need more than a request and its answer. Each returns what it has heard, to be compared.

import { once } from "node:events";
import { createRequire } from "node:module";
import { createConnection } from "node:net";
import { bounded } from "../support/gw.ts";
import type { Conversation, Place } from "./catalogue-types.ts";

const WITHIN_MS = 15_000;

export function speaksWebSocket(path: string): Conversation {
  return {
    name: `WebSocket ${path}`,
    async hold({ url }) {
      const socket = new WebSocket(new URL(path, url.replace("http", "ws")));
      const heard = new Promise<unknown>((resolve, reject) => {
        socket.onopen = () => socket.send("hello");
        socket.onmessage = ({ data }) => resolve(data);
        socket.onerror = () => reject(new Error("the WebSocket failed"));
      });
      const said = await bounded(heard, WITHIN_MS, () => new Error("the WebSocket was silent"));
      socket.close();
      return said;
    },
  };
}

type SocketIoClient = {
  io: { engine: { transport: { name: string } } };
  on(event: string, act: (thrown: Error) => void): void;
  emitWithAck(...words: string[]): Promise<unknown>;
  close(): void;
};

/**
 * Several clients at once with the package's own defaults: each begins by long polling, and goes over to a WebSocket. They
 * keep cookies, as every browser does and outside of one has to be asked for.
 */
export const pollsSocketIo: Conversation = {
  name: "socket.io clients",
  async hold(place) {
    const clients = Array.from({ length: 6 }, (_, n) => pollOnce(place, n));
    return bounded(Promise.all(clients), WITHIN_MS, () => new Error("a client of socket.io got no answer"));
  },
};

async function pollOnce({ url, folder }: Place, n: number): Promise<unknown> {
  const { io } = createRequire(`${folder}/`)("socket.io-client") as {
    io(url: string, options: unknown): SocketIoClient;
  };
  const client = io(url, { forceNew: true, reconnection: false, withCredentials: true });
  const failed = new Promise<never>((_, reject) => client.on("connect_error", reject));
  try {
    return await Promise.race([client.emitWithAck("chat message", `hello ${n}`), failed]);
  } finally {
    client.close();
  }
}

/** A message over SMTP to the port that MailDev takes. */
export const acceptsMail: Conversation = {
  name: "a mail over SMTP",
  async hold() {
    const socket = createConnection(1025, "localhost");
    const codes: string[] = [];
    const lines = [
      "HELO localhost",
      "MAIL FROM:<a@localhost>",
      "RCPT TO:<b@localhost>",
      "DATA",
      "Subject: hello\r\n\r\nHello.\r\n.",
      "QUIT",
    ];
    socket.setTimeout(WITHIN_MS, () => socket.destroy(new Error("SMTP was silent")));
    socket.on("data", (data) => {
      codes.push(data.toString().slice(0, 3));
      const next = lines.shift();
      if (next) socket.write(`${next}\r\n`);
    });
    await once(socket, "close");
    return codes;
  },
};

/** A new user, a package of theirs, and its tarball, as npm asks for them; each time under new names. */
export const publishesPackage: Conversation = {
  name: "npm publish and npm install",
  async hold({ url }) {
    const id = crypto.randomUUID();
    const ask = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(new URL(path, url), {
        ...init,
        headers: { "content-type": "application/json", ...init.headers },
        signal: AbortSignal.timeout(WITHIN_MS),
      });
      return { status: answer.status, body: await answer.text() };
    };
    const put = (path: string, value: unknown, headers: Record<string, string> = {}) =>
      ask(path, { method: "PUT", headers, body: JSON.stringify(value) });
    const user = await put(`/-/user/org.couchdb.user:${id}`, { name: id, password: "a long password" });
    const { token } = JSON.parse(user.body) as { token?: string };
    const published = await put(`/${id}`, packageOf(id, url), { authorization: `Bearer ${token}` });
    // Often enough to reach every worker.
    const reads = await Promise.all(Array.from({ length: 8 }, () => ask(`/${id}`)));
    const tarballs = await Promise.all(Array.from({ length: 8 }, () => ask(`/${id}/-/${id}-1.0.0.tgz`)));
    return [user.status, published.status, reads.map(({ status }) => status), tarballs];
  },
};

function packageOf(name: string, url: string): unknown {
  const tarball = Buffer.from("the bytes of a tarball");
  const shasum = new Bun.CryptoHasher("sha1").update(tarball).digest("hex");
  const file = `${name}-1.0.0.tgz`;
  const version = {
    name,
    version: "1.0.0",
    dist: { shasum, tarball: new URL(`/${name}/-/${file}`, url).href },
  };
  return {
    _id: name,
    name,
    "dist-tags": { latest: "1.0.0" },
    versions: { "1.0.0": version },
    _attachments: {
      [file]: {
        content_type: "application/octet-stream",
        data: tarball.toString("base64"),
        length: tarball.length,
      },
    },
  };
}
