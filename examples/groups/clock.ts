// A service: it runs beside the groups and gets no requests.
setInterval(() => console.log(`it is ${new Date().toISOString()}`), 60_000);
