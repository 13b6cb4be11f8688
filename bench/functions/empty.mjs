/** Nothing: what is measured is all that surrounds it. */
export const handler = async () => {};
