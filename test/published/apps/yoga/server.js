import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";

const yoga = createYoga({
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      type Query {
        hello(name: String): String
        fails: String
      }
      type Subscription {
        countdown(from: Int!): Int!
      }
    `,
    resolvers: {
      Query: {
        hello: (_, { name }) => `Hello ${name ?? "there"}`,
        fails: () => {
          throw new Error("secret");
        },
      },
      Subscription: {
        countdown: {
          async *subscribe(_, { from }) {
            for (let n = from; n >= 0; n--) yield { countdown: n };
          },
        },
      },
    },
  }),
});

const server = createServer(yoga);
server.listen(4000, () => {
  console.info("Server is running on http://localhost:4000/graphql");
});
