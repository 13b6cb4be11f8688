/** The environment variables that the executor sets for a function `f` of that runtime. */
export function functionEnvironment(runtime: string): Record<string, string> {
  return {
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    ...nodePath(runtime),
    _HANDLER: "index.handler",
    LAMBDA_TASK_ROOT: "/var/task",
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: "f",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/f",
    AWS_LAMBDA_LOG_STREAM_NAME: "stream",
  };
}

function nodePath(runtime: string): Record<string, string> {
  const major = /^nodejs(\d+)/.exec(runtime)?.[1];
  if (major === undefined) return {};
  return { NODE_PATH: `/opt/nodejs/node${major}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task` };
}
