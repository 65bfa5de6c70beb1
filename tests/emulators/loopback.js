'use strict';

// Preloaded with `node -r`: every server of the process binds 127.0.0.1, whatever it asked for.

const net = require('net');

const HOST = '127.0.0.1';
const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (where, ...rest) {
  const options = typeof where === 'object' && where !== null ? where : { port: Number(where) };
  const callback = rest.find((argument) => typeof argument === 'function');
  return listen.call(this, { ...options, host: HOST }, callback);
};
