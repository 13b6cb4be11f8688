import type { FunctionId, Scope } from "@lambdock/model/arn";

/**
 * Every key that the control plane keeps in Redis. `<scope>` is `<account>:<region>`.
 *
 * | key | type | holds |
 * |---|---|---|
 * | `lambdock:<scope>:functions` | sorted set, all scores 0 | function names, in order |
 * | `lambdock:<scope>:function:<name>` | hash | `revision`: RevisionId; `record`: JSON of FunctionRecord; `recursiveLoop`: `Allow`, or absent; `runtimeManagement:<version>`: JSON of RuntimeManagementConfig, or absent; `versions`: highest version number ever given; `aliasWrites`: count of writes of its aliases |
 * | `lambdock:<scope>:function-versions:<name>` | hash | version number -> JSON of FunctionVersionRecord |
 * | `lambdock:<scope>:function-aliases:<name>` | hash | alias -> JSON of AliasRecord |
 * | `lambdock:<scope>:function-tags:<name>` | hash | tag key -> value |
 * | `lambdock:<scope>:function-policies:<name>` | hash | qualifier -> JSON of StoredPolicy |
 * | `lambdock:<scope>:event-invoke-configs:<name>` | hash | qualifier -> JSON of EventInvokeConfig |
 * | `lambdock:<scope>:layers` | sorted set, all scores 0 | names of layers that have versions, in order |
 * | `lambdock:<scope>:layer-numbers` | hash | layer name -> highest version number ever given |
 * | `lambdock:<scope>:layer:<name>` | hash | version number -> JSON of LayerVersionRecord |
 * | `lambdock:<scope>:layer-policies:<name>` | hash | version number -> JSON of StoredPolicy |
 * | `lambdock:<scope>:code-storage` | hash | `function:<name>`, `function:<name>:<version>` or `layer:<name>:<version>` -> bytes |
 * | `lambdock:reserved-concurrency` | hash | function ARN -> concurrent executions reserved for it |
 * | `lambdock:provisioned-concurrency` | hash | ARN of a version or an alias -> number, versions and JSON of its ProvisionedConfig |
 * | `lambdock:reserved-concurrency-generation` | string | grows with every change of the former two |
 * | `lambdock:unfinished` | set | JSON of FunctionId: functions whose preparation is under way |
 * | `lambdock:unfinished-versions` | set | JSON of FunctionId with `version`: published versions that are Pending |
 * | `lambdock:code:<sha256>` | set | who needs this zip: content ids and layer version ARNs |
 * | `lambdock:unused-code` | sorted set | sha256, scored with the time (epoch ms) from which nobody needed it |
 * | `lambdock:event-source-mappings` | set | UUIDs of all event source mappings |
 * | `lambdock:<scope>:event-source-mappings` | set | UUIDs of those of one account and region |
 * | `lambdock:event-source-mapping:<uuid>` | hash | `record`: JSON of what the user set; `generation`, `state`, `reason`, `result` |
 * | `lambdock:event-source-mapping-tags:<uuid>` | hash | tag key -> value |
 * | `lambdock:event-source-mapping-identities` | hash | JSON of account, region, source, function, qualifier -> UUID |
 * | `lambdock:secret:<name>` | string | random hex, made once, shared by all gateways |
 *
 * Channel `lambdock:function-changes`: JSON of FunctionId, published with every write of a function, a version or an alias.
 * Channel `lambdock:event-source-mapping-changes`: the UUID, published with every write of a mapping but its last result.
 */

export const functionNamesKey = (scope: Scope): string => `${base(scope)}:functions`;
export const functionKey = (id: FunctionId): string => `${base(id)}:function:${id.name}`;
export const functionVersionsKey = (id: FunctionId): string => `${base(id)}:function-versions:${id.name}`;
export const functionAliasesKey = (id: FunctionId): string => `${base(id)}:function-aliases:${id.name}`;
export const functionTagsKey = (id: FunctionId): string => `${base(id)}:function-tags:${id.name}`;
export const functionPoliciesKey = (id: FunctionId): string => `${base(id)}:function-policies:${id.name}`;
export const eventInvokeConfigsKey = (id: FunctionId): string => `${base(id)}:event-invoke-configs:${id.name}`;
export const layerNamesKey = (scope: Scope): string => `${base(scope)}:layers`;
export const layerNumbersKey = (scope: Scope): string => `${base(scope)}:layer-numbers`;
export const layerKey = (scope: Scope, layer: string): string => `${base(scope)}:layer:${layer}`;
export const layerPoliciesKey = (scope: Scope, layer: string): string => `${base(scope)}:layer-policies:${layer}`;
export const codeStorageKey = (scope: Scope): string => `${base(scope)}:code-storage`;
export const reservationsKey = "lambdock:reserved-concurrency";
export const provisionedKey = "lambdock:provisioned-concurrency";
export const reservationsGenerationKey = "lambdock:reserved-concurrency-generation";
export const unfinishedKey = "lambdock:unfinished";
export const unfinishedVersionsKey = "lambdock:unfinished-versions";
export const codeUsersKey = (sha256Hex: string): string => `lambdock:code:${sha256Hex}`;
export const unusedCodeKey = "lambdock:unused-code";
export const secretKey = (name: string): string => `lambdock:secret:${name}`;
export const functionChangesChannel = "lambdock:function-changes";
export const mappingUuidsKey = "lambdock:event-source-mappings";
export const scopeMappingUuidsKey = (scope: Scope): string => `${base(scope)}:event-source-mappings`;
export const mappingKey = (uuid: string): string => `lambdock:event-source-mapping:${uuid}`;
export const mappingTagsKey = (uuid: string): string => `lambdock:event-source-mapping-tags:${uuid}`;
export const mappingIdentitiesKey = "lambdock:event-source-mapping-identities";
export const mappingChangesChannel = "lambdock:event-source-mapping-changes";

function base(scope: Scope): string {
  return `lambdock:${scope.accountId}:${scope.region}`;
}
