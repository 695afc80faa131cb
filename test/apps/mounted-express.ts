import { join } from "node:path";
import express from "express";

const app = express();
const inner = express.Router();
inner.get("/where", (req, res) => {
  res.json({ url: req.url, baseUrl: req.baseUrl, originalUrl: req.originalUrl, path: req.path });
});
app.get("/where", (req, res) => {
  res.json({ url: req.url, baseUrl: req.baseUrl, originalUrl: req.originalUrl, path: req.path });
});
app.get("/leave", (req, res) => res.redirect(`${req.baseUrl}/arrived?from=here`));
app.get("/back", (req, res) => res.redirect(req.get("Referrer") ?? `${req.baseUrl}/`));
app.use("/inner", inner);
app.use("/files", express.static(join(import.meta.dir, "imports")));
app.use("/parent", express.static(join(import.meta.dir, "tsconfig-paths")));
export default app;
