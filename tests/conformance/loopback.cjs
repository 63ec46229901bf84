// Loaded before the suite's server, which would listen on every address.
const net = require('node:net')

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port) {
  return listen.call(this, Number(port), '127.0.0.1')
}
