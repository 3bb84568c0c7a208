import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

// Debian's own Python, which finds Debian's packages; another Python that comes first on the PATH does not.
const python = '/usr/bin/python3'

/**
 * Why a test that needs these Python modules is skipped, or `false`. In CI nothing is skipped: there `.ci/packages` has
 * installed them, and without them the test fails.
 */
export function skipWithout(...modules: string[]): string | false {
  if (process.env.CI) return false
  const missing = modules.filter(name => spawnSync(python, ['-c', `import ${name}`]).status !== 0)
  return missing.length > 0 && `${python} has no ${missing.join(', ')}`
}

/** Runs the script at `url` with `input` as JSON on its standard input; resolves to the JSON it prints. */
export async function runPython<T>(url: URL, input: unknown): Promise<T> {
  const env = {
    PATH: process.env.PATH,
    PYTHONIOENCODING: 'utf-8',
    PYTHONDONTWRITEBYTECODE: '1',
    // Both libraries refuse plain HTTP without this variable.
    OAUTHLIB_INSECURE_TRANSPORT: '1',
    AUTHLIB_INSECURE_TRANSPORT: '1'
  }
  // -P, because a script may have the same name as the module that it tests.
  const child = spawn(python, ['-P', url.pathname], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(JSON.stringify(input))
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(`${url.pathname} ended with ${code}:\n${errors}`)
  return JSON.parse(output) as T
}
