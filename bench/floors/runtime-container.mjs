/** The container that both floors run: the runtime image that Lambdock uses, started as any `docker run` would. */

/**
 * `runtime` is what a Lambdock sandbox runs (`runtimeInUse` in ../product.mjs); the rest is what a
 * function's runtime needs to know. `api` is `name:port` of whoever plays
 * the Runtime API on this machine, under any name.
 */
export function containerSpec({ runtime, api, taskDirectory, memoryMegabytes }) {
  return {
    Image: runtime.image,
    Entrypoint: runtime.command,
    Cmd: [],
    User: runtime.user,
    WorkingDir: "/var/task",
    Env: [
      `AWS_LAMBDA_RUNTIME_API=${api}`,
      `AWS_LAMBDA_FUNCTION_MEMORY_SIZE=${memoryMegabytes}`,
      "AWS_LAMBDA_FUNCTION_NAME=floor",
      "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
      "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/floor",
      "AWS_LAMBDA_LOG_STREAM_NAME=floor",
      "AWS_EXECUTION_ENV=AWS_Lambda_nodejs24.x",
      "LAMBDA_TASK_ROOT=/var/task",
      "LAMBDA_RUNTIME_DIR=/var/runtime",
      "_HANDLER=index.handler",
    ],
    HostConfig: {
      ExtraHosts: [`${api.split(":")[0]}:host-gateway`],
      Binds: [`${taskDirectory}:/var/task:ro`],
      Memory: memoryMegabytes * 1024 * 1024,
      CpuShares: 1024,
    },
  };
}
