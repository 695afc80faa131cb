// The guide as a site: the pages of docs/, in the order of docs/contents.ts. guide/build prepares and builds it.
import { join, resolve } from "node:path";
import { defineConfig } from "vitepress";
import { CHAPTERS } from "../../docs/contents.ts";

const DIST = resolve(import.meta.dirname, "../../dist");

export default defineConfig({
  title: "gw",
  description: "An application server for TypeScript and JavaScript in one file",
  lang: "en",
  // No picture of its own, and no request for one.
  head: [["link", { rel: "icon", href: "data:," }]],
  srcDir: "pages",
  outDir: join(DIST, "guide"),
  cacheDir: join(DIST, "guide-cache"),
  // Any other link that leads nowhere ends the build.
  ignoreDeadLinks: "localhostLinks",
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: [
      ...CHAPTERS.map(({ title, pages }) => ({
        text: title,
        items: pages.map(({ page, title: text }) => ({ text, link: `/${page.replace(/\.md$/, "")}` })),
      })),
      { text: "Changelog", link: "/changelog" },
    ],
  },
});
