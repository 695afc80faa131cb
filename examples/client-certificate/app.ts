// Greets whoever has shown a good certificate. No client can send these fields itself. A certificate for trying it out, which is its own
// authority, is made by openssl:
//   openssl req -x509 -newkey rsa:2048 -nodes -keyout ann.key -out ann.pem -subj /CN=Ann -days 30
//   gw certificate --self-signed tls
//   gw start-server --config examples/client-certificate/gw.config.json
//   curl --cacert tls/cert.pem --cert ann.pem --key ann.key https://localhost:8443/
export default {
  fetch(request: Request) {
    const { headers } = request;
    if (headers.get("x-ssl-client-verify") !== "SUCCESS") return new Response("Hello, stranger\n");
    return new Response(`Hello, ${headers.get("x-ssl-client-s-dn-cn")}\n`);
  },
};
