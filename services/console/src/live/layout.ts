/** Where each lane of the picture is: functions one below the other, each with a heading and its environments. */
import { isVisible, type Lane } from "./lanes.ts";
import type { FunctionPicture, Picture } from "./picture.ts";

/** One function's place; pixels from the top of all. */
export interface Block {
  readonly owner: FunctionPicture;
  readonly top: number;
  readonly lanes: readonly Lane[];
  /** Where its lanes begin. */
  readonly lanesTop: number;
}

export interface Layout {
  readonly blocks: readonly Block[];
  readonly height: number;
  /** Height of a lane, gap included. */
  readonly rowHeight: number;
}

export interface LayoutOptions {
  /** Only these functions; all when absent. */
  readonly only?: ((functionArn: string) => boolean) | undefined;
  /** Where the time window begins, epoch milliseconds. */
  readonly from: number;
  readonly headHeight: number;
  /** Fixed height of a lane; absent: as fits their number. */
  readonly rowHeight?: number | undefined;
}

/** Space between two functions. */
const BLOCK_GAP = 12;

/** Lays out what is visible. */
export function layOut(picture: Picture, { only, from, headHeight, rowHeight: fixed }: LayoutOptions): Layout {
  const owners = [...picture.functions.values()].filter((each) => only === undefined || only(each.functionArn));
  const shown = owners
    .map((owner) => ({ owner, lanes: [...owner.lanes.values()].filter((lane) => isVisible(lane, from)) }))
    .filter(
      ({ owner, lanes }) =>
        lanes.length > 0 || owner.throttles.some(({ at }) => at > from) || (only !== undefined && owner.changedAt > from),
    )
    .sort((one, other) => one.owner.name.localeCompare(other.owner.name));
  const lanesInAll = shown.reduce((sum, { lanes }) => sum + lanes.length, 0);
  const rowHeight = fixed ?? fittingHeight(lanesInAll);
  let top = 0;
  const blocks = shown.map(({ owner, lanes }) => {
    const block = { owner, lanes, top, lanesTop: top + headHeight };
    top += headHeight + lanes.length * rowHeight + BLOCK_GAP;
    return block;
  });
  return { blocks, rowHeight, height: Math.max(0, top) };
}

function fittingHeight(lanes: number): number {
  if (lanes <= 30) return 20;
  return lanes <= 90 ? 13 : 8;
}

/** The lane at a height, and its block. */
export function laneAt({ blocks, rowHeight }: Layout, y: number): { readonly block: Block; readonly lane: Lane } | undefined {
  const block = blocks.findLast(({ lanesTop }) => lanesTop <= y);
  const lane = block?.lanes[Math.floor((y - block.lanesTop) / rowHeight)];
  return block === undefined || lane === undefined ? undefined : { block, lane };
}
