import { absent } from "../exports-nothing.ts";

export default absent;
