import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";

/** Where each service is; absent ones are at Lambdock's own endpoint. */
export interface DeliveryEndpoints {
  readonly own: string;
  readonly sqs?: string;
  readonly sns?: string;
  readonly eventBridge?: string;
  readonly s3?: string;
}

/** SDK clients, one per service, region and account, made when first needed. */
export interface Clients {
  sqs(place: Place): SQSClient;
  sns(place: Place): SNSClient;
  events(place: Place): EventBridgeClient;
  s3(place: Place): S3Client;
  close(): void;
}

export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** Clients for these endpoints. The queue repeats failed deliveries, so the SDK does not. */
export function createClients(endpoints: DeliveryEndpoints): Clients {
  const made = new Map<string, { destroy(): void }>();
  const cached = <Client extends { destroy(): void }>(service: string, place: Place, make: (settings: ReturnType<typeof settingsFor>) => Client): Client => {
    const key = `${service} ${place.region} ${place.accountId}`;
    const known = made.get(key) as Client | undefined;
    if (known !== undefined) return known;
    const client = make(settingsFor(place));
    made.set(key, client);
    return client;
  };
  return {
    sqs: (place) => cached("sqs", place, (settings) => new SQSClient({ ...settings, endpoint: endpoints.sqs ?? endpoints.own })),
    sns: (place) => cached("sns", place, (settings) => new SNSClient({ ...settings, endpoint: endpoints.sns ?? endpoints.own })),
    events: (place) => cached("events", place, (settings) => new EventBridgeClient({ ...settings, endpoint: endpoints.eventBridge ?? endpoints.own })),
    s3: (place) => cached("s3", place, (settings) => new S3Client({ ...settings, endpoint: endpoints.s3 ?? endpoints.own, forcePathStyle: true })),
    close() {
      for (const client of made.values()) client.destroy();
    },
  };
}

/** A twelve-digit access key is the account, for Lambdock and for most emulators. */
function settingsFor({ region, accountId }: Place): { readonly region: string; readonly maxAttempts: number; readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } } {
  return { region, maxAttempts: 1, credentials: { accessKeyId: accountId, secretAccessKey: "lambdock" } };
}
