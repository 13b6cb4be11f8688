/**
 * Lambda's quotas, as the service enforces them.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */

/** Synchronous request payload, bytes. */
export const SYNC_PAYLOAD_BYTES_MAX = 6_291_456;
/** Asynchronous request payload, bytes (1 MB since October 2025). */
export const ASYNC_PAYLOAD_BYTES_MAX = 1_048_576;
/** Request of the old InvokeAsync operation, bytes. */
export const INVOKE_ASYNC_BYTES_MAX = 262_144;
/** Buffered response, bytes: 6 MiB + 100. */
export const RESPONSE_BYTES_MAX = 6_291_556;
/** Streamed response, bytes. */
export const STREAMED_RESPONSE_BYTES_MAX = 209_715_200;
/** Log text returned with `LogType=Tail`, bytes. */
export const LOG_TAIL_BYTES_MAX = 4_096;
/** Direct upload of a zip, bytes. */
export const ZIP_BYTES_MAX = 52_428_800;
/** Unpacked code with all layers, bytes. */
export const UNZIPPED_BYTES_MAX = 262_144_000;
/** Body of CreateFunction and UpdateFunctionCode, bytes. */
export const CONTROL_BODY_BYTES_MAX = 70_167_211;
/** Environment variables, bytes of their JSON form. */
export const ENVIRONMENT_BYTES_MAX = 4_096;
export const LAYERS_MAX = 5;
export const TAGS_MAX = 50;
export const POLICY_BYTES_MAX = 20_480;
export const CODE_STORAGE_BYTES_MAX = 80_530_636_800;
/** On-demand init phase, milliseconds; after it the init is retried inside the invoke. */
export const INIT_TIMEOUT_MS = 10_000;
/** Memory that buys one vCPU, MB. */
export const MEMORY_MB_PER_VCPU = 1_769;
