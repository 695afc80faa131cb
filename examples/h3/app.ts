// H3: its default export has a `fetch`, which gw calls.
// Install: npm install h3
import { H3 } from "h3";

const app = new H3();

app.get("/", () => "Hello from H3");
app.get("/users/:name", (event) => ({ name: event.context.params?.name }));

export default app;
