import type { ComponentChildren } from "preact";
import { eventInvokeConfig, listProvisioned, type FunctionDetail, type ProvisionedConcurrency } from "../../api/lambda.ts";
import { Copyable, Facts, Note } from "../../parts/basics.tsx";
import { bytes, clock, nameOfArn } from "../../parts/format.ts";
import { usePolled } from "../../state/polled.ts";

/** All that is set for a function. */
export function Configuration({ detail }: { readonly detail: FunctionDetail }) {
  return (
    <div class="columns">
      <General detail={detail} />
      <div class="stack">
        <CodeFacts detail={detail} />
        <ConcurrencyFacts detail={detail} />
        <AsyncFacts detail={detail} />
        <Variables detail={detail} />
        <TagFacts detail={detail} />
      </div>
    </div>
  );
}

function Panel({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function General({ detail: { Configuration: configuration } }: { readonly detail: FunctionDetail }) {
  return (
    <Panel title="General">
      <Facts
        rows={[
          ["ARN", <Copyable text={configuration.FunctionArn} />],
          ["Description", configuration.Description || "–"],
          ["Runtime", configuration.Runtime ?? "container image"],
          ["Handler", <span class="mono">{configuration.Handler ?? "–"}</span>],
          ["Architecture", configuration.Architectures?.join(", ") ?? "x86_64"],
          ["Memory", `${configuration.MemorySize} MB`],
          ["Timeout", `${configuration.Timeout} s`],
          ["/tmp", `${configuration.EphemeralStorage?.Size ?? 512} MB`],
          ["Role", <span class="mono">{configuration.Role}</span>],
          ["Changed", `${configuration.LastModified.slice(0, 10)} ${clock(Date.parse(configuration.LastModified), false)}`],
        ]}
      />
    </Panel>
  );
}

function CodeFacts({ detail: { Configuration: configuration, Code } }: { readonly detail: FunctionDetail }) {
  const { CodeSha256, Layers, PackageType } = configuration;
  return (
    <Panel title="Code">
      <Facts
        rows={[
          ["Size", PackageType === "Image" ? "–" : bytes(configuration.CodeSize)],
          ["SHA-256", CodeSha256 === undefined ? "–" : <Copyable text={CodeSha256} />],
          ...(Code?.ImageUri === undefined ? [] : [["Image", <span class="mono">{Code.ImageUri}</span>] as const]),
          [
            "Layers",
            Layers === undefined
              ? "none"
              : Layers.map(({ Arn }) => <Copyable key={Arn} text={Arn} short={Arn.split(":").slice(-2).join(":")} />),
          ],
        ]}
      />
    </Panel>
  );
}

function ConcurrencyFacts({ detail: { Configuration: configuration, Concurrency } }: { readonly detail: FunctionDetail }) {
  const name = configuration.FunctionName;
  const provisioned = usePolled(() => listProvisioned(name).catch(() => []), 5_000, name);
  return (
    <Panel title="Concurrency">
      <Facts
        rows={[
          ["Reserved", Concurrency?.ReservedConcurrentExecutions ?? "none: shares the account's"],
          ["Provisioned", provisionedText(provisioned.value.value ?? [])],
          ["SnapStart", configuration.SnapStart?.ApplyOn ?? "None"],
        ]}
      />
    </Panel>
  );
}

function AsyncFacts({ detail: { Configuration: configuration } }: { readonly detail: FunctionDetail }) {
  const name = configuration.FunctionName;
  const config = usePolled(() => eventInvokeConfig(name), 10_000, name).value.value;
  return (
    <Panel title="Asynchronous invocation">
      <Facts
        rows={[
          ["Retries", config?.MaximumRetryAttempts ?? "2"],
          ["Longest age", `${config?.MaximumEventAgeInSeconds ?? 21_600} s`],
          ["On success", arnText(config?.DestinationConfig?.OnSuccess?.Destination)],
          ["On failure", arnText(config?.DestinationConfig?.OnFailure?.Destination)],
          ["Dead-letter queue", arnText(configuration.DeadLetterConfig?.TargetArn)],
        ]}
      />
    </Panel>
  );
}

function Variables({ detail: { Configuration: configuration } }: { readonly detail: FunctionDetail }) {
  const variables = Object.entries(configuration.Environment?.Variables ?? {});
  return (
    <Panel title="Environment variables">
      {variables.length === 0 ? (
        <Note>None are set.</Note>
      ) : (
        <Facts rows={variables.map(([key, value]) => [key, <span class="mono">{value}</span>])} />
      )}
    </Panel>
  );
}

function TagFacts({ detail: { Tags = {} } }: { readonly detail: FunctionDetail }) {
  if (Object.keys(Tags).length === 0) return null;
  return (
    <Panel title="Tags">
      <Facts rows={Object.entries(Tags)} />
    </Panel>
  );
}

function arnText(arn: string | undefined) {
  return arn === undefined || arn === "" ? "none" : <Copyable text={arn} short={nameOfArn(arn)} />;
}

function provisionedText(configs: readonly ProvisionedConcurrency[]) {
  if (configs.length === 0) return "none";
  return configs.map((config) => (
    <div key={config.FunctionArn}>
      {nameOfArn(config.FunctionArn)}: {config.AvailableProvisionedConcurrentExecutions ?? 0} of{" "}
      {config.RequestedProvisionedConcurrentExecutions ?? 0} ready
      {config.Status === undefined ? "" : ` (${config.Status})`}
    </div>
  ));
}
