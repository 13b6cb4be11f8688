/** A line of the terminal that is written over; where there is no terminal, a line now and then. */
export interface ProgressLine {
  show(text: string): void;
  /** Leaves the line as it is. */
  end(): void;
}

const ELSEWHERE_EVERY_MS = 5_000;

/** The line of an output such as `process.stderr`. */
export function createProgressLine(output: NodeJS.WriteStream): ProgressLine {
  let shownAt = -Infinity;
  let shown = false;
  return {
    show(text) {
      if (output.isTTY) output.write(`\r\u001B[2K${text.slice(0, output.columns - 1)}`);
      else if (performance.now() - shownAt >= ELSEWHERE_EVERY_MS) {
        output.write(`${text}\n`);
        shownAt = performance.now();
      }
      shown = true;
    },
    end() {
      if (output.isTTY && shown) output.write("\n");
      shown = false;
    },
  };
}
