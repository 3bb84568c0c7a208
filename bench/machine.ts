import { spawnSync } from 'node:child_process'
import { arch, cpus, release, totalmem, type } from 'node:os'
import { coreCount } from './cores.ts'

/** The hardware that produced the numbers. */
export interface Machine {
  cores: number
  model: string
  memoryGigabytes: number
  system: string
  node: string
  /** The measured commit, with `+` when files had changed; empty outside of a clone. */
  commit: string
}

export const machine = (): Machine => {
  return {
    cores: coreCount,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    commit: commit()
  }
}

function commit(): string {
  const env = { ...process.env, LC_ALL: 'C' }
  const git = (...args: string[]) => spawnSync('git', args, { encoding: 'utf8', env })
  const { status, stdout } = git('rev-parse', '--short=12', 'HEAD')
  if (status !== 0) return ''
  return `${stdout.trim()}${git('status', '--porcelain', '--untracked-files=no').stdout.trim() ? '+' : ''}`
}
