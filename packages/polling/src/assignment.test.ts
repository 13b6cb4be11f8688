import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ownerOf } from "./assignment.ts";

const uuids = Array.from({ length: 600 }, (_, n) => `mapping-${n}`);

test("nobody owns a mapping when there is no poller", () => expect(ownerOf("m", [])).toBeUndefined());

test("all pollers agree, in whatever order they know each other", () => {
  fc.assert(
    fc.property(fc.string(), fc.uniqueArray(fc.string(), { minLength: 1 }), (uuid, pollers) => {
      expect(ownerOf(uuid, pollers)).toBe(ownerOf(uuid, pollers.toReversed()));
    }),
  );
});

test("a poller that goes moves only its own mappings", () => {
  fc.assert(
    fc.property(fc.string(), fc.uniqueArray(fc.string(), { minLength: 2 }), (uuid, pollers) => {
      const owner = ownerOf(uuid, pollers);
      const gone = pollers.find((poller) => poller !== owner);
      expect(
        ownerOf(
          uuid,
          pollers.filter((poller) => poller !== gone),
        ),
      ).toBe(owner);
    }),
  );
});

test("three pollers share many mappings about evenly", () => {
  const shares = ["one", "two", "three"].map((poller) => uuids.filter((uuid) => ownerOf(uuid, ["one", "two", "three"]) === poller).length);
  for (const share of shares) expect(share).toBeGreaterThan(140);
});
