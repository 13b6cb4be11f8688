import type { FunctionId } from "@lambdock/model/arn";
import type { AliasStore } from "@lambdock/store/aliases";
import { functionOf, type VersionStore } from "@lambdock/store/versions";

/** Called with the function of each write in this process, as soon as it has or may have happened. */
export type Written = (id: FunctionId) => void;

/** Published versions whose writes are reported. */
export function observedVersions(versions: VersionStore, written: Written): VersionStore {
  return {
    ...versions,
    publish: (version, latest) => reporting(written, functionOf(version), versions.publish(version, latest)),
    update: (id, version, change) => reporting(written, id, versions.update(id, version, change)),
    delete: (id, version) => reporting(written, id, versions.delete(id, version)),
  };
}

/** Aliases whose writes are reported. */
export function observedAliases(aliases: AliasStore, written: Written): AliasStore {
  return {
    ...aliases,
    update: (id, name, change) => reporting(written, id, aliases.update(id, name, change)),
    delete: (id, name) => reporting(written, id, aliases.delete(id, name)),
  };
}

async function reporting<Result>(written: Written, id: FunctionId, write: Promise<Result>): Promise<Result> {
  try {
    return await write;
  } finally {
    // Also after a failure: a write whose answer was lost may have happened.
    written(id);
  }
}
