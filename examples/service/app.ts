// An app with a service beside it, which gw starts, watches and stops as well:
//   gw start-server examples/service/app.ts --service-script clock examples/service/clock.ts
import { TOLD } from "./told.ts";

export default async function (): Promise<Response> {
  const told = Bun.file(TOLD);
  const time = (await told.exists()) ? await told.text() : undefined;
  return new Response(time ? `The clock says ${time}\n` : "The clock does not run\n");
}
