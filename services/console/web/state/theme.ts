import { effect } from "@preact/signals";
import { stored } from "./stored.ts";

/** How the app looks: as the system says, or as chosen. */
export type Theme = "auto" | "light" | "dark";

const isTheme = (value: unknown): value is Theme => value === "auto" || value === "light" || value === "dark";

export const theme = stored<Theme>("theme", "auto", isTheme);

effect(() => {
  if (theme.value === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme.value;
});
