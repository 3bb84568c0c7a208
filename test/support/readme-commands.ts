import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'

/** The fenced blocks of a page that have a language, in page order. */
export const blocksOf = (path: string) =>
  [...readFileSync(path, 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({
    language: String(language),
    code: String(code)
  }))

/** The code of the blocks in one language. */
export const codeBlocks = (path: string, language: string): string[] =>
  blocksOf(path).flatMap(block => (block.language === language ? [block.code] : []))

/** The commands of a page, one string per block. */
export const readmeCommands = (path: string) => codeBlocks(path, 'sh')

const mark = '=== the end of a block ==='

/**
 * Runs the blocks one after the other, as in one terminal in `cwd`, and resolves to the output of each. Rejects when a
 * command fails. Processes that they leave running in the background are killed when the test ends.
 */
export async function runCommands(
  t: Test,
  commands: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> }
): Promise<string[]> {
  // Without the code that tap loads into every process that Node.js starts.
  const script = ['unset NODE_OPTIONS\n', ...commands.map(block => `${block}\necho '${mark}'\n`)].join('')
  const shell = spawn('sh', ['-ec', script], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group, which can be killed as one.
    detached: true
  })
  t.teardown(() => {
    shell.stdout.destroy()
    shell.stderr.destroy()
    try {
      process.kill(-Number(shell.pid), 'SIGKILL')
    } catch {
      // All its processes have ended.
    }
  })
  let [out, err] = ['', '']
  shell.stdout.setEncoding('utf8').on('data', text => {
    out += text
  })
  shell.stderr.setEncoding('utf8').on('data', text => {
    err += text
  })
  const [code] = await once(shell, 'exit')
  if (code !== 0) throw new Error(`A command failed with ${code}:\n${out}\n${err}`)
  // Background processes keep the pipe open, so its end cannot be awaited.
  while (out.split(`${mark}\n`).length <= commands.length) await once(shell.stdout, 'data')
  return out.split(`${mark}\n`).slice(0, -1)
}
