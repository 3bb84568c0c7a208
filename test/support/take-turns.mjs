import { closeSync, openSync, readFileSync } from 'node:fs'
import t from 'tap'

// One of the processes that share the files of `.tap/shared/files.json`. Each takes the next file that no other has
// taken, once the tests of its files so far have begun, so that no process is left with the slow ones.

const folder = new URL('../../.tap/shared/', import.meta.url)
const files = JSON.parse(readFileSync(new URL('files.json', folder), 'utf8'))

/** The longest that one file may take, in milliseconds. */
const fileLimit = 600_000

/** Whether no other process has taken the file with this number. */
function take(number) {
  try {
    closeSync(openSync(new URL(`${number}.taken`, folder), 'wx'))
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  }
}

for (const [number, file] of files.entries()) {
  if (!take(number)) continue
  // tap's time limit is for a process: each file gets the usual one.
  t.setTimeout(performance.now() + fileLimit)
  await import(new URL(`../../${file}`, import.meta.url).href)
  while (t.subtests.length > 1) await new Promise(resolve => t.once('subtestStart', resolve))
}
