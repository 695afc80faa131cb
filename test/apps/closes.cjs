// Closes connections instead of answering on them.
const { createServer } = require("node:http");

createServer((request, response) => {
  if (request.url === "/socket") return request.socket.destroy();
  if (request.url === "/response") return response.destroy();
  if (request.url === "/request") return request.destroy();
  if (request.url === "/half") {
    response.write("half");
    return setTimeout(() => response.destroy(), 50);
  }
  response.end(String(process.pid));
}).listen(3000);
