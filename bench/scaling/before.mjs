/**
 * The figure that the group `scaling` is held against: `npm run bench -- sync` on the commit
 * before versions, provisioned concurrency, scaling rates, freezing and extensions came (825b0ef,
 * 22 November 2026). A ratio against the floor of the same run, so that the machine does not matter.
 */
export const WARM_P50_AGAINST_FLOOR_BEFORE = 1.701;
