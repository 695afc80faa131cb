import { initTRPC, TRPCError } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { z } from "zod";

const t = initTRPC.create();
const publicProcedure = t.procedure;

const users = [
  { id: "1", name: "Ada" },
  { id: "2", name: "Grace" },
];

const appRouter = t.router({
  userList: publicProcedure.query(() => users),
  userById: publicProcedure.input(z.string()).query(({ input }) => {
    const user = users.find(({ id }) => id === input);
    if (!user) throw new TRPCError({ code: "NOT_FOUND" });
    return user;
  }),
  userCreate: publicProcedure.input(z.object({ name: z.string() })).mutation(({ input }) => ({ id: "3", ...input })),
  countdown: publicProcedure.input(z.number()).subscription(async function* ({ input }) {
    for (let n = input; n >= 0; n--) yield n;
  }),
});

export type AppRouter = typeof appRouter;

const server = createHTTPServer({ router: appRouter });

server.listen(3000);
