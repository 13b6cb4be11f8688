/** A destination or dead-letter queue did not take an event's end: one sentence that says why. */
export class DeliveryFailed extends Error {
  override readonly name = "DeliveryFailed";
  /** Trying again is of no use: the target can't take this. */
  readonly permanent: boolean;

  constructor(message: string, permanent: boolean, options?: ErrorOptions) {
    super(message, options);
    this.permanent = permanent;
  }
}
