/** Functions for the console's tests. */
import { storedZip } from "@lambdock/console/tour/stored-zip";

/** Answers with its event; waits, fails or writes lines when the event says so. */
export const OBEDIENT = {
  ZipFile: storedZip({
    "index.mjs": `export const handler = async (event) => {
  console.log("handling", JSON.stringify(event));
  for (let line = 0; line < (event.lines ?? 0); line++) console.log(event.word, line);
  if (event.fail) throw new Error("as you wish");
  await new Promise((resolve) => setTimeout(resolve, event.ms ?? 50));
  return { got: event };
};
`,
  }),
};
