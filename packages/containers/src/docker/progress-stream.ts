/** Follows the JSON lines of a pull or a build to their end; rejects with the error that a line carries. */
export async function followProgress(stream: NodeJS.ReadableStream, onProgress: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) report(line, onProgress);
  }
  report(rest, onProgress);
}

function report(line: string, onProgress: (line: string) => void): void {
  if (line.trim() === "") return;
  const progress = JSON.parse(line) as { readonly error?: string; readonly stream?: string; readonly status?: string };
  if (progress.error !== undefined) throw new Error(progress.error);
  onProgress(progress.stream ?? progress.status ?? "");
}
