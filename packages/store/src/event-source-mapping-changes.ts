import { mappingChangesChannel } from "./keys.ts";
import { openSubscriber, type RedisClient } from "./redis.ts";

/** Hears of every write of an event source mapping but its last processing result. */
export interface MappingChangeListener {
  /** Created, changed, in another state, or removed: `get` tells which; `generation` whether the user changed it. */
  onChange(uuid: string): void;
  /** Changes may have been missed, because the connection was away: read all mappings again. */
  onGap(): void;
}

/** A running subscription. */
export interface MappingChanges {
  close(): void;
}

/** Subscribes on a connection of its own; resolves once changes are heard. */
export async function subscribeToMappingChanges(redis: RedisClient, listener: MappingChangeListener): Promise<MappingChanges> {
  const subscriber = openSubscriber(redis);
  subscriber.on("message", (_channel, uuid) => listener.onChange(uuid));
  await subscriber.connect();
  await subscriber.subscribe(mappingChangesChannel);
  // Told only once the new connection is subscribed, so that what is read from then on misses nothing.
  subscriber.on("ready", () => {
    subscriber.subscribe(mappingChangesChannel).then(
      () => listener.onGap(),
      () => undefined, // Lost again: the next "ready" tells.
    );
  });
  return {
    close() {
      subscriber.disconnect();
    },
  };
}
