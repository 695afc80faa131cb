import leftPad from "no-such-package-anywhere";

export default leftPad;
