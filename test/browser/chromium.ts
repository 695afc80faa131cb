// Debian's Chromium, as the checks of this folder start it, and what its pages complain of.

type Page = { on(event: string, listener: (given: never) => void): void };

/** `playwright`: the module playwright-core, which only the script of this lane installs, so that its types are not known. */
export function launchChromium(playwright: any): Promise<any> {
  return playwright.chromium.launch({
    executablePath: Bun.which("chromium"),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What is an error in the page's console, and what its scripts throw, is added to the list. */
export function listenForComplaints(page: Page, complaints: string[]): void {
  page.on("console", (message: { type(): string; text(): string }) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error: Error) => void complaints.push(error.message));
}
