// An Express 5 program that listens by itself. `export default app` without `listen` works as well.
// Install: npm install express
import express from "express";

const app = express();
app.use(express.json());

app.get("/", (request, response) => {
  response.send(`Hello from Express to ${request.ip}`);
});
app.get("/users/:name", (request, response) => {
  response.json({ name: request.params.name });
});
app.post("/echo", (request, response) => {
  response.json(request.body);
});

app.listen(3000, () => console.log("ready"));
