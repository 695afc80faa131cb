await Bun.sleep(1);
console.log("done");
