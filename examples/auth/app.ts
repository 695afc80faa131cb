// Greets whom gw has let in. No client can send this field itself.
export default {
  fetch(request: Request) {
    return new Response(`Hello, ${request.headers.get("x-remote-user") ?? "stranger"}\n`);
  },
};
