// The group `web`: everything that no other group takes. /reports/ is a part of this app that the group `slow` runs,
// with processes and a time limit of its own; the file is the same.
export default {
  async fetch(request: Request) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/reports/")) return new Response(await makeReport());
    return new Response(`The shop, at ${pathname}\n`);
  },
};

async function makeReport(): Promise<string> {
  await Bun.sleep(2000);
  return "A report, which took its time\n";
}
