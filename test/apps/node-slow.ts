import { createServer } from "node:http";

createServer((req, res) => {
  if (req.url !== "/slow") return res.end("quick");
  setTimeout(() => res.end("slow but complete"), 200);
}).listen(3000);
