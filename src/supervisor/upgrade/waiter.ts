// Whether somebody waits for the end of this very process. The next gw is another process: whoever waits for this one would take
// its end for the end of gw, and start a second one, or tell that it has failed. Pure.

export type Descent = {
  pid: number;
  /** That process now, and its name. */
  parent: number;
  parentName: string | undefined;
  /** The one that was its parent when gw looked for the first time. */
  parentAtStart: number;
  /** Of gw, and of that parent, where the system tells. */
  session: number | undefined;
  parentSession: number | undefined;
  /** There is a service manager that is told which process is the main one. */
  hasManager: boolean;
};

/** Why another process cannot take this one's place; undefined when it can. `mayLeave`: the operator has said that it may. */
export function whyBound(descent: Descent, mayLeave: boolean): string | undefined {
  const { pid, parent, parentName, parentAtStart, hasManager } = descent;
  if (pid === 1)
    return "gw is process 1, whose end is the end of its container; start a new container in its place";
  // What has started gw is gone, and whoever has adopted it waits for nothing.
  if (parent !== parentAtStart || isAdopted(descent) || mayLeave) return undefined;
  if (hasManager && (parent === 1 || parentName === "systemd")) return undefined;
  const who = `process ${parent}${parentName === undefined ? "" : ` (${parentName})`}`;
  return `${who} has started gw and would take the end of this process for the end of gw; a unit of systemd with Type=notify is told, and --leave-parent says that it does no harm`;
}

/**
 * Its starter was gone before gw looked for the first time. Who starts a process leaves it in its own session or makes it the first
 * of a new one; a process that is in a third one was started by somebody of that.
 */
function isAdopted({ pid, session, parentSession }: Descent): boolean {
  if (session === undefined || parentSession === undefined) return false;
  return session !== pid && session !== parentSession;
}
