import { getAccountSettings } from "./account/account-settings.ts";
import {
  deleteFunctionEventInvokeConfig,
  getFunctionEventInvokeConfig,
  listFunctionEventInvokeConfigs,
  putFunctionEventInvokeConfig,
  updateFunctionEventInvokeConfig,
} from "./event-invoke-config/event-invoke-config.ts";
import { createEventSourceMapping } from "./event-source-mappings/create-mapping.ts";
import { deleteEventSourceMapping } from "./event-source-mappings/delete-mapping.ts";
import { getEventSourceMapping, listEventSourceMappings } from "./event-source-mappings/read-mappings.ts";
import { updateEventSourceMapping } from "./event-source-mappings/update-mapping.ts";
import { deleteFunctionConcurrency, getFunctionConcurrency, putFunctionConcurrency } from "./concurrency/function-concurrency.ts";
import { deleteProvisionedConcurrencyConfig, putProvisionedConcurrencyConfig } from "./concurrency/provisioned-concurrency.ts";
import { getProvisionedConcurrencyConfig, listProvisionedConcurrencyConfigs } from "./concurrency/read-provisioned-concurrency.ts";
import type { ControlPlaneParts } from "./functions/control-plane-parts.ts";
import { createFunction } from "./functions/create-function.ts";
import { deleteFunction } from "./functions/delete-function.ts";
import { getFunction, getFunctionConfiguration, listFunctions } from "./functions/read-functions.ts";
import { updateFunctionCode } from "./functions/update-function-code.ts";
import { updateFunctionConfiguration } from "./functions/update-function-configuration.ts";
import { deleteLayerVersion } from "./layers/delete-layer-version.ts";
import { addLayerVersionPermission, getLayerVersionPolicy, removeLayerVersionPermission } from "./layers/layer-policy.ts";
import { publishLayerVersion } from "./layers/publish-layer-version.ts";
import { getLayerVersion, getLayerVersionByArn, listLayers, listLayerVersions } from "./layers/read-layer-versions.ts";
import type { OperationTable } from "./operation.ts";
import { getFunctionRecursionConfig, putFunctionRecursionConfig } from "./recursion-config/recursion-config.ts";
import { getRuntimeManagementConfig, putRuntimeManagementConfig } from "./runtime-management/runtime-management-config.ts";
import { addPermission, getPolicy, removePermission } from "./policies/function-policy.ts";
import { createAlias } from "./aliases/create-alias.ts";
import { deleteAlias } from "./aliases/delete-alias.ts";
import { getAlias, listAliases } from "./aliases/read-aliases.ts";
import { updateAlias } from "./aliases/update-alias.ts";
import { listVersionsByFunction } from "./versions/list-versions.ts";
import { publishVersion } from "./versions/publish-version.ts";
import { listTags, tagResource, untagResource } from "./tags/tag-operations.ts";

/** Every operation of the control plane under its name in the API model. */
export function controlPlaneOperations(parts: ControlPlaneParts): OperationTable {
  return {
    CreateFunction: createFunction(parts),
    GetFunction: getFunction(parts),
    GetFunctionConfiguration: getFunctionConfiguration(parts),
    UpdateFunctionCode: updateFunctionCode(parts),
    UpdateFunctionConfiguration: updateFunctionConfiguration(parts),
    DeleteFunction: deleteFunction(parts),
    ListFunctions: listFunctions(parts),
    PublishVersion: publishVersion(parts),
    ListVersionsByFunction: listVersionsByFunction(parts),
    CreateAlias: createAlias(parts),
    GetAlias: getAlias(parts),
    UpdateAlias: updateAlias(parts),
    DeleteAlias: deleteAlias(parts),
    ListAliases: listAliases(parts),
    PublishLayerVersion: publishLayerVersion(parts),
    ListLayers: listLayers(parts),
    ListLayerVersions: listLayerVersions(parts),
    GetLayerVersion: getLayerVersion(parts),
    GetLayerVersionByArn: getLayerVersionByArn(parts),
    DeleteLayerVersion: deleteLayerVersion(parts),
    AddLayerVersionPermission: addLayerVersionPermission(parts),
    GetLayerVersionPolicy: getLayerVersionPolicy(parts),
    RemoveLayerVersionPermission: removeLayerVersionPermission(parts),
    TagResource: tagResource(parts),
    UntagResource: untagResource(parts),
    ListTags: listTags(parts),
    AddPermission: addPermission(parts),
    GetPolicy: getPolicy(parts),
    RemovePermission: removePermission(parts),
    PutFunctionEventInvokeConfig: putFunctionEventInvokeConfig(parts),
    UpdateFunctionEventInvokeConfig: updateFunctionEventInvokeConfig(parts),
    GetFunctionEventInvokeConfig: getFunctionEventInvokeConfig(parts),
    ListFunctionEventInvokeConfigs: listFunctionEventInvokeConfigs(parts),
    DeleteFunctionEventInvokeConfig: deleteFunctionEventInvokeConfig(parts),
    GetFunctionRecursionConfig: getFunctionRecursionConfig(parts),
    PutFunctionRecursionConfig: putFunctionRecursionConfig(parts),
    GetRuntimeManagementConfig: getRuntimeManagementConfig(parts),
    PutRuntimeManagementConfig: putRuntimeManagementConfig(parts),
    PutFunctionConcurrency: putFunctionConcurrency(parts),
    GetFunctionConcurrency: getFunctionConcurrency(parts),
    DeleteFunctionConcurrency: deleteFunctionConcurrency(parts),
    PutProvisionedConcurrencyConfig: putProvisionedConcurrencyConfig(parts),
    GetProvisionedConcurrencyConfig: getProvisionedConcurrencyConfig(parts),
    ListProvisionedConcurrencyConfigs: listProvisionedConcurrencyConfigs(parts),
    DeleteProvisionedConcurrencyConfig: deleteProvisionedConcurrencyConfig(parts),
    CreateEventSourceMapping: createEventSourceMapping(parts),
    GetEventSourceMapping: getEventSourceMapping(parts),
    ListEventSourceMappings: listEventSourceMappings(parts),
    UpdateEventSourceMapping: updateEventSourceMapping(parts),
    DeleteEventSourceMapping: deleteEventSourceMapping(parts),
    GetAccountSettings: getAccountSettings(parts),
  };
}
