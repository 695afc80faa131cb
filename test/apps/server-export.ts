import { createServer } from "node:http";

export default createServer((_req, res) => res.end("an exported server"));
