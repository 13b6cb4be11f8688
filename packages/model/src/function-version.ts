import type { FunctionContent, FunctionState, LastUpdateStatus } from "./function-record.ts";

/**
 * A published version as it is stored; member names are AWS's own. Code and configuration never
 * change: only states and RevisionId do. https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
 */
export interface FunctionVersionRecord {
  readonly AccountId: string;
  readonly Region: string;
  readonly FunctionName: string;
  /** Its number: `1` and up, never given twice. */
  readonly Version: string;
  /** UUID; changes when the version becomes Active or Failed, and with its policy. */
  readonly RevisionId: string;
  readonly State: FunctionState;
  readonly StateReason?: string;
  readonly StateReasonCode?: string;
  readonly LastUpdateStatus?: LastUpdateStatus;
  /** With a ContentId of its own: the version itself needs its zips. */
  readonly Content: FunctionContent;
  /** Digest of the configuration that was published: as long as that and the code are unchanged, publishing again answers this version. */
  readonly Source: string;
}
