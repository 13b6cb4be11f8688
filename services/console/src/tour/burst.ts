/** Synchronous bursts: one that finds nothing ready, and one that asks for more than is allowed. */
import { SHOP } from "./functions.ts";
import type { TourStep } from "./step.ts";

const BURST = 12;
const THROTTLED_BURST = 15;
const RESERVED = 3;

function items(count: number): readonly { readonly item: number }[] {
  return Array.from({ length: count }, (_, index) => ({ item: index + 1 }));
}

export const burstStep: TourStep = {
  id: "burst",
  title: "A burst of calls",
  text: () =>
    `${BURST} requests come at the same moment, and an environment handles one at a time: so new ones start, each with a cold start. The second burst finds them idle, and is answered by warm ones at once.`,
  async play(context) {
    for (const which of ["First", "Second"]) {
      const answers = await context.client.invokeAtOnce(SHOP, items(BURST));
      const cold = answers.filter((answer) => answer.cold).length;
      context.say(`${which} burst: ${answers.filter(({ status }) => status === 200).length} answers, ${cold} after a cold start.`);
      await context.pause(1_500);
    }
  },
};

export const throttleStep: TourStep = {
  id: "throttle",
  title: "Too many at once",
  text: () =>
    `The shop now has ${RESERVED} of the account's concurrency reserved, which is also all that it may use. ${THROTTLED_BURST} requests come at once: ${RESERVED} run, the others are refused with status 429, and who calls has to try again.`,
  async play(context) {
    await context.client.must("PUT", `/2017-10-31/functions/${SHOP}/concurrency`, { ReservedConcurrentExecutions: RESERVED });
    context.say(`Reserved ${RESERVED}.`);
    const answers = await context.client.invokeAtOnce(SHOP, items(THROTTLED_BURST));
    const ran = answers.filter(({ status }) => status === 200).length;
    context.say(`${ran} ran, ${answers.filter(({ status }) => status === 429).length} were throttled.`);
    await context.pause(1_500);
  },
};
