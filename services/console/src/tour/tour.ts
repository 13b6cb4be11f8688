/** The tour: the same steps in the page and, as `npm run demo`, in the terminal. */
import { burstStep, throttleStep } from "./burst.ts";
import { cleanUp, deployStep } from "./deploy.ts";
import { poisonStep } from "./poison.ts";
import { retryStep } from "./retries.ts";
import type { TourContext, TourStep } from "./step.ts";

/** In the order in which they are played. */
export const TOUR_STEPS: readonly TourStep[] = [deployStep, burstStep, retryStep, poisonStep, throttleStep];

/** Who follows the tour. */
export interface TourListener {
  readonly onStep: (index: number) => void;
  /** Between two steps; resolves when the next one shall begin. */
  readonly between: () => Promise<void>;
}

/** Plays all steps; whatever happens, it takes away what it made. Rejects when a step fails or the tour is stopped. */
export async function playTour(context: TourContext, { onStep, between }: TourListener): Promise<void> {
  try {
    for (const [index, step] of TOUR_STEPS.entries()) {
      if (index > 0) await between();
      onStep(index);
      await step.play(context);
    }
    await between();
  } finally {
    // Also after it was stopped: what is waited for here is short.
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    await cleanUp({ ...context, pause });
  }
}
