/** Small pieces that every page is made of. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

type Tone = "neutral" | "good" | "busy" | "warn" | "bad" | "cold";

export function Badge({ tone = "neutral", children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}

/** What stands where there is nothing yet: it says why, and what to do. */
export function Empty({
  icon,
  title,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {children === undefined ? null : <div class="empty-text">{children}</div>}
    </div>
  );
}

/** Something failed, in one sentence. */
export function ErrorNote({ message, children }: { readonly message: string; readonly children?: ComponentChildren }) {
  if (message === "") return null;
  return (
    <div class="note note-bad" role="alert">
      <Icon name="alert" />
      <p>
        {message} {children}
      </p>
    </div>
  );
}

export function Note({
  children,
  tone = "neutral",
}: {
  readonly children: ComponentChildren;
  readonly tone?: "neutral" | "good" | "warn";
}) {
  return <div class={`note note-${tone}`}>{children}</div>;
}

/** A heading of a page with what can be done there. */
export function PageHead({
  title,
  sub,
  children,
}: {
  readonly title: ComponentChildren;
  readonly sub?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <header class="page-head">
      <div class="page-title">
        <h1>{title}</h1>
        {sub === undefined ? null : <p class="sub">{sub}</p>}
      </div>
      {children === undefined ? null : <div class="page-actions">{children}</div>}
    </header>
  );
}

/** What arrow keys do in a group of radio buttons. */
const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Choice among a few, as a row of buttons; one stop for the Tab key, as radio buttons are. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, ComponentChildren, string?])[];
  readonly onChange: (value: T) => void;
}) {
  const group = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const index = options.findIndex(([option]) => option === value);
    const next = (index + step + options.length) % options.length;
    onChange(options[next]![0]);
    group.current!.querySelectorAll<HTMLElement>("[role=radio]")[next]!.focus();
  };
  return (
    <div class="segmented" role="radiogroup" aria-label={label} ref={group} onKeyDown={onKeyDown}>
      {options.map(([option, text, title]) => (
        <button
          type="button"
          role="radio"
          aria-checked={option === value}
          tabIndex={option === value ? 0 : -1}
          class={option === value ? "on" : ""}
          title={title}
          aria-label={title}
          key={option}
          onClick={() => onChange(option)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** A long identifier that can be copied. */
export function Copyable({ text, short }: { readonly text: string; readonly short?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_200);
    });
  };
  return (
    <button type="button" class="copyable mono" title={`Copy ${text}`} onClick={copy}>
      <span class="clip">{short ?? text}</span>
      <Icon name={copied ? "check" : "copy"} size={14} />
      <span class="visually-hidden" role="status">
        {copied ? "Copied" : ""}
      </span>
    </button>
  );
}

/** Text as it came, that scrolls inside its box. */
export function Code({ text, label, tall = false }: { readonly text: string; readonly label: string; readonly tall?: boolean }) {
  return (
    <pre class={tall ? "code tall" : "code"} tabIndex={0} aria-label={label}>
      {text}
    </pre>
  );
}

/** Facts in two columns. */
export function Facts({ rows }: { readonly rows: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A button that asks again before it does what cannot be undone. */
export function Confirm({
  label,
  question,
  onConfirm,
}: {
  readonly label: ComponentChildren;
  readonly question: string;
  readonly onConfirm: () => void;
}) {
  const [asked, setAsked] = useState(false);
  const [opener, no] = [useRef<HTMLButtonElement>(null), useRef<HTMLButtonElement>(null)];
  const wasAsked = useRef(false);
  // Each takes the other's place: the focus goes along, or it would be nowhere.
  useEffect(() => {
    if (asked) no.current?.focus();
    else if (wasAsked.current) opener.current?.focus();
    wasAsked.current = asked;
  }, [asked]);
  if (!asked)
    return (
      <button type="button" class="button" ref={opener} onClick={() => setAsked(true)}>
        {label}
      </button>
    );
  return (
    <span class="confirm" role="group" aria-label={question} onKeyDown={(event) => event.key === "Escape" && setAsked(false)}>
      <span>{question}</span>
      <button
        type="button"
        class="button danger"
        onClick={() => {
          setAsked(false);
          onConfirm();
        }}
      >
        Yes
      </button>
      <button type="button" class="button" ref={no} onClick={() => setAsked(false)}>
        No
      </button>
    </span>
  );
}
