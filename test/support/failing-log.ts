import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Test } from 'tap'

/** From now on, the logs of SQLite cannot be opened for a sync. Returns the function that ends this. */
export function failLogs(t: Pick<Test, 'teardown'>): () => void {
  const { openSync } = fs
  fs.openSync = (path, ...more) => {
    if (String(path).endsWith('-wal')) throw Object.assign(new Error('The disk fails'), { code: 'EIO' })
    return openSync(path, ...more)
  }
  syncBuiltinESMExports()
  const heal = () => {
    fs.openSync = openSync
    syncBuiltinESMExports()
  }
  t.teardown(heal)
  return heal
}
