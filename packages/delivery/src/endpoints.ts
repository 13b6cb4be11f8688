import type { TargetCredentials } from "@lambdock/kernel/target-credentials";

/** Where each service is; absent ones are at Lambdock's own endpoint. `{region}` in an address stands for the target's region. */
export interface DeliveryEndpoints {
  readonly own: string;
  readonly sqs?: string;
  readonly sns?: string;
  readonly eventBridge?: string;
  readonly s3?: string;
  /** For the services that are elsewhere; Lambdock's own never sees them. Absent: the target's account is the access key. */
  readonly credentials?: TargetCredentials;
}

/** One service as a client reaches it. */
export interface ServiceAddress {
  readonly endpoint: string;
  readonly credentials?: TargetCredentials;
}

/** Where a target is: clients are made for one region and account. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** What an SDK client is made with. */
export interface ClientSettings {
  readonly region: string;
  readonly endpoint: string;
  readonly maxAttempts: number;
  readonly credentials: TargetCredentials;
}

/** Where a service is. */
export function addressOf(endpoints: DeliveryEndpoints, service: "sqs" | "sns" | "eventBridge" | "s3"): ServiceAddress {
  const { own, credentials } = endpoints;
  const endpoint = endpoints[service];
  if (endpoint === undefined) return { endpoint: own };
  return { endpoint, ...(credentials === undefined ? {} : { credentials }) };
}

/** What every SDK client is made with. Whoever delivers repeats what failed, so the SDK does not. */
export function clientSettings({ region, accountId }: Place, { endpoint, credentials }: ServiceAddress): ClientSettings {
  return {
    region,
    endpoint: endpoint.replaceAll("{region}", region),
    maxAttempts: 1,
    // A twelve-digit access key is the account, for Lambdock and for most emulators.
    credentials: credentials ?? { accessKeyId: accountId, secretAccessKey: "lambdock" },
  };
}

/** Clients by place, made when first needed. */
export function perPlace<Client extends { destroy(): void }>(make: (place: Place) => Client): { at(place: Place): Client; close(): void } {
  const made = new Map<string, Client>();
  return {
    at(place) {
      const key = `${place.region} ${place.accountId}`;
      const client = made.get(key) ?? make(place);
      made.set(key, client);
      return client;
    },
    close() {
      for (const client of made.values()) client.destroy();
    },
  };
}
