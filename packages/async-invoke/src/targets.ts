/**
 * Who hears of an event's end: the on-success or on-failure destination of the invoked qualifier's
 * event invoke config, and the function's dead-letter queue. A failure with both goes to both;
 * a success never goes to the dead-letter queue (async.md sections 3 and 4).
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import type { Ended } from "./destination-record.ts";

/** Where an ended event has to be told: a destination receives the record, a dead-letter queue the event itself. */
export type DeliveryTarget =
  | { readonly kind: "destination"; readonly arn: string }
  | { readonly kind: "dead-letter"; readonly arn: string };

/** Destinations as the API has them; an absent or empty ARN is none. */
export interface DestinationConfig {
  readonly OnSuccess?: { readonly Destination?: string };
  readonly OnFailure?: { readonly Destination?: string };
}

/** What is configured for the function that the event was meant for. */
export interface DeliverySettings {
  readonly destinationConfig?: DestinationConfig;
  /** `DeadLetterConfig.TargetArn` of the function; absent or empty for none. */
  readonly deadLetterArn?: string;
}

/** The targets of an event's end, the destination first. */
export function targetsOf(
  { condition }: Pick<Ended, "condition">,
  { destinationConfig, deadLetterArn }: DeliverySettings,
): DeliveryTarget[] {
  if (condition === "Success") return targets("destination", destinationConfig?.OnSuccess?.Destination);
  return [...targets("destination", destinationConfig?.OnFailure?.Destination), ...targets("dead-letter", deadLetterArn)];
}

function targets(kind: DeliveryTarget["kind"], arn: string | undefined): DeliveryTarget[] {
  return arn === undefined || arn === "" ? [] : [{ kind, arn }];
}
