/** The live picture in this page: fed by the lifecycle stream, which is picked up again by itself wherever it broke. */
import { signal } from "@preact/signals";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { applyEvent, loseEnvironments, newPicture, prunePicture, type Picture } from "../../src/live/picture.ts";
import { serverNow } from "./facts.ts";
import { readSse, type SseMessage } from "./sse.ts";

const URL_OF_STREAM = "/_lambdock/console/api/_lambdock/lifecycle";
/** How far back the picture begins, milliseconds; of what is older only environments are asked for. */
const BACK_MS = 60_000;
/** Longest time to ask for older environments, and silence after which there are no more. */
const OLDER_MS = 4_000;
const OLDER_SILENCE_MS = 600;
const RETRY_MS = [500, 1_000, 2_000, 4_000];
/** A page that nobody sees lets its connection go after so long: browsers allow six to one server. */
const HIDDEN_MS = 60_000;
/** How often what is shown as text is brought up to date. */
const TICK_MS = 250;

/** Changed in place by events. Whoever shows something of it reads {@link tick} itself: a component whose props are the same objects is not drawn anew. */
export const picture: Picture = newPicture();
/** Grows when the picture has changed, four times a second at most, and once a second in any case: what was a moment ago is not any more. */
export const tick = signal(0);
/** Grows once a second. */
export const second = signal(0);
export const feedState = signal<"connecting" | "live" | "down">("connecting");

let ticked = -1;
setInterval(() => {
  const now = Math.floor(serverNow() / 1_000);
  if (picture.events === ticked && now === second.value) return;
  ticked = picture.events;
  tick.value += 1;
  if (now === second.value) return;
  prunePicture(picture, serverNow());
  second.value = now;
}, TICK_MS);

/** Nothing runs any more, as somebody found out otherwise. */
export function markLost(): void {
  loseEnvironments(picture, serverNow());
  tick.value += 1;
}

function apply({ data }: SseMessage): void {
  for (const event of JSON.parse(data) as readonly LifecycleEvent[]) applyEvent(picture, event);
}

/** Reads the stream for ever. */
export async function follow(): Promise<void> {
  const start = Math.floor(serverNow() - BACK_MS);
  await readOlder(start);
  let lastId = String(start);
  let failures = 0;
  for (;;) {
    await untilVisible();
    try {
      await readSse(`${URL_OF_STREAM}?from=${lastId}`, {
        lastId,
        signal: whenHidden(),
        onOpen: () => (feedState.value = "live"),
        onMessage: (message) => {
          failures = 0;
          if (message.id !== "") lastId = message.id;
          if (message.event === "message" && message.data !== "") apply(message);
        },
      });
    } catch {
      failures += 1;
    }
    if (document.visibilityState === "visible") feedState.value = failures > 0 ? "down" : "connecting";
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]));
  }
}

/** Environments that were made before the picture begins and may still live. */
async function readOlder(until: number): Promise<void> {
  const over = new AbortController();
  const timeout = setTimeout(() => over.abort(), OLDER_MS);
  let silence = setTimeout(() => over.abort(), OLDER_MS);
  try {
    await readSse(`${URL_OF_STREAM}?from=all&type=environment,executor`, {
      signal: over.signal,
      onMessage: (message) => {
        clearTimeout(silence);
        silence = setTimeout(() => over.abort(), OLDER_SILENCE_MS);
        if (message.event !== "message" || message.data === "") return true;
        if (Number(message.id.split("-")[0]) >= until) return false;
        apply(message);
        return true;
      },
    });
  } catch {
    // The picture begins without them.
  } finally {
    clearTimeout(timeout);
    clearTimeout(silence);
  }
}

function untilVisible(): Promise<void> {
  if (document.visibilityState === "visible") return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
  });
}

let hidden = new AbortController();
let hiding: ReturnType<typeof setTimeout> | undefined;
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.visibilityState === "hidden") hiding = setTimeout(() => hidden.abort(), HIDDEN_MS);
});

/** Aborted when nobody has seen the page for a while. */
function whenHidden(): AbortSignal {
  hidden = new AbortController();
  return hidden.signal;
}
