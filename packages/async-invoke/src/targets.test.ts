import { expect, test } from "@jest/globals";
import type { Condition } from "@lambdock/async-invoke/async-event";
import { targetsOf, type DeliverySettings } from "@lambdock/async-invoke/targets";

const all: DeliverySettings = {
  destinationConfig: { OnSuccess: { Destination: "arn:s" }, OnFailure: { Destination: "arn:f" } },
  deadLetterArn: "arn:dlq",
};

test.each<[string, Condition, DeliverySettings, string[]]>([
  ["a success goes to OnSuccess only", "Success", all, ["destination arn:s"]],
  ["exhausted retries go to OnFailure and to the dead-letter queue", "RetriesExhausted", all, ["destination arn:f", "dead-letter arn:dlq"]],
  ["an expired event goes to both", "EventAgeExceeded", all, ["destination arn:f", "dead-letter arn:dlq"]],
  ["an event of a function without concurrency goes to both", "ZeroReservedConcurrency", all, ["destination arn:f", "dead-letter arn:dlq"]],
  [
    "a failure without OnFailure goes to the dead-letter queue",
    "RetriesExhausted",
    { destinationConfig: { OnSuccess: { Destination: "arn:s" } }, deadLetterArn: "arn:dlq" },
    ["dead-letter arn:dlq"],
  ],
  ["a success never goes to the dead-letter queue", "Success", { deadLetterArn: "arn:dlq" }, []],
  [
    "emptied settings are none",
    "RetriesExhausted",
    { destinationConfig: { OnSuccess: {}, OnFailure: { Destination: "" } }, deadLetterArn: "" },
    [],
  ],
  ["nothing configured is nobody", "RetriesExhausted", {}, []],
])("%s", (_name, condition, settings, expected) => {
  expect(targetsOf({ condition }, settings).map(({ kind, arn }) => `${kind} ${arn}`)).toEqual(expected);
});
