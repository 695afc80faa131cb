import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { hasIssued, isSelfSigned, judgeChain, nameOf } from "../../src/certificates/chain.ts";
import { type Issued, issue, issueChain } from "../support/issue.ts";

const { root, middle, server } = issueChain(["shop.test"]);
const stranger = issue({ name: "Stranger", isAuthority: true });

const parsed = ({ certificate }: Issued) => new X509Certificate(certificate);
const source = { path: "/chain.pem", from: "--ssl", text: "" };
const judge = (certificates: Issued[], isKnown = false) =>
  judgeChain(
    certificates.map((one, n) => ({ certificate: parsed(one), source, at: n + 1 })),
    () => isKnown,
  );

describe("chain: whether it leads to somebody whom clients know", () => {
  test.each([
    ["all of it, root included", [server, middle, root], false, true],
    ["up to one whose issuer this machine knows", [server, middle], true, true],
    ["the server's own alone, from a known authority", [server], true, true],
    ["one that has signed itself", [stranger], false, true],
    ["nothing behind the server's own", [server], false, false],
    ["nothing behind the middle", [server, middle], false, false],
    ["no certificate at all", [], false, true],
  ] as [string, Issued[], boolean, boolean][])("%s", (_, links, isKnown, isGood) => {
    expect(judge(links, isKnown) === undefined).toBe(isGood);
  });

  test("what is missing is named, with the option that takes it", () => {
    const problem = judge([server, middle]);
    expect(problem?.what).toContain(`was issued by ${nameOf(parsed(middle).issuer)}, which is not in it`);
    expect(problem?.advice).toContain("--ssl-certificate-chain-file");
    const told = issue({
      name: "a.test",
      issuer: root,
      names: ["a.test"],
      issuerAt: "http://ca.test/root.crt",
    });
    expect(judge([told])?.advice).toContain("(from http://ca.test/root.crt)");
  });
});

describe("chain: whether each has issued the one before it", () => {
  test("one in the wrong place is told with where its issuer is", () => {
    const problem = judge([server, root, middle]);
    expect(problem?.what).toStartWith('The chain is out of order: certificate 2 in "/chain.pem"');
    expect(problem?.advice).toStartWith("Its issuer is certificate 3");
  });

  test("one that has nothing to do with it is to be taken out", () => {
    expect(judge([server, stranger])?.advice).toStartWith("Take it out, or put the certificate of");
  });

  test("by the name alone nobody has issued anything", () => {
    const impostor = issue({ name: middle.name, isAuthority: true });
    expect(hasIssued(parsed(middle), parsed(server))).toBe(true);
    expect(hasIssued(parsed(impostor), parsed(server))).toBe(false);
    expect([root, middle, server].map((one) => isSelfSigned(parsed(one)))).toEqual([true, false, false]);
  });

  test.each([
    ["C=DE\nCN=shop.test", "shop.test"],
    ["C=DE\nO=Shop", "C=DE, O=Shop"],
  ])("%j is called %s", (distinguished, name) => {
    expect(nameOf(distinguished)).toBe(name);
  });
});
