/** CloudWatch on Lambdock's endpoint: GetMetricData, GetMetricStatistics and ListMetrics of `AWS/Lambda`. */
import type { SourceService } from "../http/source-services.ts";
import type { CloudWatchDependencies } from "./cloudwatch-api.ts";

/** Builds the service; its code is loaded with the first request, so that a gateway whom nobody asks stays small. */
export function createCloudWatch(deps: CloudWatchDependencies): SourceService {
  return async (request, response, context) => {
    const { answerCloudWatch } = await import("./cloudwatch-api.ts");
    await answerCloudWatch(deps, { request, response, context });
  };
}
