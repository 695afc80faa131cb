import { expect, test } from "bun:test";
import fc from "fast-check";
import { html } from "../../../../src/teller/page/parts/markup.ts";

test("markup: what is not markup is text", () => {
  const part = html`<b>${"<i>"}</b>`;
  expect(html`<p title="${'"'}">${part}${[part, 3]}${null}${undefined}${false}${0}</p>`.text).toBe(
    '<p title="&quot;"><b>&lt;i&gt;</b><b>&lt;i&gt;</b>30</p>',
  );
});

test("markup: no text makes an element or ends a value", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const made = html`<p title="${text}">${text}</p>`.text;
      expect(made.match(/[<>"]/g)?.join("")).toBe('<"">' + "<>");
    }),
  );
});
