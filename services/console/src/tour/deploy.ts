/** The first step and the last: what the tour needs is made, and taken away. */
import { MAIL_DEAD, MAILER, ORDERS, ORDERS_DEAD, RECEIVES_MAX, SHOP, TOUR_CODE, VISIBILITY_SECONDS, WORKER } from "./functions.ts";
import { queueArn, queueUrl } from "./queues.ts";
import { until, type TourContext, type TourStep } from "./step.ts";
import { storedZip } from "./stored-zip.ts";

const FUNCTIONS = "/2015-03-31/functions";
const MAPPINGS = "/2015-03-31/event-source-mappings";
/** A runtime's image may have to be fetched or built first. */
const ACTIVE_WITHIN_MS = 300_000;
const GONE_WITHIN_MS = 30_000;

export const deployStep: TourStep = {
  id: "deploy",
  title: "Three functions",
  text: () =>
    "The tour brings its own functions: a shop that answers slowly, a mailer that always fails, and a worker that reads a queue. A lane appears as soon as Lambdock makes an environment ready ahead of its first invocation.",
  async play(context) {
    await cleanUp(context);
    for (const name of [MAIL_DEAD, ORDERS_DEAD]) await context.client.sqs("CreateQueue", { QueueName: name });
    await context.client.sqs("CreateQueue", {
      QueueName: ORDERS,
      Attributes: {
        VisibilityTimeout: String(VISIBILITY_SECONDS),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(context, ORDERS_DEAD), maxReceiveCount: RECEIVES_MAX }),
      },
    });
    await Promise.all([SHOP, MAILER, WORKER].map((name) => create(context, name)));
    context.say("Created; each is Pending until it can run.");
    await Promise.all([SHOP, MAILER, WORKER].map((name) => untilActive(context, name)));
    context.say("All three are Active.");
  },
};

async function create(context: TourContext, name: string): Promise<void> {
  const { client, accountId } = context;
  const code = storedZip({ "index.mjs": TOUR_CODE[name]! });
  await client.must("POST", FUNCTIONS, {
    FunctionName: name,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: `arn:aws:iam::${accountId}:role/lambdock-tour`,
    Description: "Of Lambdock's tour; it takes itself away",
    Code: { ZipFile: btoa(String.fromCharCode(...code)) },
    ...(name === MAILER ? { DeadLetterConfig: { TargetArn: queueArn(context, MAIL_DEAD) } } : {}),
  });
}

function untilActive(context: TourContext, name: string): Promise<true> {
  return until(context, ACTIVE_WITHIN_MS, async () => {
    const { body } = await context.client.must("GET", `${FUNCTIONS}/${name}/configuration`);
    const { State, StateReason } = body as { readonly State: string; readonly StateReason?: string };
    if (State === "Failed") throw new Error(StateReason ?? `${name} failed.`);
    return State === "Active" ? true : undefined;
  });
}

/** Takes away everything that the tour made, now or on an earlier day. */
export async function cleanUp(context: TourContext): Promise<void> {
  const { client } = context;
  const listed = await client.must("GET", `${MAPPINGS}/?FunctionName=${WORKER}`).catch(() => undefined);
  const { EventSourceMappings = [] } = (listed?.body ?? {}) as { readonly EventSourceMappings?: readonly { readonly UUID: string }[] };
  for (const { UUID } of EventSourceMappings) await client.lambda("DELETE", `${MAPPINGS}/${UUID}`);
  for (const name of [SHOP, MAILER, WORKER]) await client.lambda("DELETE", `${FUNCTIONS}/${name}`);
  for (const { UUID } of EventSourceMappings)
    await until(context, GONE_WITHIN_MS, async () =>
      (await client.lambda("GET", `${MAPPINGS}/${UUID}`)).status === 404 ? true : undefined,
    );
  for (const name of [MAIL_DEAD, ORDERS, ORDERS_DEAD]) {
    const url = await queueUrl(context, name);
    if (url !== undefined) await client.sqs("DeleteQueue", { QueueUrl: url });
  }
}
