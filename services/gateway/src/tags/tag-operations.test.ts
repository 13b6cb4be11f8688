import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { createGate } from "../functions/testing/scripted-executor.ts";
import { creationOf, errorOf, startControlPlane, until, type ControlPlaneFixture } from "../functions/testing/control-plane-fixture.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const Resource = ARN;

(redisInstalled() ? describe : describe.skip)("the tag API", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
  });
  beforeEach(async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" }).catch(() => undefined);
    fixture.executor.answer(() => Promise.resolve({ kind: "ready" }));
    await fixture.call("CreateFunction", await creationOf("f", { Tags: { A: "tag-a" } }));
    await until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["State"] === "Active");
  });
  afterAll(() => fixture.stop());
  const tags = async (): Promise<object> => (await fixture.call("ListTags", { Resource }))["Tags"];

  test("tags begin at creation, are added, overwritten and removed; each change is a new revision", async () => {
    const revisions = new Set<string>();
    const note = async (): Promise<unknown> =>
      revisions.add((await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["RevisionId"]);
    expect(await tags()).toEqual({ A: "tag-a" });
    await note();
    expect(await fixture.call("TagResource", { Resource, Tags: { A: "new", B: "tag-b" } })).toEqual({});
    await note();
    expect((await fixture.call("GetFunction", { FunctionName: "f" }))["Tags"]).toEqual({ A: "new", B: "tag-b" });
    expect(await fixture.call("UntagResource", { Resource, TagKeys: ["A", "absent"] })).toEqual({});
    await note();
    expect(await tags()).toEqual({ B: "tag-b" });
    expect(revisions.size).toBe(3);
  });

  test("a function has at most fifty tags", async () => {
    const many = Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`k${n}`, "v"]));
    await fixture.call("TagResource", { Resource, Tags: many });
    expect(await errorOf(fixture.call("TagResource", { Resource, Tags: { more: "v" } }))).toEqual({
      code: "InvalidParameterValueException",
      message: "Number of tags exceeds resource tag limit.",
    });
    expect(Object.keys(await tags())).toHaveLength(50);
  });

  test.each([
    ["TagResource", { Resource, Tags: {} }, "InvalidParameterValueException", "An error occurred and the request cannot be processed."],
    [
      "TagResource",
      { Resource: `${ARN}:$LATEST`, Tags: { a: "b" } },
      "InvalidParameterValueException",
      "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    ],
    [
      "ListTags",
      { Resource: ARN.replace(/f$/, "none") },
      "ResourceNotFoundException",
      "Function not found: arn:aws:lambda:us-east-1:111122223333:function:none",
    ],
    [
      "UntagResource",
      { Resource: ARN.replace(/f$/, "none"), TagKeys: ["a"] },
      "ResourceNotFoundException",
      "Function not found: arn:aws:lambda:us-east-1:111122223333:function:none",
    ],
    [
      "UntagResource",
      { Resource, TagKeys: [] },
      "ValidationException",
      "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
    ],
    [
      "ListTags",
      { Resource: "arn:aws:lambda:us-east-1:111122223333:event-source-mapping:x" },
      "ResourceNotFoundException",
      "Event source mapping not found: arn:aws:lambda:us-east-1:111122223333:event-source-mapping:x",
    ],
    [
      "ListTags",
      { Resource: "arn:aws:lambda:us-east-1:111122223333:capacity-provider:x" },
      "ResourceNotFoundException",
      "Capacity provider not found: arn:aws:lambda:us-east-1:111122223333:capacity-provider:x",
    ],
    [
      "TagResource",
      { Resource: "arn:aws:lambda:us-east-1:111122223333:layer:x", Tags: { a: "b" } },
      "NotImplementedException",
      "Lambdock does not implement tags on layers yet: tag functions.",
    ],
    ["ListTags", { Resource: "arn:aws:lambda:us-east-1:444455556666:function:f" }, "AccessDeniedException", null],
  ])("%s with %j is refused in AWS's words", async (operation, input, code, message) => {
    expect(await errorOf(fixture.call(operation, input))).toEqual({ code, message });
  });

  test("tags can't be changed during an update", async () => {
    const gate = createGate();
    fixture.executor.answer(gate.how);
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 9 });
    expect(await errorOf(fixture.call("TagResource", { Resource, Tags: { a: "b" } }))).toEqual({
      code: "ResourceConflictException",
      message: `The operation cannot be performed at this time. An update is in progress for resource: ${ARN}`,
    });
    gate.open();
  });

  test("a change of tags during a creation is not lost, nor is the creation", async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    const gate = createGate();
    fixture.executor.answer(gate.how);
    await fixture.call("CreateFunction", await creationOf("f"));
    const tagging = fixture.call("TagResource", { Resource, Tags: { a: "b" } });
    gate.open();
    await tagging;
    await until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["State"] === "Active");
    expect(await tags()).toEqual({ a: "b" });
  });
});
