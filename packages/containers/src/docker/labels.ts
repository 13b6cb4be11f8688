/** Labels of everything that Lambdock makes in a Docker engine. */
export const LABEL_OWNER = "dev.lambdock.owner";
export const LABEL_ENVIRONMENT = "dev.lambdock.environment";
/** One run of an executor. */
export const LABEL_LIFE = "dev.lambdock.life";
export const LABEL_PURPOSE = "dev.lambdock.purpose";

/** Whose something is: `owner` stays over restarts, `life` is one run. */
export interface Life {
  readonly owner: string;
  readonly life: string;
}

/** Labels of anything that doesn't outlive a run. */
export function lifeLabels({ owner, life }: Life, purpose: "sandbox" | "probe"): Record<string, string> {
  return { [LABEL_OWNER]: owner, [LABEL_LIFE]: life, [LABEL_PURPOSE]: purpose };
}

/** Labels of one sandbox: `functionName` becomes `dev.lambdock.functionName`; the owner and the id can't be overridden. */
export function sandboxLabels(life: Life, id: string, labels: Readonly<Record<string, string>>): Record<string, string> {
  const prefixed = Object.entries(labels).map(([name, value]) => [name.includes(".") ? name : `dev.lambdock.${name}`, value]);
  return { ...Object.fromEntries(prefixed), ...lifeLabels(life, "sandbox"), [LABEL_ENVIRONMENT]: id };
}
