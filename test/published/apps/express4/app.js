const express = require("express");
const app = express();
const port = 3000;

app.set("view engine", "pug");
app.engine("ejs", require("ejs").renderFile);
app.use(express.static("public"));
app.use(express.json());
app.use(express.urlencoded({ extended: true }));

app.get("/", (req, res) => {
  res.render("index", { title: "Hey", message: `Hello ${req.query.name ?? "there"}!` });
});

app.get("/list", (_req, res) => {
  res.render("list.ejs", { items: ["one", "two", "<three>"] });
});

app.post("/echo", (req, res) => {
  res.status(201).cookie("a", "1").json({ got: req.body });
});

app.get("/old", (_req, res) => res.redirect("/list"));

app.get("/download", (_req, res) => res.download("public/robots.txt"));

app.get("/fails", () => {
  throw Object.assign(new Error("not today"), { status: 418, expose: true });
});

const server = app.listen(port, () => {
  console.log(`Example app listening on port ${port}`);
});

process.on("SIGTERM", () => {
  server.close(() => setTimeout(() => console.log("closed: the server of Express"), 300));
});
