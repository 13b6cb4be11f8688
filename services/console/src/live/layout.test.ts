import { expect, test } from "@jest/globals";
import { laneAt, layOut } from "./layout.ts";
import { applyEvent, newPicture } from "./picture.ts";
import { timeTicks } from "./time-ticks.ts";

function pictureOf(lanes: Readonly<Record<string, number>>) {
  const picture = newPicture();
  for (const [name, count] of Object.entries(lanes))
    for (let index = 0; index < count; index++)
      applyEvent(picture, {
        type: "environment",
        at: 1_000,
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
        version: "$LATEST",
        environmentId: `${name}-${index}`,
        state: "creating",
      });
  return picture;
}

test("functions are one below the other by name, each lane is found where it is", () => {
  const layout = layOut(pictureOf({ b: 2, a: 1 }), { from: 0, headHeight: 40 });
  expect(layout.blocks.map(({ owner, top, lanes }) => [owner.name, top, lanes.length])).toEqual([
    ["a", 0, 1],
    ["b", 72, 2],
  ]);
  expect(laneAt(layout, 45)?.lane.environmentId).toBe("a-0");
  expect(laneAt(layout, 72 + 40 + layout.rowHeight + 1)?.lane.environmentId).toBe("b-1");
  expect(laneAt(layout, 80)).toBeUndefined();
});

test("the more lanes there are, the lower they are", () => {
  const heights = [10, 60, 500].map((count) => layOut(pictureOf({ a: count }), { from: 0, headHeight: 40 }).rowHeight);
  expect(heights).toEqual([20, 13, 8]);
});

test("only the wanted functions are laid out", () => {
  const layout = layOut(pictureOf({ a: 1, b: 1 }), { from: 0, headHeight: 40, only: (arn) => arn.endsWith(":b") });
  expect(layout.blocks.map(({ owner }) => owner.name)).toEqual(["b"]);
});

test("a time axis has round marks, never more than fit", () => {
  const ticks = timeTicks(0, 30_000, 7);
  expect(ticks.map(({ at }) => at)).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000]);
  expect(timeTicks(500, 300_500, 6).length).toBeLessThanOrEqual(6);
});
