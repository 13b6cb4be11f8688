import { computed, effect, signal } from "@preact/signals";
import { storedForAll } from "./stored.ts";

/** How the app looks: as the system says, or as chosen. */
export type Theme = "auto" | "light" | "dark";

const isTheme = (value: unknown): value is Theme => value === "auto" || value === "light" || value === "dark";

export const theme = storedForAll<Theme>("theme", "auto", isTheme);

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = signal(systemDark.matches);
systemDark.addEventListener("change", ({ matches }) => (isSystemDark.value = matches));

/** What it comes to; whatever draws by itself draws anew when this changes. */
export const shownTheme = computed(() => (theme.value === "auto" ? (isSystemDark.value ? "dark" : "light") : theme.value));

effect(() => {
  document.documentElement.dataset["theme"] = shownTheme.value;
});
