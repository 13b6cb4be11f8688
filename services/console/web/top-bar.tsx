import { useEffect, useRef, useState } from "preact/hooks";
import { Segmented } from "./parts/basics.tsx";
import { Icon } from "./parts/icon.tsx";
import { facts } from "./state/facts.ts";
import { feedState } from "./state/live.ts";
import { account, chosenRegion, region } from "./state/scope.ts";
import { parts } from "./state/status.ts";
import { theme } from "./state/theme.ts";

/** What holds for all pages: what runs, whose functions are shown, how it looks. */
export function TopBar() {
  return (
    <>
      <div class="top">
        <Connection />
        <span class="grow" />
        <TimeScale />
        <Scope />
        <Segmented
          label="Appearance"
          value={theme.value}
          onChange={(value) => (theme.value = value)}
          options={[
            ["auto", <Icon name="system" size={16} />, "As the system"],
            ["light", <Icon name="sun" size={16} />, "Light"],
            ["dark", <Icon name="moon" size={16} />, "Dark"],
          ]}
        />
      </div>
      <Outages />
    </>
  );
}

function Connection() {
  const down = parts.value.filter((part) => !part.ok);
  const state = down.length > 0 ? "down" : feedState.value;
  const text = state === "live" ? "Live" : state === "down" ? "Interrupted" : "Connecting";
  return (
    <span
      class={`connection connection-${state}`}
      role="status"
      title={parts.value.map((part) => `${part.name}: ${part.ok ? "up" : "down"}`).join("\n")}
    >
      <i aria-hidden="true" />
      {text}
    </span>
  );
}

function Outages() {
  const down = parts.value.filter((part) => !part.ok);
  if (down.length === 0) return null;
  return (
    <div class="outage" role="alert">
      <Icon name="alert" />
      <ul>
        {down.map((part) => (
          <li key={part.name}>
            <strong>{part.name} is down.</strong> {part.message}
          </li>
        ))}
      </ul>
    </div>
  );
}

function TimeScale() {
  const scale = facts.value?.timeScale ?? 1;
  if (scale === 1) return null;
  return (
    <span class="badge badge-cold time-scale" title="LAMBDOCK_TIME_SCALE: retry delays and event ages pass so many times faster">
      Time × {scale}
    </span>
  );
}

function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === "string" ? value.trim() : "";
}

function Scope() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const onPointer = (event: PointerEvent): void => {
      if (!box.current!.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onPointer);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    account.value = textOf(data, "account");
    chosenRegion.value = textOf(data, "region");
    setOpen(false);
  };
  return (
    <div class="scope" ref={box}>
      <button type="button" class="button quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class="mono scope-account">{account.value}</span>
        <span class="mono">{region.value}</span>
      </button>
      {open ? (
        <form
          class="popover"
          aria-label="Account and region"
          onSubmit={submit}
          onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
        >
          <label class="field">
            <span>Account</span>
            <input class="mono" name="account" pattern="\d{12}" required defaultValue={account.value} title="Twelve digits" />
          </label>
          <label class="field">
            <span>Region</span>
            <input
              class="mono"
              name="region"
              pattern="[a-z]{2}(-[a-z]+)+-\d"
              required
              defaultValue={region.value}
              title="Such as us-east-1"
            />
          </label>
          <button class="button primary" type="submit">
            Show
          </button>
        </form>
      ) : null}
    </div>
  );
}
