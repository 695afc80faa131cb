// The bracket of line 4 is never closed.
export default {
  fetch() {
    return new Response("x";
  },
};
