// Says something before its answer, and something behind it.
const { createServer } = require("node:http");

createServer((_request, response) => {
  response.writeEarlyHints({ link: "</a.css>; rel=preload; as=style" });
  response.setHeader("Trailer", "X-Sum");
  response.write("hello");
  response.addTrailers({ "X-Sum": "abc" });
  response.end();
}).listen(3000);
