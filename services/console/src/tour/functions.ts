/** The three functions of the tour, and the queues around them. */

/** Everything that the tour makes is named so, and taken away when it ends. */
export const TOUR_PREFIX = "lambdock-tour-";

export const SHOP = `${TOUR_PREFIX}shop`;
export const MAILER = `${TOUR_PREFIX}mailer`;
export const WORKER = `${TOUR_PREFIX}worker`;
export const MAIL_DEAD = `${TOUR_PREFIX}mail-dead`;
export const ORDERS = `${TOUR_PREFIX}orders`;
export const ORDERS_DEAD = `${TOUR_PREFIX}orders-dead`;

/** Seconds for which a message that was received is not given to anybody else. */
export const VISIBILITY_SECONDS = 5;
/** A message that was received so often without success is dead. */
export const RECEIVES_MAX = 2;

/** Code by function. */
export const TOUR_CODE: Readonly<Record<string, string>> = {
  [SHOP]: `export const handler = async ({ item }) => {
  await new Promise((resolve) => setTimeout(resolve, 700));
  return { sold: item };
};
`,
  [MAILER]: `export const handler = async ({ to }) => {
  await new Promise((resolve) => setTimeout(resolve, 300));
  throw new Error("The mail server refuses " + to);
};
`,
  [WORKER]: `export const handler = async ({ Records }) => {
  await new Promise((resolve) => setTimeout(resolve, 500));
  const failed = Records.filter(({ body }) => JSON.parse(body).poison);
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
`,
};
