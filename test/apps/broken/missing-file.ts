import { settings } from "./no-such-file.ts";

export default settings;
