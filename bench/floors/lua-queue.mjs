/**
 * Floor of SQS: three Lua scripts behind a plain node:http server that speaks just enough of SQS's
 * JSON protocol for the same SDK client to call it. Batches only; no attributes, no delays, no
 * visibility timeouts, no dead letters, no long polls, no checks.
 *
 *   node bench/floors/lua-queue.mjs redis://…      prints its port
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis } from "@lambdock/store/redis";

const redis = await openRedis({ url: process.argv[2], name: "floor", logger: createLogger("floor", "error") });
redis.defineCommand("floorSend", {
  numberOfKeys: 1,
  lua: `for _, body in ipairs(ARGV) do
          local id = redis.call('INCR', KEYS[1] .. ':last')
          redis.call('HSET', KEYS[1] .. ':bodies', id, body)
          redis.call('RPUSH', KEYS[1] .. ':waiting', id)
        end`,
});
redis.defineCommand("floorReceive", {
  numberOfKeys: 1,
  lua: `local ids = redis.call('LPOP', KEYS[1] .. ':waiting', ARGV[1])
        if not ids then return {} end
        for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1] .. ':flight', ARGV[2], id) end
        return { ids, redis.call('HMGET', KEYS[1] .. ':bodies', unpack(ids)) }`,
});
redis.defineCommand("floorDelete", {
  numberOfKeys: 1,
  lua: `redis.call('ZREM', KEYS[1] .. ':flight', unpack(ARGV))
        redis.call('HDEL', KEYS[1] .. ':bodies', unpack(ARGV))`,
});
const md5 = (text) => createHash("md5").update(text).digest("hex");

const actions = {
  async SendMessageBatch({ QueueUrl, Entries }) {
    await redis.floorSend(QueueUrl, ...Entries.map(({ MessageBody }) => MessageBody));
    return { Successful: Entries.map(({ Id, MessageBody }) => ({ Id, MessageId: randomUUID(), MD5OfMessageBody: md5(MessageBody) })) };
  },
  async ReceiveMessage({ QueueUrl, MaxNumberOfMessages }) {
    const [ids = [], bodies] = await redis.floorReceive(QueueUrl, MaxNumberOfMessages, Date.now() + 30_000);
    return { Messages: ids.map((id, at) => ({ MessageId: id, ReceiptHandle: id, Body: bodies[at], MD5OfBody: md5(bodies[at]) })) };
  },
  async DeleteMessageBatch({ QueueUrl, Entries }) {
    await redis.floorDelete(QueueUrl, ...Entries.map(({ ReceiptHandle }) => ReceiptHandle));
    return { Successful: Entries.map(({ Id }) => ({ Id })) };
  },
};

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const answer = JSON.stringify(await actions[request.headers["x-amz-target"].split(".")[1]](JSON.parse(body)));
  response.writeHead(200, { "content-type": "application/x-amz-json-1.0", "content-length": Buffer.byteLength(answer) }).end(answer);
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
