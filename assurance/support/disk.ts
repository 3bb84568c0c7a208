import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

const pageBytes = 4096

/** A disk in memory of its own, with up to `megabytes`, which can be filled; unmounted at the end. Needs root. */
export function mountDisk(t: Pick<Test, 'teardown'>, megabytes: number) {
  // Not the test's folder, which tap removes while the disk is still mounted there.
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-disk-'))
  const mount = (...options: string[]) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(), 'tmpfs', folder], { stdio: 'pipe' })
  mount(`size=${megabytes}m`)
  t.teardown(() => {
    execFileSync('umount', ['--lazy', folder])
    rmdirSync(folder)
  })
  const usedBytes = () => {
    const { blocks, bfree, bsize } = statfsSync(folder)
    return (blocks - bfree) * bsize
  }
  return {
    path: join(folder, 'test.db'),

    /** Leaves no space, also while the disk is written to, and a page on an empty disk. */
    fill() {
      for (let tries = 1; ; tries++) {
        try {
          // A size of 0 would be no limit.
          mount('remount', `size=${Math.max(usedBytes(), pageBytes)}`)
          return
        } catch (error) {
          // More may be used than a moment ago, which the system refuses.
          if (tries === 100) throw error
        }
      }
    },

    /** Leaves so many bytes. */
    free: (bytes: number) => mount('remount', `size=${usedBytes() + bytes}`)
  }
}
