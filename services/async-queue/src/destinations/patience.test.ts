import { describe, expect, test } from "@jest/globals";
import { DeliveryFailed } from "@lambdock/delivery/delivery-failed";
import { createPatience } from "./patience.ts";

const away = new DeliveryFailed("no answer in time", false);

/** Deliveries to one target in virtual time: each takes so long, and fails unless the target is back. */
function deliveries(timeScale = 1) {
  let now = 0;
  let back = false;
  let tried = 0;
  const patience = createPatience(() => now, timeScale);
  const send = (arn: string, tookMs: number, failure: Error = away): Promise<string> =>
    patience
      .send(arn, async () => {
        tried += 1;
        now += tookMs;
        if (!back) throw failure;
      })
      .then(
        () => "sent",
        (error: unknown) => (error as Error).message,
      );
  return {
    send,
    wait: (ms: number) => void (now += ms),
    comeBack: () => void (back = true),
    get tried() {
      return tried;
    },
  };
}

describe("a target that does not answer", () => {
  test("is left alone for a moment, and what is sent meanwhile fails as the last did, at once", async () => {
    const target = deliveries();
    expect(await target.send("arn:q", 10_000)).toBe("no answer in time");
    for (let sent = 0; sent < 100; sent += 1) expect(await target.send("arn:q", 10_000)).toBe("no answer in time");
    expect(target.tried).toBe(1);
  });

  test("is tried after pauses that double up to half a minute", async () => {
    const target = deliveries();
    const pauses: number[] = [];
    await target.send("arn:q", 10_000);
    for (let round = 0; round < 7; round += 1) {
      const before = target.tried;
      for (let pauseMs = 0; target.tried === before; pauseMs += 500) {
        await target.send("arn:q", 10_000);
        if (target.tried > before) pauses.push(pauseMs);
        else target.wait(500);
      }
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  test("is tried by one delivery at a time, and by all once it answers", async () => {
    let now = 0;
    let answer: () => void = () => undefined;
    const patience = createPatience(() => now, 1);
    await expect(patience.send("arn:q", async () => ((now += 10_000), Promise.reject(away)))).rejects.toBe(away);
    now += 1_000;
    const probe = patience.send("arn:q", () => new Promise((resolve) => void (answer = resolve)));
    await expect(patience.send("arn:q", async () => undefined)).rejects.toBe(away);
    answer();
    await probe;
    await patience.send("arn:q", async () => undefined);
  });

  test("holds up no other target", async () => {
    const target = deliveries();
    await target.send("arn:q", 10_000);
    target.comeBack();
    expect(await target.send("arn:other", 1)).toBe("sent");
  });

  test("is tried again earlier when time passes faster", async () => {
    const target = deliveries(10);
    await target.send("arn:q", 10_000);
    target.wait(99);
    await target.send("arn:q", 10_000);
    expect(target.tried).toBe(1);
    target.wait(1);
    await target.send("arn:q", 10_000);
    expect(target.tried).toBe(2);
  });
});

test("a target that refuses quickly is tried each time: it holds up nobody", async () => {
  const target = deliveries();
  for (let sent = 0; sent < 5; sent += 1) await target.send("arn:q", 20);
  expect(target.tried).toBe(5);
});

test("a message that can never be taken, however slowly that is told, ends no other", async () => {
  const target = deliveries();
  const tooLarge = new DeliveryFailed("too large", true);
  expect(await target.send("arn:q", 10_000, tooLarge)).toBe("too large");
  target.comeBack();
  expect(await target.send("arn:q", 10)).toBe("sent");
});
