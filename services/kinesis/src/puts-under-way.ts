/**
 * Puts between the moment kinesis-local gets them and the moment they are in the journal. Readers
 * wait for them: a record that was read, then lost with a killed process, would leave its sequence number to
 * another record, which whoever has a checkpoint there would never see.
 */
export interface PutsUnderWay {
  /** Runs one; settles as it does. */
  run(put: () => Promise<void>): Promise<void>;
  /** Resolves once those of now are kept; rejects when one of them broke off, so that nobody knows what it added. */
  kept(): Promise<void>;
}

/** None is under way. */
export function createPutsUnderWay(): PutsUnderWay {
  const underWay = new Set<Promise<void>>();
  return {
    async run(put) {
      const running = put();
      underWay.add(running);
      try {
        await running;
      } finally {
        underWay.delete(running);
      }
    },
    kept: async () => void (await Promise.all(underWay)),
  };
}
