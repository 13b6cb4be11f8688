import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DeliveryFailed } from "./delivery-failed.ts";
import { clientSettings, perPlace, type ServiceAddress } from "./endpoints.ts";
import { requireSize, type Addressed } from "./message.ts";
import { traced } from "./trace-header.ts";

/** An event for a bus. */
export interface BusEvent {
  readonly busArn: string;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  /** JSON text. */
  readonly detail: string;
  /** `X-Amzn-Trace-Id` of what caused it; absent or empty for none. */
  readonly traceHeader?: string;
}

/** One entry, 1 MB since January 2026. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const BYTES_MAX = 1_048_576;

/** Puts events on buses. */
export function createEventBusPutter(address: ServiceAddress): { send(event: Addressed<BusEvent>): Promise<void>; close(): void } {
  const clients = perPlace((place) => new EventBridgeClient(clientSettings(place, address)));
  return {
    async send({ target, source, detailType, resources, detail, traceHeader, abortSignal }) {
      requireSize(target, [source, detailType, detail, ...resources], BYTES_MAX);
      const entry = {
        EventBusName: target.arn,
        Source: source,
        DetailType: detailType,
        Resources: [...resources],
        Detail: detail,
        ...(traceHeader === undefined || traceHeader === "" ? {} : { TraceHeader: traceHeader }),
      };
      const command = traced(new PutEventsCommand({ Entries: [entry] }), traceHeader);
      const { FailedEntryCount: failed = 0, Entries: [first] = [] } = await clients.at(target).send(command, { abortSignal });
      if (failed === 0) return;
      throw new DeliveryFailed(
        `${target.arn} did not take it (${first?.ErrorCode ?? "no code"}: ${first?.ErrorMessage ?? "no reason given"}).`,
        false,
      );
    },
    close: () => clients.close(),
  };
}
