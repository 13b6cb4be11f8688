import { LogsError, noSuchGroup } from "../logs-error.ts";
import type { LogGroupRef, LogStore } from "../log-store.ts";
import { groupRef, identifiedGroup, operation, type LogsContext, type LogsOperation } from "./context.ts";
import { logGroupName, required, tags } from "./members.ts";

type Tags = Readonly<Record<string, string>>;

const TAGS_MAX = 50;
const resourceArn = { type: "string", min: 1, max: 1_011, pattern: "[\\w+=/:,.@-]*", required: true } as const;
const tagKeys = { type: "list", min: 0, max: 50, item: { type: "string", min: 1, max: 128, required: true }, required: true } as const;

/** Tags of log groups, in the present form (by ARN) and the old one (by name). */
export function tagOperations(store: LogStore): Readonly<Record<string, LogsOperation>> {
  const existing = async (ref: LogGroupRef): Promise<LogGroupRef> => {
    if ((await store.group(ref)) === undefined) throw noSuchGroup();
    return ref;
  };
  const byArn = async (arn: string, context: LogsContext): Promise<LogGroupRef> => await existing(identifiedGroup(context, arn));
  const byName = async (name: string, context: LogsContext): Promise<LogGroupRef> => await existing(groupRef(context, name));
  const put = async (ref: LogGroupRef, added: Tags): Promise<object> => {
    const count = Object.keys({ ...(await store.tags(ref)), ...added }).length;
    if (count > TAGS_MAX) throw new LogsError("TooManyTagsException", `A log group can have no more than ${TAGS_MAX} tags.`);
    await store.changeTags(ref, { put: added, remove: [] });
    return {};
  };
  const remove = async (ref: LogGroupRef, keys: readonly string[]): Promise<object> => {
    await store.changeTags(ref, { put: {}, remove: keys });
    return {};
  };
  type ByArn<More = object> = More & { readonly resourceArn: string };
  type ByName<More = object> = More & { readonly logGroupName: string };
  const named = { logGroupName: required(logGroupName) };
  return {
    ListTagsForResource: operation<ByArn>({ resourceArn }, async (input, context) => ({
      tags: await store.tags(await byArn(input.resourceArn, context)),
    })),
    ListTagsLogGroup: operation<ByName>(named, async (input, context) => ({
      tags: await store.tags(await byName(input.logGroupName, context)),
    })),
    TagResource: operation<ByArn<{ readonly tags: Tags }>>(
      { resourceArn, tags: required(tags) },
      async (input, context) => await put(await byArn(input.resourceArn, context), input.tags),
    ),
    TagLogGroup: operation<ByName<{ readonly tags: Tags }>>(
      { ...named, tags: required(tags) },
      async (input, context) => await put(await byName(input.logGroupName, context), input.tags),
    ),
    UntagResource: operation<ByArn<{ readonly tagKeys: readonly string[] }>>(
      { resourceArn, tagKeys },
      async (input, context) => await remove(await byArn(input.resourceArn, context), input.tagKeys),
    ),
    UntagLogGroup: operation<ByName<{ readonly tags: readonly string[] }>>(
      { ...named, tags: { ...tagKeys, min: 1 } },
      async (input, context) => await remove(await byName(input.logGroupName, context), input.tags),
    ),
  };
}
