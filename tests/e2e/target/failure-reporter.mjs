/** Tells the global teardown, which runs in the same process, that the target's log is wanted. */
export default class FailureReporter {
  onRunComplete(_contexts, results) {
    globalThis.lambdockTestsFailed = results.numFailedTests > 0 || results.numFailedTestSuites > 0;
  }
}
