// An instance whose `fetch` needs its `this`.
class App {
  #greeting = "from an instance";
  routes = [{ path: "/", method: "GET" }];
  fetch() {
    return new Response(this.#greeting);
  }
}
export default new App();
