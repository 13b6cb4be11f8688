"use strict";
/** Waits at the gate and exits: used before a wrapper or NODE_OPTIONS may run the user's code. */
const { createTransport } = require("./transport.cjs");

createTransport(process.env.AWS_LAMBDA_RUNTIME_API)
  .gate()
  .then(
    () => process.exit(0),
    () => process.exit(1),
  );
