import { expect, test } from "@jest/globals";
import { routeOf, routesOf } from "./alias.ts";

test("an alias without routing leads to its version only", () => {
  expect(routesOf({ FunctionVersion: "3" })).toEqual([{ version: "3", weight: 1 }]);
});

test("an additional version gets its weight, the alias's own version the rest", () => {
  const routes = routesOf({ FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { "2": 0.25 } } });
  expect(routes).toEqual([
    { version: "1", weight: 0.75 },
    { version: "2", weight: 0.25 },
  ]);
});

test.each([
  [0, 0, "1"],
  [0.25, 0, "2"],
  [0.25, 0.2499, "2"],
  [0.25, 0.25, "1"],
  [0.25, 0.9999, "1"],
  [1, 0.9999, "2"],
])("with weight %p the random number %p leads to version %s", (weight, random, version) => {
  const routes = routesOf({ FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { "2": weight } } });
  expect(routeOf([routes[0]!, ...routes.slice(1)], random).version).toBe(version);
});
