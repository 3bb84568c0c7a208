import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'

/**
 * From now on, the system answers every sync of the processes `pids` with EIO, like a disk that fails. Resolves to the
 * function that ends this.
 */
export async function failSyncs(t: Pick<Test, 'teardown'>, pids: number[]): Promise<() => Promise<void>> {
  const calls = 'fsync,fdatasync'
  const attached = pids.flatMap(pid => ['-p', String(pid)])
  const args = ['-f', ...attached, '-e', `trace=${calls}`, '-e', `inject=${calls}:error=EIO`, '-o', '/dev/null']
  const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  const waiting = new Set(pids)
  let said = ''
  await new Promise<void>((resolve, reject) => {
    exit.then(() => reject(new Error(`strace has ended: ${said}`)))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      for (const [, pid] of said.matchAll(/Process (\d+) attached/g)) waiting.delete(Number(pid))
      if (waiting.size === 0) resolve()
    })
  })
  return async () => {
    child.kill('SIGTERM')
    await exit
  }
}
