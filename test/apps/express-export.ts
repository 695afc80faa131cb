import express from "express";

const app = express();
app.get("/", (req, res) => {
  res.json({ ip: req.ip, protocol: req.protocol, secure: req.secure, hostname: req.hostname });
});
export default app;
