import { closeSync, openSync, readFileSync } from 'node:fs'
import t from 'tap'

// One of the processes that share the files of `.tap/shared/files.json`. Each takes the next file that no other has
// taken, once the tests of its last file have run, so that no process is left with the slow ones.

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

/** Reads the next file in a test of its own, which comes after those of the last: tap ends a process without tests. */
function readNext(from) {
  const number = files.findIndex((_, n) => n >= from && take(n))
  if (number < 0) return
  t.test(`reads ${files[number]}`, async () => {
    // tap's time limit is for a process: each file gets the usual one.
    t.setTimeout(performance.now() + fileLimit)
    try {
      await import(new URL(`../../${files[number]}`, import.meta.url).href)
    } finally {
      readNext(number + 1)
    }
  })
}

readNext(0)
