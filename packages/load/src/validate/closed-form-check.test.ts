import { expect, test } from "@jest/globals";
import { checkClosedForm, CLOSED_FORM_TOLERANCE } from "./closed-form-check.ts";
import { coldStartProbability, coldStartProbabilityAlone } from "./cold-start-probability.ts";

test("the closed form meets the cases that are known by other means", () => {
  const rare = { arrivalsPerSecond: 0.001, meanDurationSeconds: 0.01, idleSeconds: 100 };
  // Hardly ever two at a time: the gap between two arrivals decides.
  expect(coldStartProbability(rare)).toBeCloseTo(Math.exp(-0.1), 4);
  expect(coldStartProbabilityAlone(rare)).toBeCloseTo(Math.exp(-0.1), 12);
  // Nothing is kept: every arrival is cold. Kept for ever: none is.
  expect(coldStartProbability({ arrivalsPerSecond: 3, meanDurationSeconds: 1, idleSeconds: 0 })).toBeCloseTo(1, 6);
  expect(coldStartProbability({ arrivalsPerSecond: 3, meanDurationSeconds: 1, idleSeconds: 3_000 })).toBeLessThan(1e-3);
});

test("the simulator's cold starts are those of the closed form", () => {
  for (const { name, expected, simulated } of checkClosedForm(0.25)) {
    // A quarter of the arrivals: twice the deviation of the whole check.
    expect({ name, apart: Math.abs(simulated / expected - 1) < 2 * CLOSED_FORM_TOLERANCE }).toEqual({ name, apart: true });
  }
});
