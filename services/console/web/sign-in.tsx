import { useState } from "preact/hooks";
import { ErrorNote } from "./parts/basics.tsx";
import { loadFacts } from "./state/facts.ts";

/** Asks for the token of a shared console. */
export function SignIn() {
  const [token, setToken] = useState("");
  const [error, setError] = useState("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const answer = await fetch("/_lambdock/console/session", { method: "POST", body: JSON.stringify({ token }) }).catch(() => undefined);
    if (answer?.ok === true) await loadFacts();
    else setError(answer === undefined ? "Lambdock does not answer." : ((await answer.json()) as { readonly message: string }).message);
  };
  return (
    <main class="alone">
      <form class="panel sign-in" onSubmit={(event) => void submit(event)}>
        <h1>Lambdock</h1>
        <p class="sub">This console is shared. Its token is what LAMBDOCK_CONSOLE_TOKEN is set to.</p>
        <label class="field">
          <span>Token</span>
          <input type="password" autocomplete="current-password" value={token} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <ErrorNote message={error} />
        <button class="button primary" type="submit" disabled={token === ""}>
          Sign in
        </button>
      </form>
    </main>
  );
}
