// Ends by itself once its handler has let go of what holds it, and counts how often it was told.
let told = 0;
const held = setInterval(() => {}, 1000);
process.on("SIGTERM", (name, number) => {
  console.log(`told ${++told}: ${name} ${number}`);
  clearInterval(held);
});
