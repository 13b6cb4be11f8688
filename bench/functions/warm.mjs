/** Answers at once. */
export const handler = async (event) => event;
