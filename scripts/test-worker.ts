import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'

// Runs test files in one process, one after the other, because loading the sources takes longer than most files. The
// parent sends the path of the next file whenever this process asks for one, and nothing when none is left.

/** The limit of one test, in milliseconds. It must only end a test that hangs, on the slowest machine. */
const testLimit = Number(process.env.TEST_LIMIT ?? 300_000)

function watch(test: Test) {
  // The domain of each test would note for every promise which test made it, which takes a sixth of the processor's
  // time. The monitor below does its work.
  test.hookDomain.destroy()
  test.on('subtestAdd', added => watch(added as Test))
  test.on('subtestStart', started => started.setTimeout(testLimit))
}

/** The innermost test in `test` that runs, the first where several run at once. */
function running(test: Test): Test {
  const [subtest] = test.activeSubtests as Set<Test>
  return subtest ? running(subtest) : test
}

// tap's own limit is one for the whole process.
t.setTimeout(0)
watch(t)

// An error that nothing catches fails the test that runs.
process.on('uncaughtExceptionMonitor', error => {
  // A test that listens handles the error itself.
  if (process.hasUncaughtExceptionCaptureCallback() || process.listenerCount('uncaughtException') > 0) return
  running(t).threw(error)
  // Node.js asks for this next, and ends the process only if there is none.
  process.setUncaughtExceptionCaptureCallback(() => process.setUncaughtExceptionCaptureCallback(null))
})

/** Asks for a file and reads it. Its tests come after this one, and before the one that reads the next file. */
function readNext() {
  const answered = new Promise<string>(resolve => process.once('message', resolve as never))
  void t.test('reads a file', async () => {
    // tap lets a process end that only waits for its parent.
    process.channel?.ref()
    process.send?.('next')
    // With its first test, tap makes one more domain, of the root.
    t.hook.onDestroy?.()
    const file = await answered
    if (file === '') return process.disconnect()
    t.comment(`reads ${file}`)
    try {
      await import(pathToFileURL(file).href)
    } finally {
      readNext()
    }
  })
}

readNext()
