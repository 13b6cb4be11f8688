import { InvokeCommand } from "@aws-sdk/client-lambda";
import type { InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import { lambdaClient } from "./clients.ts";

/** An invocation's answer, its payload parsed. */
export interface Answer<T> {
  readonly status: number | undefined;
  readonly functionError: string | undefined;
  readonly payload: T;
  readonly requestId: string;
  readonly executedVersion: string | undefined;
  /** The decoded log tail; empty unless asked for. */
  readonly tail: string;
}

/** Options of {@link invoke}. */
export interface InvokeOptions {
  readonly client?: LambdaClient;
  readonly tail?: boolean;
  /** Plain object, sent base64-encoded as the client context. */
  readonly clientContext?: object;
}

const shared = lambdaClientOnDemand();

/** Invokes a function synchronously with a JSON event. */
export async function invoke<T = unknown>(name: string, event: unknown = {}, options: InvokeOptions = {}): Promise<Answer<T>> {
  const output = await (options.client ?? shared()).send(
    new InvokeCommand({
      FunctionName: name,
      Payload: Buffer.from(JSON.stringify(event)),
      ...(options.tail === true ? { LogType: "Tail" as const } : {}),
      ...(options.clientContext === undefined
        ? {}
        : { ClientContext: Buffer.from(JSON.stringify(options.clientContext)).toString("base64") }),
    }),
  );
  return answerOf<T>(output);
}

function answerOf<T>(output: InvokeCommandOutput): Answer<T> {
  return {
    status: output.StatusCode,
    functionError: output.FunctionError,
    payload: JSON.parse(Buffer.from(output.Payload ?? []).toString()) as T,
    requestId: output.$metadata.requestId ?? "",
    executedVersion: output.ExecutedVersion,
    tail: Buffer.from(output.LogResult ?? "", "base64").toString(),
  };
}

/** The document a failed function leaves. */
export interface Failure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
  readonly stackTrace?: readonly string[];
  readonly requestId?: string;
}

function lambdaClientOnDemand(): () => LambdaClient {
  let client: LambdaClient | undefined;
  return () => (client ??= lambdaClient());
}
