import { nameOfArn } from "../../parts/format.ts";
import { picture, tick } from "../../state/live.ts";
import { account, enterScopeOf, region, scopeOf } from "../../state/scope.ts";

/** Where other functions were seen: whoever deployed with another key or region finds them. */
export function Elsewhere() {
  const _revision = tick.value;
  const places = new Map<string, string>();
  for (const arn of picture.functions.keys()) {
    const scope = scopeOf(arn);
    if (scope !== undefined && (scope.account !== account.value || scope.region !== region.value))
      places.set(`${scope.account} ${scope.region}`, arn);
  }
  if (places.size === 0) return null;
  return (
    <div class="row">
      <p>Functions were seen elsewhere:</p>
      {[...places].slice(0, 5).map(([place, arn]) => (
        <button key={place} type="button" class="button" title={`Such as ${nameOfArn(arn)}`} onClick={() => enterScopeOf(arn)}>
          Show <span class="mono">{place}</span>
        </button>
      ))}
    </div>
  );
}
