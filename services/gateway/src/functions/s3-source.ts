import { AwsError, invalidParameter } from "@lambdock/model/errors/aws-error";
import { UNZIPPED_BYTES_MAX } from "@lambdock/model/limits";

/** An object in S3 that holds a deployment package. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
  readonly version?: string;
}

/** Milliseconds after which a silent S3 is given up. */
const TIMEOUT_MS = 60_000;

/** Fetches the object from that endpoint by a plain path-style GET. Throws AWS's GetObject error, or one that says what to set. */
export async function fetchS3Object(endpoint: string | undefined, location: S3Location): Promise<Uint8Array> {
  if (endpoint === undefined || endpoint === "") {
    throw invalidParameter(
      "Lambdock has no S3 to fetch code from: set LAMBDOCK_S3_ENDPOINT to the URL of one, such as http://localhost:9000, or send the code as ZipFile.",
    );
  }
  // A URL with such a part names something else, perhaps in another bucket.
  if (location.key.split("/").some((part) => part === "." || part === ".."))
    throw getObjectError("NoSuchKey", "The specified key does not exist.");
  try {
    const response = await get(endpoint, location);
    if (!response.ok) throw await errorOf(response);
    return await readBounded(response);
  } catch (error) {
    if (error instanceof AwsError) throw error;
    // Also when S3 breaks off or falls silent in the middle of its answer.
    throw invalidParameter(`Lambdock could not reach S3 at ${endpoint} (${reasonOf(error)}): check LAMBDOCK_S3_ENDPOINT.`);
  }
}

/** A zip larger than what may come out of it can't be right, and is not read into memory. */
async function readBounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > UNZIPPED_BYTES_MAX) throw invalidParameter(`Unzipped size must be smaller than ${UNZIPPED_BYTES_MAX} bytes`);
  }
  return Buffer.concat(chunks);
}

async function get(endpoint: string, { bucket, key, version }: S3Location): Promise<Response> {
  const path = [bucket, ...key.split("/")].map(encodeURIComponent).join("/");
  const query = version === undefined ? "" : `?versionId=${encodeURIComponent(version)}`;
  return await fetch(`${endpoint.replace(/\/$/, "")}/${path}${query}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
}

async function errorOf(response: Response): Promise<AwsError> {
  const body = await response.text();
  const code =
    textOf(body, "Code") ?? (response.status === 404 ? "NoSuchKey" : response.status === 403 ? "AccessDenied" : String(response.status));
  const message = textOf(body, "Message") ?? (response.status === 404 ? "The specified key does not exist." : response.statusText);
  return getObjectError(code, message);
}

function getObjectError(code: string, message: string): AwsError {
  return invalidParameter(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`);
}

function textOf(xml: string, element: string): string | undefined {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { readonly cause?: { readonly code?: string; readonly message?: string }; readonly message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
