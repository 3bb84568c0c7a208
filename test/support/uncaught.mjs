// test/support/compiled.cjs gives tap this module in place of async-hook-domain, which notes for every promise which
// test has made it. That takes a sixth of the processor's time. Here, an uncaught error fails the test that runs.

export class Domain {
  constructor(onerror) {
    this.onerror = onerror
  }

  destroy() {}
}

/** The test in `test` that runs, or the first where a file runs several at once. */
function running(test) {
  const [subtest] = test.activeSubtests
  return subtest ? running(subtest) : test
}

process.on('uncaughtExceptionMonitor', (error, origin) => {
  const root = globalThis[Symbol.for('TAP private constructor')]
  // A test that listens handles the error itself.
  const isHandled = process.hasUncaughtExceptionCaptureCallback() || process.listenerCount('uncaughtException') > 0
  if (!root || isHandled) return
  running(root).hookDomain.onerror(error, origin)
  // Node.js asks for this next, and ends the process only if there is none.
  process.setUncaughtExceptionCaptureCallback(() => process.setUncaughtExceptionCaptureCallback(null))
})
