import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { lstat, open, rename, rm, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { CommandError } from '../base/errors.ts'

/**
 * Writes `text` to the new file `path` (mode 0600). The file gets that name only when it is complete and on disk; until
 * then its name has `.partial-`, and an error, SIGINT and SIGTERM remove it. It exists before the first chunk of `text`
 * is requested. Throws a CommandError when `path` exists, before or after the writing, or cannot be written, and the
 * errors of `text`.
 */
export async function writeWhole(path: string, text: AsyncIterable<string>) {
  const draft = `${path}.partial-${randomBytes(6).toString('hex')}`
  const stopRemoving = removeOnSignal(draft)
  try {
    await refuseExisting(path)
    await writeFile(draft, text, { flag: 'wx', mode: 0o600, flush: true })
    await refuseExisting(path)
    await rename(draft, path)
    await flushFolder(dirname(path))
  } catch (error) {
    await rm(draft, { force: true })
    const code = String((error as { code?: unknown }).code)
    throw /^E[A-Z]+$/.test(code) ? new CommandError(`Cannot write ${path} (${code}).`) : error
  } finally {
    stopRemoving()
  }
}

/** Lets Ctrl-C and SIGTERM remove `draft` before they end the process, until the returned function is called. */
function removeOnSignal(draft: string): () => void {
  const stop = () => {
    for (const name of ['SIGINT', 'SIGTERM']) process.off(name, onSignal)
  }
  function onSignal(signal: 'SIGINT' | 'SIGTERM') {
    rmSync(draft, { force: true })
    stop()
    process.kill(process.pid, signal)
    // PID 1 of a container lives on.
    process.exit(128 + constants.signals[signal])
  }
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, onSignal)
  return stop
}

async function refuseExisting(path: string) {
  const exists = await lstat(path).then(
    () => true,
    () => false
  )
  if (exists) throw new CommandError(`${path} already exists. Choose another name.`)
}

async function flushFolder(path: string) {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}
