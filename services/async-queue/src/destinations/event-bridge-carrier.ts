import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { qualifiedArn } from "@lambdock/async-invoke/destination-record";
import { DeliveryFailed } from "./delivery-failed.ts";
import { clientSettings, perPlace } from "./endpoints.ts";
import { bodyOf, type Carrier } from "./parcel.ts";

const BYTES_MAX = 1_048_576;

/** Puts the record on an event bus; `source` is `lambda` as recorded, not `aws.lambda` as documented. */
export function createEventBridgeCarrier(endpoint: string): Carrier {
  const clients = perPlace((place) => new EventBridgeClient(clientSettings(place, endpoint)));
  return {
    async send(parcel) {
      const { arn: target, ended } = parcel;
      const entry = {
        EventBusName: target.arn,
        Source: "lambda",
        DetailType: `Lambda Function Invocation Result - ${ended.condition === "Success" ? "Success" : "Failure"}`,
        Resources: [target.arn, qualifiedArn(ended.event)],
        Detail: bodyOf(parcel, BYTES_MAX, target.arn),
      };
      const { FailedEntryCount: failed = 0, Entries: entries = [] } = await clients
        .at(target)
        .send(new PutEventsCommand({ Entries: [entry] }));
      if (failed > 0)
        throw new DeliveryFailed(
          `${target.arn} refused the record: ${entries[0]?.ErrorMessage ?? entries[0]?.ErrorCode ?? "no reason given"}.`,
          false,
        );
    },
    close: () => clients.close(),
  };
}
