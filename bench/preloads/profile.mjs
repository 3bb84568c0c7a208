import { renameSync, writeFileSync } from 'node:fs'
import inspector from 'node:inspector'

// SIGUSR2 starts a profile of the main thread. The next one ends it and writes it to the file PROFILE.

const session = new inspector.Session()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: 200 })
let isRunning = false

process.on('SIGUSR2', () => {
  isRunning = !isRunning
  if (isRunning) session.post('Profiler.start')
  else session.post('Profiler.stop', (error, result) => write(error ? { error: error.message } : result.profile))
})

/** The file appears when it is complete. */
function write(content) {
  const { PROFILE } = process.env
  writeFileSync(`${PROFILE}.part`, JSON.stringify(content))
  renameSync(`${PROFILE}.part`, PROFILE)
}
