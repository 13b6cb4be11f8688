import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { getFunction, type FunctionDetail } from "../../api/lambda.ts";
import { Empty, ErrorNote, PageHead } from "../../parts/basics.tsx";
import { Icon } from "../../parts/icon.tsx";
import { href, route } from "../../router.ts";
import { watchLimits } from "../../state/limits.ts";
import { usePolled } from "../../state/polled.ts";
import { account, region } from "../../state/scope.ts";
import { Configuration } from "./configuration.tsx";
import { Environments } from "./environments.tsx";
import { StateBadge } from "./functions-page.tsx";
import { InvokeTab } from "./invoke-tab.tsx";
import { Logs } from "./logs.tsx";
import { Versions } from "./versions.tsx";

const TABS = [
  ["invoke", "Invoke"],
  ["logs", "Logs"],
  ["environments", "Environments"],
  ["configuration", "Configuration"],
  ["versions", "Versions and aliases"],
] as const;

/** One function, on the tabs that the address names. */
export function FunctionPage({ name }: { readonly name: string }) {
  const { value, error } = usePolled(() => getFunction(name), 3_000, `${name} ${account.value} ${region.value}`);
  const tab = TABS.find(([key]) => key === route.value.rest[1])?.[0] ?? "invoke";
  useEffect(watchLimits, []);
  const detail = value.value;
  return (
    <div class="page">
      <PageHead
        title={
          <span class="crumb">
            <a href={href(["functions"])} aria-label="All functions" class="back">
              <Icon name="back" />
            </a>
            {name}
          </span>
        }
      >
        {detail === undefined ? null : <StateBadge configuration={detail.Configuration} />}
      </PageHead>
      <nav class="tabs" aria-label="Of this function">
        {TABS.map(([key, title]) => (
          <a key={key} href={href(["functions", name, key])} aria-current={key === tab ? "page" : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <ErrorNote message={error.value} />
      {detail === undefined ? null : (
        <>
          <Failure detail={detail} />
          {contentOf(tab, detail)}
        </>
      )}
      {detail === undefined && error.value === "" ? <Empty icon="functions" title="Looking at it" /> : null}
    </div>
  );
}

function contentOf(tab: (typeof TABS)[number][0], detail: FunctionDetail): ComponentChildren {
  const { FunctionName: name, FunctionArn: arn } = detail.Configuration;
  switch (tab) {
    case "invoke":
      return <InvokeTab name={name} arn={arn} />;
    case "logs":
      return <Logs key={name} group={detail.Configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`} />;
    case "environments":
      return <Environments arn={arn} />;
    case "configuration":
      return <Configuration detail={detail} />;
    case "versions":
      return <Versions name={name} />;
  }
}

/** Why a function cannot be invoked, where it says so. */
function Failure({ detail: { Configuration: configuration } }: { readonly detail: FunctionDetail }) {
  const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = configuration;
  if (State === "Failed") return <ErrorNote message={StateReason ?? "The function failed."} />;
  return LastUpdateStatus === "Failed" ? <ErrorNote message={LastUpdateStatusReason ?? "The last update failed."} /> : null;
}
