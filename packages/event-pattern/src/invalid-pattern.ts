/** A pattern that AWS would not take; the message is the reason in event-ruler's words. */
export class InvalidPattern extends Error {
  override readonly name = "InvalidPattern";
}
