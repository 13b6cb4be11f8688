import type { SourceKind } from "@lambdock/model/event-source-mapping";

/** Which source is looked at, and for whom. */
export interface ProbedSource {
  readonly kind: SourceKind;
  readonly arn: string;
  /** Region of the mapping, for an ARN without a true one. */
  readonly region: string;
  /** Base URL under which the caller reached this Lambdock. */
  readonly callerEndpoint: string;
}

/** What a source said about itself. */
export type SourceDescription =
  /** `visibilityTimeoutSeconds` of a queue. */
  | { readonly kind: "exists"; readonly visibilityTimeoutSeconds?: number }
  | { readonly kind: "missing" }
  /** It answered, and refused to be described. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** It did not answer, or nothing there serves it: one sentence with the cure. */
  | { readonly kind: "unreachable"; readonly message: string };

/** Looks at queues and streams before a mapping is made of them. */
export interface SourceProbe {
  /** Never rejects. */
  describe(source: ProbedSource): Promise<SourceDescription>;
}
