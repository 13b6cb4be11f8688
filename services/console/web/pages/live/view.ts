/** How the live picture is looked at: how much time, and whether it stands still. Shared by all pages. */
import { computed, signal } from "@preact/signals";
import { serverNow } from "../../state/facts.ts";

/** Milliseconds that the width of the lanes means. */
export const WINDOWS = [5_000, 15_000, 30_000, 60_000, 120_000, 300_000] as const;

export const windowMs = signal<number>(30_000);
/** Epoch milliseconds at which the picture was stopped; 0: it runs. */
export const pausedAt = signal(0);
export const isPaused = computed(() => pausedAt.value !== 0);

/** Services tell what happened a moment later: the picture ends there, so that its edge is complete. */
const BEHIND_MS = 350;

/** The right edge of the picture, epoch milliseconds. */
export function viewEnd(): number {
  return pausedAt.peek() === 0 ? serverNow() - BEHIND_MS : pausedAt.peek();
}

/** Stops the picture, or lets it go on from now. */
export function togglePause(): void {
  pausedAt.value = pausedAt.value === 0 ? serverNow() - BEHIND_MS : 0;
}

/** The next longer (1) or shorter (-1) time window. */
export function zoom(direction: 1 | -1): void {
  const index = WINDOWS.findIndex((each) => each >= windowMs.value);
  windowMs.value = WINDOWS[Math.min(WINDOWS.length - 1, Math.max(0, index + direction))]!;
}

/** Moves a stopped picture in time; stops a running one first. */
export function pan(ms: number): void {
  const now = serverNow() - BEHIND_MS;
  const at = (pausedAt.value === 0 ? now : pausedAt.value) + ms;
  pausedAt.value = Math.min(now, Math.max(now - 300_000, at));
}
