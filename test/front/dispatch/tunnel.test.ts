import { describe, expect, test } from "bun:test";
import { Tunnel } from "../../../src/front/dispatch/tunnel.ts";
import { visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";
import { FakeCarrier, headWith } from "./fake-carrier.ts";

const HEAD = headWith({ status: 101, fields: ["Upgrade", "websocket"] });

function setUp({ hasLeft = false, cookie = undefined as string | undefined } = {}) {
  const client = new PlainClient({ wantsWebSocket: true, hasLeft });
  const carrier = new FakeCarrier();
  const visit = Object.assign(visitOf(client), { cookie });
  const tunnel = new Tunnel(carrier);
  let closed = 0;
  tunnel.onClosed = () => closed++;
  tunnel.open(visit, HEAD);
  return { client, carrier, visit, tunnel, closed: () => closed };
}

const bytes = (text: string) => Buffer.from(text, "latin1");

describe("tunnel", () => {
  test("the client is told of the switch with the worker's fields, and the cookie by which it is known again", () => {
    const { client, carrier, visit } = setUp();
    expect([client.acts, client.answerFields, carrier.acts]).toEqual([["switch"], HEAD.fields, []]);
    expect(visit.status).toBe(101);
    expect(setUp({ cookie: "c=1" }).client.answerFields).toEqual([...HEAD.fields, "Set-Cookie", "c=1"]);
  });

  test("bytes go both ways as they are", () => {
    const { client, carrier, tunnel } = setUp();
    client.tunnel?.onClientBytes(bytes("up"));
    tunnel.onBody(bytes("down"));
    expect([carrier.acts, client.acts]).toEqual([["write up"], ["switch", "piece down"]]);
  });

  test("bytes are counted both ways, and its end is told once", () => {
    const { client, visit, tunnel } = setUp();
    expect(visit.switched).toBe(tunnel);
    let ends = 0;
    tunnel.onOver = () => ends++;
    client.tunnel?.onClientBytes(bytes("up"));
    tunnel.onBody(bytes("down"));
    for (let n = 0; n < 2; n++) tunnel.onEnd();
    expect([tunnel.received, tunnel.sent, tunnel.isOver, ends]).toEqual([2, 4, true, 1]);
    expect(setUp({ hasLeft: true }).visit.switched).toBeUndefined();
  });

  test("gw says goodbye between two messages of the worker, once, and not in the middle of one", () => {
    const goodbye = "piece \x88\x02\x03\xe9";
    const afterwards = (...sent: string[]) => {
      const { client, tunnel } = setUp();
      for (const one of sent) tunnel.onBody(bytes(one));
      tunnel.dismiss();
      tunnel.dismiss();
      return client.acts.slice(1 + sent.length);
    };
    expect(afterwards()).toEqual([goodbye, "close"]);
    expect(afterwards("\x81\x01a", "\x81\x01b")).toEqual([goodbye, "close"]);
    expect(afterwards("\x81\x02a")).toEqual(["close"]);
    expect(afterwards("\x88\x00")).toEqual(["close"]);
  });

  test("the end of a worker that was told to go is gw's, and that of another one is cut", () => {
    const afterwards = (isLeaving: boolean) => {
      const client = new PlainClient({ wantsWebSocket: true });
      const tunnel = new Tunnel(new FakeCarrier(), () => isLeaving);
      tunnel.open(visitOf(client), HEAD);
      tunnel.onFailure();
      return client.acts.slice(1);
    };
    expect(afterwards(true)).toEqual(["piece \x88\x02\x03\xe9", "close"]);
    expect(afterwards(false)).toEqual(["close"]);
  });

  test("it is cut where gw ends it, or the worker without a goodbye, and not where one of the two does", () => {
    const isCut = (...acts: ((given: ReturnType<typeof setUp>) => void)[]) => {
      const given = setUp();
      for (const act of acts) act(given);
      return given.tunnel.isCut;
    };
    const says = (text: string) => (given: ReturnType<typeof setUp>) => given.tunnel.onBody(bytes(text));
    const breaksOff = ({ tunnel }: ReturnType<typeof setUp>) => tunnel.onFailure();
    const dismissed = ({ tunnel }: ReturnType<typeof setUp>) => tunnel.dismiss();
    const clientLeaves = ({ client }: ReturnType<typeof setUp>) => client.tunnel?.onClientClosed();
    expect([isCut(breaksOff), isCut(says("\x81\x02a"), breaksOff), isCut(dismissed)]).toEqual([
      true,
      true,
      true,
    ]);
    expect([isCut(says("\x88\x00"), breaksOff), isCut(says("\x88\x00"), dismissed)]).toEqual([false, false]);
    expect([isCut(clientLeaves), isCut(clientLeaves, breaksOff, dismissed)]).toEqual([false, false]);
  });

  test("each side waits for the other", () => {
    const { client, carrier, tunnel } = setUp();
    carrier.isFull = client.isFull = true;
    client.tunnel?.onClientBytes(bytes("a"));
    expect(client.acts.at(-1)).toBe("pause");
    tunnel.onDrain();
    expect(client.acts.at(-1)).toBe("resume");
    tunnel.onBody(bytes("b"));
    expect(carrier.acts.at(-1)).toBe("pause");
    client.tunnel?.onClientWritable();
    expect(carrier.acts.at(-1)).toBe("resume");
  });

  test.each([
    ["the client closes", ({ client }) => client.tunnel?.onClientClosed()],
    ["the worker closes", ({ tunnel }) => tunnel.onEnd()],
    ["the worker is lost", ({ tunnel }) => tunnel.onFailure()],
    ["gw closes it", ({ tunnel }) => tunnel.close()],
  ] as [string, (set: ReturnType<typeof setUp>) => void][])(
    "when %s both sides are closed, once",
    (_, act) => {
      const set = setUp();
      const { client, carrier, tunnel, closed } = set;
      act(set);
      const acts = [client.acts.at(-1), carrier.acts.at(-1), closed()];
      expect(acts).toEqual(["close", "destroy", 1]);
      for (const again of [() => tunnel.onEnd(), () => client.tunnel?.onClientClosed()]) again();
      expect(closed()).toBe(1);
      // What comes afterwards goes nowhere.
      const before = carrier.acts.length;
      client.tunnel?.onClientBytes(bytes("late"));
      client.tunnel?.onClientWritable();
      tunnel.onDrain();
      expect([carrier.acts.length, client.acts.at(-1)]).toEqual([before, "close"]);
    },
  );

  test("a client that left while the worker switched leaves nothing open", () => {
    const { client, carrier, closed } = setUp({ hasLeft: true });
    expect([client.acts, carrier.acts, closed()]).toEqual([[], ["destroy"], 1]);
  });
});
