import { useEffect } from "preact/hooks";
import { Empty, ErrorNote } from "./parts/basics.tsx";
import { Icon, type IconName } from "./parts/icon.tsx";
import { AsyncPage } from "./pages/async/async-page.tsx";
import { FunctionPage } from "./pages/functions/function-page.tsx";
import { FunctionsPage } from "./pages/functions/functions-page.tsx";
import { LivePage } from "./pages/live/live-page.tsx";
import { SourcesPage } from "./pages/sources/sources-page.tsx";
import { TourPage } from "./pages/tour/tour-page.tsx";
import { href, route } from "./router.ts";
import { SignIn } from "./sign-in.tsx";
import { facts, factsError, loadFacts } from "./state/facts.ts";
import { follow } from "./state/live.ts";
import { watchStatus } from "./state/status.ts";
import { TopBar } from "./top-bar.tsx";

const PAGES: readonly (readonly [string, string, IconName])[] = [
  ["live", "Live", "live"],
  ["functions", "Functions", "functions"],
  ["async", "Async", "async"],
  ["sources", "Sources", "sources"],
  ["tour", "Tour", "tour"],
];

/** Asks until Lambdock answers; then everything else begins. */
async function begin(): Promise<void> {
  while (!(await loadFacts())) await new Promise((resolve) => setTimeout(resolve, 1_500));
}

/** The whole app. */
export function App() {
  const known = facts.value;
  const signedIn = known?.signedIn === true;
  useEffect(() => void begin(), []);
  useEffect(() => {
    if (!signedIn || started) return;
    started = true;
    void follow();
    void watchStatus();
  }, [signedIn]);
  if (known === undefined)
    return (
      <main class="alone">
        <Empty icon="live" title={factsError.value === "" ? "Connecting" : "Lambdock does not answer"}>
          {factsError.value === "" ? null : "This page goes on by itself when it does."}
        </Empty>
      </main>
    );
  if (!signedIn) return <SignIn />;
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the page
      </a>
      <Navigation />
      <TopBar />
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
    </div>
  );
}

let started = false;

function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Navigation() {
  const { page } = route.value;
  return (
    <nav class="nav" aria-label="Pages">
      <a class="brand" href={href(["live"])} aria-label="Lambdock, live picture">
        <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M8 10h8M13 16h11M8 22h4" />
        </svg>
        <span>Lambdock</span>
      </a>
      {PAGES.map(([name, title, icon]) => (
        <a key={name} href={href([name])} class={page === name ? "on" : ""} aria-current={page === name ? "page" : undefined}>
          <Icon name={icon} />
          <span>{title}</span>
        </a>
      ))}
    </nav>
  );
}

function Page() {
  const { page, rest } = route.value;
  useEffect(() => {
    const title = PAGES.find(([name]) => name === page)?.[1] ?? "Lambdock";
    document.title = rest[0] === undefined ? `${title} · Lambdock` : `${rest[0]} · ${title} · Lambdock`;
  }, [page, rest[0]]);
  switch (page) {
    case "live":
      return <LivePage />;
    case "functions":
      return rest[0] === undefined ? <FunctionsPage /> : <FunctionPage key={rest[0]} name={rest[0]} />;
    case "async":
      return <AsyncPage />;
    case "sources":
      return <SourcesPage />;
    case "tour":
      return <TourPage />;
    default:
      return <ErrorNote message={`There is no page "${page}".`} />;
  }
}
