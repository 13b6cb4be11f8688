/**
 * Account and region of a caller, from the credential scope of its signature, as the gateway reads
 * them: a 12-digit access key id is the account, any other belongs to the default account.
 */
import type { IncomingMessage } from "node:http";
import type { Scope } from "@lambdock/model/arn";
import { parseQuery } from "@lambdock/wire/query";

const DEFAULT_ACCOUNT_ID = "000000000000";

/** The scope of a request; what names no scope, or a strange one, is in the default region. */
export function scopeOf(request: IncomingMessage, defaultRegion: string): Scope {
  const [accessKeyId = "", , region = ""] = (credentialOf(request) ?? "").split("/");
  return {
    accountId: /^\d{12}$/.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT_ID,
    region: /^[a-z]{2}(-[a-z]+)+-\d$/.test(region) ? region : defaultRegion,
  };
}

function credentialOf(request: IncomingMessage): string | undefined {
  const header = /Credential=([^,\s]+)/.exec(request.headers.authorization ?? "")?.[1];
  if (header !== undefined) return header;
  const url = request.url ?? "";
  return url.includes("X-Amz-Credential=") ? parseQuery(url.slice(url.indexOf("?") + 1)).get("X-Amz-Credential")?.[0] : undefined;
}
