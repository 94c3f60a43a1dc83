const http = require("node:http");
const os = require("node:os");

const server = http.createServer((request, response) => {
  if (request.url === process.env.HEALTH_PATH) {
    response.writeHead(200, { "content-type": "text/plain" });
    response.end("ok\n");
    return;
  }
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ host: os.hostname(), path: request.url }) + "\n");
});

// Longer than a load balancer keeps an idle connection, so that it never meets a closed one.
server.keepAliveTimeout = 75000;
server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
