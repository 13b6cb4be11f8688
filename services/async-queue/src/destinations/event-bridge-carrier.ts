import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { qualifiedArn } from "@lambdock/async-invoke/destination-record";
import { DeliveryFailed } from "./delivery-failed.ts";
import { clientSettings, perPlace } from "./endpoints.ts";
import { bodyOf, requireSize, type Carrier } from "./parcel.ts";

/** One entry, 1 MB since January 2026. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const BYTES_MAX = 1_048_576;

/** Puts the record on an event bus; `source` is `lambda` as recorded, not `aws.lambda` as documented. */
export function createEventBridgeCarrier(endpoint: string): Carrier {
  const clients = perPlace((place) => new EventBridgeClient(clientSettings(place, endpoint)));
  return {
    async send(parcel) {
      const { arn, ended, abortSignal } = parcel;
      const entry = {
        EventBusName: arn.arn,
        Source: "lambda",
        DetailType: `Lambda Function Invocation Result - ${ended.condition === "Success" ? "Success" : "Failure"}`,
        Resources: [arn.arn, qualifiedArn(ended.event)],
        Detail: bodyOf(parcel),
      };
      requireSize(arn, [entry.Source, entry.DetailType, entry.Detail, ...entry.Resources], BYTES_MAX);
      const answer = await clients.at(arn).send(new PutEventsCommand({ Entries: [entry] }), { abortSignal });
      const { FailedEntryCount: failed = 0, Entries: [first] = [] } = answer;
      if (failed === 0) return;
      throw new DeliveryFailed(
        `${arn.arn} did not take it (${first?.ErrorCode ?? "no code"}: ${first?.ErrorMessage ?? "no reason given"}).`,
        false,
      );
    },
    close: () => clients.close(),
  };
}
