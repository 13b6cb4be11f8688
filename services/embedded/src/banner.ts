/** What the banner tells. */
export interface BannerFacts {
  /** Where Lambdock listens, `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  readonly instances: string;
  readonly redis: string;
  readonly dataDirectory: string;
  readonly region: string;
}

/** The text that `npm start` prints once everything serves: where, how, and how to call it. */
export function banner(facts: BannerFacts): string {
  return `
Lambdock is ready: ${facts.endpoint}
The console:       ${facts.endpoint}/_lambdock

  functions run in  ${facts.instances}
  Redis is          ${facts.redis}
  data is kept in   ${facts.dataDirectory}

Call it with the AWS CLI or any SDK:

  export AWS_ENDPOINT_URL=${facts.endpoint} AWS_REGION=${facts.region} AWS_DEFAULT_REGION=${facts.region}
  export AWS_ACCESS_KEY_ID=000000000000 AWS_SECRET_ACCESS_KEY=any
  aws lambda list-functions

  new LambdaClient({ endpoint: "${facts.endpoint}", region: "${facts.region}", credentials: { accessKeyId: "000000000000", secretAccessKey: "any" } })

Ctrl-C stops it.
`;
}
