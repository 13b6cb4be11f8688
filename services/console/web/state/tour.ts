/** The tour as it is played: it goes on while other pages are looked at. */
import { computed, signal } from "@preact/signals";
import { createTourClient, type InvokeAtOnce, type TourSend } from "../../src/tour/client.ts";
import { playTour, TOUR_STEPS } from "../../src/tour/tour.ts";
import { burst } from "../api/burst.ts";
import { send } from "../api/http.ts";
import { facts } from "./facts.ts";
import { account, region } from "./scope.ts";

/** Index of the step that is played; -1: none. */
export const tourStep = signal(-1);
/** Between two steps: the next one waits for the user, or for a moment. */
export const waiting = signal(false);
export const tourState = signal<"idle" | "playing" | "stopping" | "done" | "failed">("idle");
export const tourError = signal("");
/** What each step told. */
export const tourLines = signal<readonly (readonly string[])[]>([]);
export const isPlaying = computed(() => tourState.value === "playing" || tourState.value === "stopping");

/** Milliseconds to read and look before the tour goes on by itself. */
const READING_MS = 6_000;

let stop = new AbortController();
let goOn: (() => void) | undefined;

const sendFromPage: TourSend = async ({ method, path, service, headers, body }) => {
  const answer = await send(path, { method: method as "GET", service, headers, body });
  const text = await answer.text();
  return { status: answer.status, body: parsed(text), header: (name) => answer.headers.get(name) ?? undefined };
};

const burstFromConsole: InvokeAtOnce = async (functionName, payloads) => (await burst(functionName, payloads)).answers;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Plays it from the start. */
export async function startTour(): Promise<void> {
  if (isPlaying.value) return;
  stop = new AbortController();
  tourState.value = "playing";
  tourError.value = "";
  tourLines.value = TOUR_STEPS.map(() => []);
  try {
    const context = {
      client: createTourClient(sendFromPage, burstFromConsole),
      accountId: account.value,
      region: region.value,
      timeScale: facts.value?.timeScale ?? 1,
      say,
      pause,
    };
    await alone(() => playTour(context, { onStep, between }));
    tourState.value = "done";
  } catch (error) {
    const stopped = stop.signal.aborted;
    tourState.value = stopped ? "idle" : "failed";
    tourError.value = stopped ? "" : error instanceof Error ? error.message : String(error);
  } finally {
    waiting.value = false;
    if (tourState.value !== "failed") tourStep.value = -1;
  }
}

/** Two tours at once would take each other's functions away: one tab of this browser plays at a time. */
async function alone(play: () => Promise<void>): Promise<void> {
  // Only known under local names and over HTTPS.
  if (!("locks" in navigator)) return play();
  await navigator.locks.request("lambdock-tour", { ifAvailable: true }, async (lock) => {
    if (lock === null) throw new Error("The tour is being played in another tab: go on there, or stop it there.");
    await play();
  });
}

/** Ends it early; what it made is taken away. */
export function stopTour(): void {
  if (tourState.value !== "playing") return;
  tourState.value = "stopping";
  stop.abort(new Error("The tour was stopped."));
  goOn?.();
}

/** Does not wait any longer. */
export function nextStep(): void {
  goOn?.();
}

function say(line: string): void {
  tourLines.value = tourLines.value.map((lines, index) => (index === tourStep.value ? [...lines, line] : lines));
}

function onStep(index: number): void {
  tourStep.value = index;
}

async function between(): Promise<void> {
  waiting.value = true;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, READING_MS);
    goOn = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  goOn = undefined;
  waiting.value = false;
  stop.signal.throwIfAborted();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stop.signal.aborted) return reject(stop.signal.reason as Error);
    const timer = setTimeout(() => {
      stop.signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(stop.signal.reason as Error);
    };
    stop.signal.addEventListener("abort", onAbort, { once: true });
  });
}
