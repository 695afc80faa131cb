import { expect, test } from "bun:test";
import {
  channelIn,
  decodeHandedFile,
  encodeGreeting,
  encodeHandedFile,
  invitation,
  invitedTo,
  newFileName,
} from "../../src/http/handed-file.ts";
import { decodeVisit, encodeVisit } from "../../src/http/reserved.ts";

test("handed-file: an answer names a part of a file, and nothing else is one", () => {
  const file = { token: newFileName(), start: 10, length: 2 ** 40 };
  expect(decodeHandedFile(encodeHandedFile(file))).toEqual(file);
  for (const odd of [
    "",
    "x 1 2",
    `${file.token} 1`,
    `${file.token} -1 2`,
    `${file.token} 1 2 3`,
    `${file.token} 1 ${"9".repeat(16)}`,
  ])
    expect(decodeHandedFile(odd)).toBeUndefined();
});

test("handed-file: a channel is named by who shows the token", () => {
  const name = newFileName();
  expect(channelIn(encodeGreeting("secret", name), "secret")).toBe(name);
  for (const odd of ["", name, `other ${name}`, "secret x", `secret ${name}0`, `secretx ${name}`])
    expect(channelIn(odd, "secret")).toBeUndefined();
});

test("handed-file: an invitation stands among the facts of a request, and changes none of them", () => {
  const name = newFileName();
  const facts = {
    token: "t",
    id: "i",
    scheme: "http",
    address: "::1",
    port: 5,
    queuedMs: 3,
    local: { address: "::2", port: 80 },
    above: "/shop/",
  };
  for (const some of [facts, { ...facts, local: undefined }, { ...facts, above: undefined }]) {
    const plain = encodeVisit(some);
    const at = some.above === undefined ? plain.length : plain.length - " /shop/".length;
    const invited = plain.slice(0, at) + invitation(name) + plain.slice(at);
    expect(decodeVisit(invited)).toEqual(decodeVisit(plain));
    expect([invitedTo(invited), invitedTo(plain)]).toEqual([name, undefined]);
  }
});
