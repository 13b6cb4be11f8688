import { gunzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { SAMPLE_EVENTS } from "./sample-events.ts";

test("the sample of CloudWatch Logs is packed as the service packs it", () => {
  const { awslogs } = SAMPLE_EVENTS.find(({ name }) => name === "CloudWatch Logs")!.payload as {
    readonly awslogs: { readonly data: string };
  };
  expect(JSON.parse(gunzipSync(Buffer.from(awslogs.data, "base64")).toString())).toMatchObject({ messageType: "DATA_MESSAGE" });
});

test("samples have names of their own", () => {
  expect(new Set(SAMPLE_EVENTS.map(({ name }) => name)).size).toBe(SAMPLE_EVENTS.length);
});
