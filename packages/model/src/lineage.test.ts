import { describe, expect, test } from "@jest/globals";
import { advanceChain, chainOfBatch, RECURSIVE_INVOCATIONS_MAX } from "./lineage.ts";

const ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";
const arn = (name: string): string => `arn:aws:lambda:us-east-1:111122223333:function:${name}`;

/** Runs functions one after the other, each with the header of the one before; stops at the first that is refused. */
function chain(names: readonly string[]): { readonly header: string; readonly ran: number } {
  let header = ROOT;
  let ran = 0;
  for (const name of names) {
    const step = advanceChain(header, arn(name));
    if (step.recursive) break;
    header = step.traceHeader;
    ran += 1;
  }
  return { header, ran };
}

const repeated = (names: readonly string[], times: number): string[] => Array.from({ length: times }, () => names).flat();
const lineageOf = (header: string): string => /Lineage=(.*)$/.exec(header)![1]!;

describe("the lineage of a chain", () => {
  test("begins in AWS's form and keeps the rest of the header", () => {
    expect(advanceChain(ROOT, arn("a")).traceHeader).toMatch(new RegExp(`^${ROOT};Lineage=1:[0-9a-f]{8}:0$`));
  });

  test("lets a function run sixteen times and refuses the seventeenth", () => {
    expect(chain(repeated(["a"], 40)).ran).toBe(RECURSIVE_INVOCATIONS_MAX);
  });

  test("counts each function of a loop by itself, whatever came before the loop", () => {
    expect(chain(["x", ...repeated(["a", "b", "c"], 40)]).ran).toBe(1 + 3 * RECURSIVE_INVOCATIONS_MAX);
  });

  test("tells functions apart by account, region and name", () => {
    const header = advanceChain(ROOT, arn("a")).traceHeader;
    expect(lineageOf(advanceChain(header, arn("a").replace("us-east-1", "eu-west-1")).traceHeader)).toMatch(/^1:\w{8}:0\|1:\w{8}:0$/);
  });

  test("stays short in a chain of many functions, and still finds the loop in it", () => {
    const many = Array.from({ length: 200 }, (_, index) => `f${index}`);
    const { header, ran } = chain([...many, ...repeated(["a", "b"], 40)]);
    expect(ran).toBe(200 + 2 * RECURSIVE_INVOCATIONS_MAX);
    expect(lineageOf(header).split("|").length).toBeLessThanOrEqual(16);
  });

  test("understands the older form, and drops what it can't read", () => {
    const [hash] = /\w{8}/.exec(lineageOf(advanceChain(ROOT, arn("a")).traceHeader))!;
    const older = `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;lineage=${hash}:14|nonsense`;
    const next = advanceChain(older, arn("a"));
    expect([lineageOf(next.traceHeader), next.recursive]).toEqual([`1:${hash}:15`, false]);
    expect(advanceChain(next.traceHeader, arn("a")).recursive).toBe(true);
  });

  test("leaves an empty header empty", () => {
    expect(advanceChain("", arn("a"))).toEqual({ traceHeader: "", recursive: false });
  });
});

test("of a batch's chains the one counts in which the function has been most often", () => {
  const twice = chain(["a", "a"]).header;
  const once = chain(["a"]).header;
  const other = chain(["b", "b", "b"]).header;
  expect(chainOfBatch([undefined, other, once, twice, ROOT], arn("a"))).toBe(twice);
  expect(chainOfBatch([undefined, ROOT], arn("a"))).toBe(ROOT);
  expect(chainOfBatch([undefined, ""], arn("a"))).toBeUndefined();
});
