/** Account, region and service that a page's request is meant for, as the header `x-lambdock-scope: account/region/service` has it. */
export interface ApiScope {
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
}

/** The scope, or `undefined` when the header is malformed; without one it is Lambda in the default account. */
export function apiScope(header: string | string[] | undefined, defaultRegion: string): ApiScope | undefined {
  if (header === undefined) return { accountId: "000000000000", region: defaultRegion, service: "lambda" };
  const [, accountId, region, service] = /^(\d{12})\/([a-z0-9-]{1,40})\/([a-z0-9-]{1,20})$/.exec(String(header)) ?? [];
  return accountId === undefined ? undefined : { accountId, region: region!, service: service! };
}
