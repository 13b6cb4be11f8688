/** The user ended a run before anything was sent. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor() {
    super("Ended before anything was sent: there is no report.");
  }
}
