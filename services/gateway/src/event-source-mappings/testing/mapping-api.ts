import { createMappingStore, type MappingStore } from "@lambdock/store/event-source-mappings";
import { creationOf, startControlPlane, type Answer, type ControlPlaneFixture } from "../../functions/testing/control-plane-fixture.ts";
import { createScriptedProbe, type ScriptedProbe } from "./scripted-probe.ts";

export const QUEUE = "arn:aws:sqs:us-east-1:111122223333:q";
export const STREAM = "arn:aws:kinesis:us-east-1:111122223333:stream/s";
export const TABLE_STREAM = "arn:aws:dynamodb:us-east-1:111122223333:table/tab/stream/2026-11-22T10:00:00.000";
export const FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:f";

/** The operations of event source mappings on a real Redis. */
export interface MappingApi {
  readonly fixture: ControlPlaneFixture;
  readonly probe: ScriptedProbe;
  readonly store: MappingStore;
  /** Of function `f` and {@link QUEUE}, unless told otherwise. */
  create(input?: object): Promise<Answer>;
  /** Of {@link STREAM}, from its beginning. */
  createStream(input?: object): Promise<Answer>;
  get(uuid: string): Promise<Answer>;
  update(uuid: string, input: object): Promise<Answer>;
  remove(uuid: string): Promise<Answer>;
  list(input?: object): Promise<Answer>;
  /** Settles a mapping as the poller does. */
  settle(uuid: string): Promise<void>;
  /** Creates, settles, and answers the UUID. */
  settled(creating: Promise<Answer>): Promise<string>;
  /** Nothing but the functions `f` and `other`, on sources that exist. */
  reset(): Promise<void>;
}

export async function startMappingApi(): Promise<MappingApi> {
  const probe = createScriptedProbe();
  const fixture = await startControlPlane({ sourceProbe: probe });
  const store = createMappingStore(fixture.redis.client);
  const api: MappingApi = {
    fixture,
    probe,
    store,
    create: (input = {}) => fixture.call("CreateEventSourceMapping", { FunctionName: "f", EventSourceArn: QUEUE, ...input }),
    createStream: (input = {}) => api.create({ EventSourceArn: STREAM, StartingPosition: "TRIM_HORIZON", ...input }),
    get: (uuid) => fixture.call("GetEventSourceMapping", { UUID: uuid }),
    update: (uuid, input) => fixture.call("UpdateEventSourceMapping", { UUID: uuid, ...input }),
    remove: (uuid) => fixture.call("DeleteEventSourceMapping", { UUID: uuid }),
    list: (input = {}) => fixture.call("ListEventSourceMappings", input),
    async settle(uuid) {
      const { generation, enabled, state, stateTransitionReason } = (await store.get(uuid))!;
      if (state === "Deleting") await store.remove(uuid, generation);
      else await store.setState(uuid, generation, { state: enabled ? "Enabled" : "Disabled", stateTransitionReason });
    },
    async settled(creating) {
      const { UUID: uuid } = await creating;
      await api.settle(uuid);
      return uuid;
    },
    async reset() {
      probe.answer({ kind: "exists" });
      await fixture.redis.client.flushall();
      for (const name of ["f", "other"]) await fixture.call("CreateFunction", await creationOf(name));
    },
  };
  return api;
}
