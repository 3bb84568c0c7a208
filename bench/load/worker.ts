import { measureHashes } from './hashes.ts'
import type { Job } from './jobs.ts'
import { probe } from './latency.ts'
import { measureRate } from './rate.ts'
import { measureUpdates } from './updates.ts'

// The process that generates load: it receives jobs from its parent process, and sends back the measurements.

function measure(job: Job) {
  if (job.kind === 'rate') return measureRate(job)
  if (job.kind === 'updates') return measureUpdates(job)
  return job.kind === 'probe' ? probe(job) : measureHashes(job)
}

process.on('message', async (job: Job) => {
  try {
    process.send?.({ result: await measure(job) })
  } catch (error) {
    process.send?.({ error: String((error as Error).stack) })
  }
})
process.on('disconnect', () => process.exit())
