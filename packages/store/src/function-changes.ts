import type { FunctionId } from "@lambdock/model/arn";
import { functionChangesChannel } from "./keys.ts";
import { openSubscriber, type RedisClient } from "./redis.ts";

/** Hears of every write of a function by any gateway. */
export interface FunctionChangeListener {
  onChange(id: FunctionId): void;
  /** Changes may have been missed, because the connection was away: forget everything. */
  onGap(): void;
}

/** A running subscription. */
export interface FunctionChanges {
  close(): void;
}

/** Subscribes on a connection of its own; resolves once changes are heard. */
export async function subscribeToFunctionChanges(redis: RedisClient, listener: FunctionChangeListener): Promise<FunctionChanges> {
  const subscriber = openSubscriber(redis);
  subscriber.on("message", (_channel, message) => listener.onChange(JSON.parse(message) as FunctionId));
  await subscriber.connect();
  await subscriber.subscribe(functionChangesChannel);
  subscriber.on("close", () => listener.onGap());
  subscriber.on("ready", () => listener.onGap());
  return {
    close() {
      subscriber.removeAllListeners("close");
      subscriber.disconnect();
    },
  };
}
