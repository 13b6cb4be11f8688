/** Labels of everything that Lambdock makes in a Docker engine. */
export const LABEL_OWNER = "dev.lambdock.owner";
export const LABEL_ENVIRONMENT = "dev.lambdock.environment";
export const LABEL_PURPOSE = "dev.lambdock.purpose";

/** Labels of one sandbox: `functionName` becomes `dev.lambdock.functionName`; the owner and the id can't be overridden. */
export function sandboxLabels(owner: string, id: string, labels: Readonly<Record<string, string>>): Record<string, string> {
  const prefixed = Object.entries(labels).map(([name, value]) => [name.includes(".") ? name : `dev.lambdock.${name}`, value]);
  return { ...Object.fromEntries(prefixed), [LABEL_OWNER]: owner, [LABEL_ENVIRONMENT]: id, [LABEL_PURPOSE]: "sandbox" };
}
