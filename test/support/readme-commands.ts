import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'

/** The fenced blocks of a page that have a language, in the order of the page. */
export const blocksOf = (path: string) =>
  [...readFileSync(path, 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({
    language: String(language),
    code: String(code)
  }))

/** Those in one language. */
export const codeBlocks = (path: string, language: string): string[] =>
  blocksOf(path).flatMap(block => (block.language === language ? [block.code] : []))

/** The commands of a page, a block each. */
export const readmeCommands = (path: string) => codeBlocks(path, 'sh')

const mark = '=== the end of a block ==='

/**
 * Runs the blocks one after the other, as in one terminal in `cwd`, and resolves to what each printed. Rejects when a
 * command fails. What they left running in the background is killed when the test ends.
 */
export async function runCommands(
  t: Test,
  commands: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> }
): Promise<string[]> {
  // Without what tap loads into every process that Node starts.
  const script = ['unset NODE_OPTIONS\n', ...commands.map(block => `${block}\necho '${mark}'\n`)].join('')
  const shell = spawn('sh', ['-ec', script], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, to be killed as one.
    detached: true
  })
  t.teardown(() => {
    shell.stdout.destroy()
    shell.stderr.destroy()
    try {
      process.kill(-Number(shell.pid), 'SIGKILL')
    } catch {
      // Nothing is left of it.
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
  // What runs on keeps the pipe open, so that its end is not what to wait for.
  while (out.split(`${mark}\n`).length <= commands.length) await once(shell.stdout, 'data')
  return out.split(`${mark}\n`).slice(0, -1)
}
