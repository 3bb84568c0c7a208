import fs from 'node:fs'

// Makes each sync of the log take SYNC_DELAY_MS longer, as on a slower disk.

const delayMs = Number(process.env.SYNC_DELAY_MS)
const sync = fs.fdatasync
fs.fdatasync = (file, done) => sync(file, error => setTimeout(done, delayMs, error))
