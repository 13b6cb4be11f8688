/** Where each service is; absent ones are at Lambdock's own endpoint. */
export interface DeliveryEndpoints {
  readonly own: string;
  readonly sqs?: string;
  readonly sns?: string;
  readonly eventBridge?: string;
  readonly s3?: string;
}

/** Where a target is: clients are made for one region and account. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** What every SDK client is made with. The queue repeats failed deliveries, so the SDK does not. */
export function clientSettings({ region, accountId }: Place, endpoint: string): ClientSettings {
  // A twelve-digit access key is the account, for Lambdock and for most emulators.
  return { region, endpoint, maxAttempts: 1, credentials: { accessKeyId: accountId, secretAccessKey: "lambdock" } };
}

export interface ClientSettings {
  readonly region: string;
  readonly endpoint: string;
  readonly maxAttempts: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
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
