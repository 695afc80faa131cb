// How long the path of a server root may be: UNIX sockets stand in it, and the system takes short paths for them only.

/** What sun_path holds everywhere, with some bytes to spare: 108 on Linux, 104 elsewhere, the final zero included. */
const SOCKET_PATH_BYTES = 100;
/** Longest name of a socket below the server root: a worker's, in the directory of one of many users. */
export const LONGEST_SOCKET_NAME = "u999/w9999999.sock";
/** Longest path of a server root. */
export const SERVER_ROOT_BYTES = SOCKET_PATH_BYTES - "/".length - LONGEST_SOCKET_NAME.length;
