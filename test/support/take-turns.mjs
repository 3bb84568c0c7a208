import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import t from 'tap'

// One of the processes that share the files of `files.json` in the folder TEST_SHARED. Each takes the next file that no
// other has taken, once the tests of its last file have run, so that no process is left with the slow ones.

const folder = pathToFileURL(`${process.env.TEST_SHARED}/`)
const files = JSON.parse(readFileSync(new URL('files.json', folder), 'utf8'))

/** The limit of tap for one file, in milliseconds. It counts from the start of the process, which reads several. */
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
    t.setTimeout(performance.now() + fileLimit)
    try {
      await import(new URL(`../../${files[number]}`, import.meta.url).href)
      writeFileSync(new URL(`${number}.read`, folder), '')
    } finally {
      readNext(number + 1)
    }
  })
}

readNext(0)
