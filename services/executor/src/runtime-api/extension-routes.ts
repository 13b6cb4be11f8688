import type { Reply } from "@lambdock/plain-http/reply";
import type { ExtensionsSession } from "./extensions-session.ts";
import type { RuntimeRequest } from "./runtime-request.ts";

const API = "/2020-01-01/extension/";

/** One request to the Extensions API; false when it is none. */
export function routeExtension(
  extensions: ExtensionsSession,
  {
    line,
    request,
    reply,
  }: { readonly line: { readonly method: string; readonly url: string }; readonly request: RuntimeRequest; readonly reply: Reply },
): boolean {
  switch (`${line.method} ${line.url}`) {
    case `POST ${API}register`:
      extensions.register(request, reply);
      return true;
    case `GET ${API}event/next`:
      extensions.next(request, reply);
      return true;
    case `POST ${API}init/error`:
      extensions.fail(request, reply, "InitError");
      return true;
    case `POST ${API}exit/error`:
      extensions.fail(request, reply, "ExitError");
      return true;
    default:
      return false;
  }
}
