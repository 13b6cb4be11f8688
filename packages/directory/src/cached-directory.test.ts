import { expect, test } from "@jest/globals";
import type { FunctionRecord } from "@lambdock/model/function-record";
import { contentOf, recordOf } from "@lambdock/store/testing/records";
import { createCachedDirectory, type CachedDirectory } from "./cached-directory.ts";
import type { QualifiedStores } from "./qualified-specs.ts";

const scope = { accountId: "111122223333", region: "us-east-1" };
const id = { ...scope, name: "f" };

/** A directory of functions that have neither versions nor aliases. */
const directoryOf = (get: QualifiedStores["functions"]["get"]): CachedDirectory =>
  createCachedDirectory({ functions: { get }, versions: { get: async () => undefined }, aliases: { get: async () => undefined } });

test("a function is loaded once for all who ask while it loads, and then answered at once", async () => {
  let loads = 0;
  const directory = directoryOf(async () => {
    loads += 1;
    return recordOf();
  });
  await Promise.all([
    directory.resolve(scope, "f", undefined),
    directory.resolve(scope, "f", "$LATEST"),
    directory.resolve(scope, "function:f", undefined),
  ]);
  expect(directory.resolve(scope, "f", undefined)).not.toBeInstanceOf(Promise);
  expect(loads).toBe(1);
});

test("what was being loaded when the function was written is not remembered", async () => {
  const answers: ((record: FunctionRecord) => void)[] = [];
  const directory = directoryOf(() => new Promise((resolve) => answers.push(resolve)));
  const early = directory.resolve(scope, "f", undefined);
  directory.forget(id);
  const late = directory.resolve(scope, "f", undefined);
  answers[0]!(recordOf({ Latest: contentOf({ Timeout: 1 }) }));
  expect((await early).spec.timeoutMs).toBe(1_000);
  answers[1]!(recordOf({ Latest: contentOf({ Timeout: 2 }) }));
  expect((await late).spec.timeoutMs).toBe(2_000);
  expect((await directory.resolve(scope, "f", undefined)).spec.timeoutMs).toBe(2_000);
  expect(answers).toHaveLength(2);
});

test("seeing another revision forgets the one that is known", async () => {
  let Timeout = 1;
  const directory = directoryOf(async () => recordOf({ Latest: contentOf({ Timeout }) }));
  await directory.resolve(scope, "f", undefined);
  Timeout = 2;
  directory.seen(recordOf());
  expect((await directory.resolve(scope, "f", undefined)).spec.timeoutMs).toBe(1_000);
  directory.seen(recordOf({ RevisionId: "newer" }));
  expect((await directory.resolve(scope, "f", undefined)).spec.timeoutMs).toBe(2_000);
});

test("during an update and after a failed one the serving content is resolved", async () => {
  const directory = directoryOf(async () =>
    recordOf({ LastUpdateStatus: "InProgress", Latest: contentOf({ Timeout: 2 }), Serving: contentOf({ Timeout: 1 }) }),
  );
  expect((await directory.resolve(scope, "f", undefined)).spec.timeoutMs).toBe(1_000);
});

test("absence is asked for again each time, and failures to load are not remembered", async () => {
  const answers: (FunctionRecord | undefined | Error)[] = [undefined, new Error("away"), recordOf()];
  const directory = directoryOf(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  await expect(Promise.resolve(directory.resolve(scope, "f", undefined))).rejects.toMatchObject({
    awsMessage: "Function not found: arn:aws:lambda:us-east-1:111122223333:function:f:$LATEST",
  });
  await expect(Promise.resolve(directory.resolve(scope, "f", undefined))).rejects.toThrow("away");
  expect((await directory.resolve(scope, "f", undefined)).spec.name).toBe("f");
});

test.each([
  ["f", "$latest", "Function not found: arn:aws:lambda:us-east-1:111122223333:function:f:$latest"],
  ["f", "7", "Function not found: arn:aws:lambda:us-east-1:111122223333:function:f:7"],
  ["f:live", undefined, "Function not found: arn:aws:lambda:us-east-1:111122223333:function:f:live"],
  ["f:$LATEST.PUBLISHED", undefined, "Function not found: arn:aws:lambda:us-east-1:111122223333:function:f:$LATEST.PUBLISHED"],
])("a qualifier that the function has not (%s, %s) is AWS's 404", async (name, qualifier, message) => {
  const directory = directoryOf(async () => recordOf());
  await expect(directory.resolve(scope, name, qualifier)).rejects.toMatchObject({ code: "ResourceNotFoundException", awsMessage: message });
});

test("the memory is bounded", async () => {
  let loads = 0;
  const directory = directoryOf(async ({ name }) => {
    loads += 1;
    return recordOf({ FunctionName: name });
  });
  for (let n = 0; n <= 10_000; n += 1) await directory.resolve(scope, `f${n}`, undefined);
  await directory.resolve(scope, "f10000", undefined);
  expect(loads).toBe(10_001);
  await directory.resolve(scope, "f0", undefined);
  expect(loads).toBe(10_002);
});
