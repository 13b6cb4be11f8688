import { invalidParameter } from "@lambdock/model/errors/aws-error";

/** Paging markers: opaque to callers; here the last name of the page before. */

/** The marker after which a page begins; `undefined` for the first page. */
export function decodeMarker(marker: string | undefined): string | undefined {
  if (marker === undefined || marker === "") return undefined;
  const name = Buffer.from(marker, "base64url").toString("utf8");
  if (name === "" || encodeMarker(name) !== marker) throw invalidParameter("Invalid Marker: use the NextMarker of the page before.");
  return name;
}

/** What the caller sends to get the page after this name. */
export function encodeMarker(name: string): string {
  return Buffer.from(name, "utf8").toString("base64url");
}
