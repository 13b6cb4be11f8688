import { useEffect } from "preact/hooks";
import { TOUR_PREFIX } from "../../../src/tour/functions.ts";
import { TOUR_STEPS } from "../../../src/tour/tour.ts";
import { Empty, ErrorNote, Note, PageHead } from "../../parts/basics.tsx";
import { Icon } from "../../parts/icon.tsx";
import { facts } from "../../state/facts.ts";
import { watchLimits } from "../../state/limits.ts";
import { picture, tick } from "../../state/live.ts";
import { isPlaying, nextStep, startTour, stopTour, tourError, tourLines, tourState, tourStep, waiting } from "../../state/tour.ts";
import { Lanes } from "../live/lanes.tsx";
import { LanesLegend, LanesToolbar } from "../live/toolbar.tsx";
import { TourEvents } from "./tour-events.tsx";

/** Three functions, five steps: what sync, async and polling do differently. */
export function TourPage() {
  useEffect(watchLimits, []);
  return (
    <div class="page page-tour">
      <PageHead
        title="Tour"
        sub="Watch what synchronous calls, asynchronous events and a polled queue do differently. Everything it makes it takes away again."
      >
        <Controls />
      </PageHead>
      <ErrorNote message={tourError.value} />
      {tourState.value === "done" ? (
        <Note tone="good">
          <span role="status">
            That was the tour. Its functions and queues are gone again; yours appear under Live as soon as they are invoked.
          </span>
        </Note>
      ) : null}
      <div class="tour">
        <Steps />
        <Picture />
      </div>
    </div>
  );
}

function Controls() {
  if (!isPlaying.value)
    return (
      <button type="button" class="button primary" onClick={() => void startTour()}>
        <Icon name="tour" size={16} />
        {tourState.value === "idle" ? "Play the tour" : "Play again"}
      </button>
    );
  return (
    <>
      {waiting.value ? (
        <button type="button" class="button primary" onClick={nextStep}>
          {tourStep.value === TOUR_STEPS.length - 1 ? "Finish" : "Next step"}
        </button>
      ) : null}
      <button type="button" class="button" disabled={tourState.value === "stopping"} onClick={stopTour}>
        {tourState.value === "stopping" ? "Cleaning up …" : "Stop"}
      </button>
    </>
  );
}

function Steps() {
  const current = tourStep.value;
  const scale = facts.value?.timeScale ?? 1;
  return (
    <ol class="tour-steps" aria-live="polite">
      {TOUR_STEPS.map((step, index) => {
        const state = stateOf(index, current);
        return (
          <li key={step.id} class={`tour-step ${state}`} aria-current={state === "now" ? "step" : undefined} data-step={step.id}>
            <span class="tour-number">{state === "over" ? <Icon name="check" size={14} /> : index + 1}</span>
            <div class="stack tight">
              <h2>{step.title}</h2>
              {state === "now" || current === -1 ? <p class="muted">{step.text(scale)}</p> : null}
              <ul class="tour-lines">
                {tourLines.value[index]?.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function stateOf(index: number, current: number): "over" | "now" | "later" {
  if (tourState.value === "done") return "over";
  if (index === current) return "now";
  return index < current ? "over" : "later";
}

function Picture() {
  const _revision = tick.value;
  const any = [...picture.functions.values()].some((owner) => owner.name.startsWith(TOUR_PREFIX) && owner.lanes.size > 0);
  return (
    <section class="stack" aria-label="The picture">
      <div class="row spread">
        <h2>Execution environments</h2>
        <LanesToolbar />
      </div>
      {any || isPlaying.value ? (
        <>
          <Lanes namePrefix={TOUR_PREFIX} height={520} />
          <LanesLegend />
          <TourEvents />
        </>
      ) : (
        <div class="panel">
          <Empty icon="tour" title="The picture appears here">
            Play the tour: it takes about a minute, plus the time that Lambda waits between two attempts.
          </Empty>
        </div>
      )}
    </section>
  );
}
