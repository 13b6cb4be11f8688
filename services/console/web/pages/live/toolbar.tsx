import { Icon } from "../../parts/icon.tsx";
import { duration } from "../../parts/format.ts";
import { isPaused, togglePause, WINDOWS, windowMs, zoom } from "./view.ts";

/** Stops the picture, and chooses how much time it shows. */
export function LanesToolbar() {
  return (
    <div class="lanes-tools" role="group" aria-label="Live picture">
      <button type="button" class={isPaused.value ? "button on" : "button"} aria-pressed={isPaused.value} onClick={togglePause}>
        <Icon name={isPaused.value ? "now" : "pause"} size={16} />
        {isPaused.value ? "Go on" : "Pause"}
      </button>
      <span class="zoom">
        <button
          type="button"
          class="button"
          aria-label="Zoom out: more time"
          disabled={windowMs.value === WINDOWS.at(-1)}
          onClick={() => zoom(1)}
        >
          <Icon name="minus" size={16} />
        </button>
        <output aria-label="Time shown">
          {windowMs.value < 60_000 ? `${windowMs.value / 1_000} s` : duration(windowMs.value).replace(" 0 s", "")}
        </output>
        <button
          type="button"
          class="button"
          aria-label="Zoom in: less time"
          disabled={windowMs.value === WINDOWS[0]}
          onClick={() => zoom(-1)}
        >
          <Icon name="plus" size={16} />
        </button>
      </span>
    </div>
  );
}

const KEYS: readonly (readonly [string, string])[] = [
  ["creating", "Starting"],
  ["spare", "Ready, unused"],
  ["init", "Init"],
  ["busy", "Busy"],
  ["provisioned", "Busy, provisioned"],
  ["bad", "Failed"],
  ["alive", "Idle"],
  ["frozen", "Frozen"],
  ["stopping", "Stopping"],
];

/** What the colours mean. */
export function LanesLegend() {
  return (
    <ul class="lanes-legend" aria-label="Colours">
      <li>
        <svg width="10" height="8" aria-hidden="true">
          <path d="M0 0h10L5 7z" fill="var(--lane-cold)" />
        </svg>
        Cold start
      </li>
      {KEYS.map(([name, text]) => (
        <li key={name}>
          <i style={{ background: `var(--lane-${name})` }} />
          {text}
        </li>
      ))}
    </ul>
  );
}
