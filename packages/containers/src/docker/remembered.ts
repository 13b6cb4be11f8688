/** A value that is made once, and again after a failure or when it turned out to be out of date. */
export interface Remembered<T> {
  get(): Promise<T>;
  forget(): void;
}

export function remember<T>(make: () => Promise<T>): Remembered<T> {
  let made: Promise<T> | undefined;
  return {
    get() {
      if (made !== undefined) return made;
      const attempt = make();
      made = attempt;
      attempt.catch(() => {
        if (made === attempt) made = undefined;
      });
      return attempt;
    },
    forget() {
      made = undefined;
    },
  };
}
