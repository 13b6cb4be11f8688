/**
 * `Lambda-Runtime-Function-Error-Type` as REPORT and telemetry show it: free text is accepted only
 * in the form `Runtime.Name` or `Function.Name` [RIE].
 */
export function normaliseErrorType(text: string): string {
  if (/^(Runtime|Function)\.[A-Z][a-zA-Z]+$/.test(text)) return text;
  return text.startsWith("Function.") ? "Function.Unknown" : "Runtime.Unknown";
}
