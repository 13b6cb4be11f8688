import { expect, test } from "@jest/globals";
import { contentOf, recordOf } from "@lambdock/store/testing/records";
import { created, prepared, requireUpdatable, unprepared, updateBegun } from "./transitions.ts";

const id = { accountId: "111122223333", region: "us-east-1", name: "f" };
const failure = { reasonCode: "InvalidRuntime", reason: "no image" };

test("a life without failures: created, active, updated, successful; each with a revision of its own", () => {
  const pending = created(id, contentOf(), "r1");
  expect(pending).toMatchObject({ State: "Pending", StateReasonCode: "Creating", RevisionId: "r1" });
  expect(pending).not.toHaveProperty("LastUpdateStatus");
  const active = prepared(pending, "r2");
  expect(active).toEqual(recordOf({ RevisionId: "r2" }));
  const updating = updateBegun(active, contentOf({ ContentId: "content-2" }), "r3");
  expect(updating).toMatchObject({
    State: "Active",
    LastUpdateStatus: "InProgress",
    RevisionId: "r3",
    Latest: { ContentId: "content-2" },
    Serving: { ContentId: "content-1" },
  });
  expect(prepared(updating, "r4")).toEqual(recordOf({ RevisionId: "r4", Latest: contentOf({ ContentId: "content-2" }) }));
});

test("a failed creation is Failed with its reason", () => {
  expect(unprepared(created(id, contentOf(), "r1"), "r2", failure)).toMatchObject({
    State: "Failed",
    StateReason: "no image",
    StateReasonCode: "InvalidRuntime",
    RevisionId: "r2",
  });
});

test("after failed updates the content that last worked is served, however many fail", () => {
  let record = recordOf();
  for (const attempt of ["content-2", "content-3"]) {
    record = unprepared(updateBegun(record, contentOf({ ContentId: attempt }), "r"), "r", failure);
    expect(record).toMatchObject({
      State: "Active",
      LastUpdateStatus: "Failed",
      LastUpdateStatusReason: "no image",
      Latest: { ContentId: attempt },
      Serving: { ContentId: "content-1" },
    });
  }
  expect(prepared(updateBegun(record, contentOf({ ContentId: "content-4" }), "r"), "r5")).toEqual(
    recordOf({ RevisionId: "r5", Latest: contentOf({ ContentId: "content-4" }) }),
  );
});

test("what a preparation found out is kept with the content", () => {
  expect(prepared(recordOf(), "r", { runtimeVersionArn: "arn:v" }).Latest.RuntimeVersionArn).toBe("arn:v");
  const image = recordOf({ Latest: contentOf({ Code: { RepositoryType: "ECR", ImageUri: "i", PushId: "p" } }) });
  expect(prepared(image, "r", { resolvedImageUri: "i@sha256:1" }).Latest.Code).toEqual({
    RepositoryType: "ECR",
    ImageUri: "i",
    PushId: "p",
    ResolvedImageUri: "i@sha256:1",
  });
});

test.each([
  [recordOf(), undefined, undefined],
  [recordOf({ LastUpdateStatus: "Failed" }), "revision-1", undefined],
  [recordOf(), "other", "PreconditionFailedException"],
  [recordOf({ State: "Pending" }), undefined, "ResourceConflictException"],
  [recordOf({ State: "Failed" }), undefined, "ResourceConflictException"],
  [recordOf({ LastUpdateStatus: "InProgress" }), undefined, "ResourceConflictException"],
])("an update is possible only of an active function that is not being updated, at the expected revision", (record, expected, code) => {
  let refused: string | undefined;
  try {
    requireUpdatable(record, expected);
  } catch (error) {
    refused = (error as { readonly code: string }).code;
  }
  expect(refused).toBe(code);
});
