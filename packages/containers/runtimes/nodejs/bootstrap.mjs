/**
 * The Node.js runtime: AWS's own runtime interface client, with its native HTTP client replaced by
 * `transport.cjs`. Client and transport are loaded before the gate, the user's code after it.
 *
 * nodejs24.x and later run version 4 of the client; older runtimes run version 3, which still
 * accepts handlers that answer through a callback, as AWS does.
 */
import Module from "node:module";
import { openModuleSearch } from "./module-search.mjs";
import { createTransport } from "./transport.cjs";

const GATE_OPEN = "--gate-open";
const NATIVE_CLIENT = "./rapid-client.node";
const NEWEST_RUNTIME_WITH_CALLBACKS = 22;

const transport = createTransport(process.env.AWS_LAMBDA_RUNTIME_API);
const gateOpened = passGate();
await openModuleSearch(process.env);
if (runtimeMajor() > NEWEST_RUNTIME_WITH_CALLBACKS) {
  // Version 4 starts when it is imported, and then awaits its native client: that is where it waits.
  answerNativeClient(gateOpened.then(() => transport));
  await import("aws-lambda-ric");
} else {
  answerNativeClient(transport);
  await import("node:http"); // version 3 would load it only after the gate
  const { run } = await import("aws-lambda-ric-3");
  await gateOpened;
  await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
}

/** The bootstrap script passes the gate itself when something of the user's runs before us. */
function passGate() {
  const mark = process.argv.indexOf(GATE_OPEN);
  if (mark === -1) return transport.gate();
  process.argv.splice(mark, 1);
  return Promise.resolve();
}

function runtimeMajor() {
  const named = /^AWS_Lambda_nodejs(\d+)\.x$/.exec(process.env.AWS_EXECUTION_ENV ?? "");
  return named === null ? Number.parseInt(process.versions.node, 10) : Number(named[1]);
}

/** Answers the client's one `require` of its native half, then puts the module loader back as it was. */
function answerNativeClient(client) {
  const load = Module._load;
  Module._load = function loadNativeClient(request, ...rest) {
    if (request !== NATIVE_CLIENT) return Reflect.apply(load, this, [request, ...rest]);
    Module._load = load;
    return client;
  };
}
