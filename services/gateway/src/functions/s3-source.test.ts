import { afterEach, expect, test } from "@jest/globals";
import { fetchS3Object } from "./s3-source.ts";
import { errorOf, listen } from "./testing/control-plane-fixture.ts";

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function s3(handler: Parameters<typeof listen>[0]): Promise<string> {
  const server = await listen(handler);
  servers.push(server);
  return server.url;
}

const refusal = async (endpoint: string, key: string): Promise<string | null> =>
  (await errorOf(fetchS3Object(endpoint, { bucket: "b", key }))).message;

test("an S3 that breaks off in the middle of an object is named, and is no bug of ours", async () => {
  const endpoint = await s3((_request, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("PK", () => response.destroy());
  });
  expect(await refusal(endpoint, "k")).toMatch(
    new RegExp(`^Lambdock could not reach S3 at ${endpoint} \\(.+\\): check LAMBDOCK_S3_ENDPOINT\\.$`),
  );
});

test("a key never leads out of its bucket", async () => {
  const asked: (string | undefined)[] = [];
  const endpoint = await s3((request, response) => {
    asked.push(request.url);
    response.end("PK");
  });
  for (const key of ["../other/k", "a/../../other/k", "./k", ".."])
    expect(await refusal(endpoint, key)).toBe(
      "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    );
  expect(asked).toEqual([]);
  expect(Buffer.from(await fetchS3Object(endpoint, { bucket: "b", key: "a..b/+ü?#.zip" })).toString()).toBe("PK");
  expect(asked).toEqual(["/b/a..b/%2B%C3%BC%3F%23.zip"]);
});
