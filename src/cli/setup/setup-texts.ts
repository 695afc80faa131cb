// The README of a server root, and the seal by which a generated file is known to be as it was generated. Pure.

import { shellWord } from "../../os/shell-words.ts";

const SEAL = /gw-setup: ([0-9a-f]{64}|-)(?= )/;
const NO_SEAL = "gw-setup: -";
export const SEAL_WORDS = `${NO_SEAL} (sum of this file as gw setup-server wrote it; once it is edited, gw leaves it alone)`;

/** Puts the sum of the text in its seal. */
export function seal(text: string): string {
  return text.replace(SEAL, `gw-setup: ${sumOf(text)}`);
}

/** Nobody has changed the text since it was generated, by whatever version. */
export function isUnedited(text: string): boolean {
  return SEAL.exec(text)?.[1] === sumOf(text);
}

const sumOf = (text: string) =>
  new Bun.CryptoHasher("sha256").update(text.replace(SEAL, NO_SEAL)).digest("hex");

const FILES = `| File | What it is |
| --- | --- |
| \`gw.config.json\` | The options. Yours to edit; gw never changes it. |
| \`gw.schema.json\` | What may stand in it, for your editor. Rewritten by each \`gw setup-server\`. |
| \`gwctl\` | Starts, stops and steers gw. |
| \`logs/gw.log\` | What gw and the app print when \`gwctl start\` has started them. |
| \`README.md\` | This page. |

While gw runs there are also \`gw.pid\`, its lock; \`control.sock\`, by which it is steered; and \`run/\`, the sockets of
its processes. They come and go with gw; leave them alone.

\`gw setup-server\` may be run again at any time: it rewrites \`gwctl\` and this page as long as nobody has edited them,
and tells which options of the call the configuration says otherwise.`;

export type ReadmeFacts = {
  serverRoot: string;
  app: string | undefined;
  /** Who owns the server root. */
  user: string;
};

export function renderReadme({ serverRoot, app, user }: ReadmeFacts): string {
  const gwctl = shellWord(`${serverRoot}/gwctl`);
  return `<!-- ${SEAL_WORDS} -->

# A server root of gw

Everything that one gw needs to run for long${app === undefined ? "" : `, here for \`${app}\``}.

${FILES}

${renderUse(gwctl)}

## Start at boot, with systemd

Put this in \`/etc/systemd/system/gw.service\`, then type \`systemctl enable --now gw\`:

${renderUnit({ serverRoot, app, user }).replace(/^(?=.)/gm, "    ")}`;
}

function renderUse(gwctl: string): string {
  return `## Start and stop

    ${gwctl} start
    ${gwctl} status
    ${gwctl} stop

\`gwctl\` without a word lists what else it can do.

## Change the configuration

    ${gwctl} configtest     # after you have edited gw.config.json
    ${gwctl} graceful       # take it up; no request is lost

Some options, as the port, are only taken up by \`gwctl restart\`; \`gwctl graceful\` names them. \`gwctl show-config\` tells
which value is in force and who set it.`;
}

export function renderUnit({ serverRoot, app, user }: ReadmeFacts): string {
  const gwctl = unitWord(`${serverRoot}/gwctl`);
  return `[Unit]
Description=gw${app === undefined ? "" : `, serving ${unitText(app)}`}
After=network-online.target
Wants=network-online.target

[Service]
# Started is what serves, and not before.
Type=notify
User=${user}
ExecStart=${gwctl} run
ExecReload=${gwctl} graceful
Restart=on-failure
# gw tells its own processes to leave, and in which order.
KillMode=mixed
# Longer than --graceful-timeout and three times --shutdown-timeout together.
TimeoutStopSec=90

[Install]
WantedBy=multi-user.target
`;
}

/** systemd reads % as the beginning of a specifier. */
const unitText = (text: string) => text.replaceAll("%", "%%").replace(/[\r\n]/g, " ");

/** One word of a command line, in which systemd also reads quotes, backslashes and variables. */
function unitWord(text: string): string {
  const plain = unitText(text);
  if (/^[A-Za-z0-9_@+=:,./%-]+$/.test(plain)) return plain;
  return `"${plain.replace(/[\\"]/g, "\\$&").replaceAll("$", "$$$$")}"`;
}
