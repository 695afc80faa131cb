import "./style.css";

document.querySelector("#app").innerHTML = "<h1>Hello Vite!</h1>";
