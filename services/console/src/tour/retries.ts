/** An event that nobody waits for, and that fails. */
import { MAIL_DEAD, MAILER } from "./functions.ts";
import { messagesIn } from "./queues.ts";
import { until, type TourStep } from "./step.ts";

/** Minutes that Lambda waits before the second and the third attempt. */
const RETRY_MINUTES = [1, 2];

/** A time of so many minutes as it passes here: `1 minute`, `3 seconds`. */
function spell(minutes: number, timeScale: number): string {
  const seconds = (minutes * 60) / timeScale;
  const [value, unit] = seconds >= 60 ? [seconds / 60, "minute"] : [seconds, "second"];
  const rounded = Number(value.toFixed(1));
  return `${rounded} ${unit}${rounded === 1 ? "" : "s"}`;
}

export const retryStep: TourStep = {
  id: "retries",
  title: "An event that fails",
  text: (timeScale) =>
    `The mailer is invoked asynchronously: the caller gets 202 at once and never learns that it fails. Lambda tries again after ${spell(RETRY_MINUTES[0]!, timeScale)} and once more ${spell(RETRY_MINUTES[1]!, timeScale)} later${
      timeScale === 1
        ? " (minutes as on AWS; started with LAMBDOCK_TIME_SCALE=20 they are seconds)"
        : ` (time passes ${timeScale} times faster here)`
    }, then the event goes to the dead-letter queue.`,
  async play(context) {
    const { status, header } = await context.client.lambda(
      "POST",
      `/2015-03-31/functions/${MAILER}/invocations`,
      { to: "you@example.com" },
      { "x-amz-invocation-type": "Event" },
    );
    context.say(`Accepted with ${status}: event ${header("x-amzn-requestid")?.slice(0, 8) ?? ""}.`);
    const minutes = RETRY_MINUTES.reduce((sum, each) => sum + each, 0);
    const within = (minutes * 60_000) / context.timeScale + 60_000;
    await until(context, within, async () => ((await messagesIn(context, MAIL_DEAD)) > 0 ? true : undefined));
    context.say("Three attempts failed: the event is in the dead-letter queue.");
  },
};
