// The oldest shape: module.exports is a node handler, beside a named one.
module.exports = (req, res) => res.end(`commonjs ${req.url}`);
module.exports.named = () => new Response("named in commonjs");
