import { chmodSync, copyFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { build } from '../../src/app.ts'
import { makePrivateFolder } from '../../src/base/private-file.ts'
import { run } from '../../src/cli.ts'
import type { Invocation } from '../../src/commands/invocation.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { loadConfig } from '../../src/wiring/load-config.ts'

/** The result of a command. */
export interface Outcome {
  code: number
  out: string
  err: string
}

/**
 * Runs `sallyport` in this process with bcrypt at cost 4, on the test's own SQLite file unless `settings` name a
 * database. The file exists before the first command unless `hasDatabase` is false. Standard input is a pipe that
 * contains `input`.
 */
export function createCli(t: Test, settings: Record<string, string> = {}, { hasDatabase = true } = {}) {
  const env = settings.DATABASE_URL ? settings : { ...cliEnv(t.testdir()), ...settings }
  const { TEST_SQLITE_TEMPLATE: template } = process.env
  const isMissing = hasDatabase && env !== settings
  if (isMissing && template) copyPrivately(template, String(env.DATABASE_URL).slice('sqlite:'.length))
  let mustMigrate = isMissing && !template

  const sallyport = async (args: string[], input = ''): Promise<Outcome> => {
    if (mustMigrate) {
      mustMigrate = false
      await sallyport(['migrate'])
    }
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
    stdin.end(input)
    const printed = Promise.all([text(stdout), text(stderr)])
    const code = await run(args, { stdin, stdout, stderr, env } as unknown as Streams, installed(env))
    stdout.end()
    stderr.end()
    const [out, err] = await printed
    return { code, out, err }
  }
  return { sallyport, env }
}

/** The invocation of a program that is installed for all, so that its name is enough to run it. */
export const installed = (env: Record<string, string | undefined>): Invocation => ({
  script: '/usr/bin/sallyport',
  folder: '/srv/login',
  env: { ...env, PATH: '/usr/local/bin:/usr/bin' },
  pid: 100,
  host: 'login-1',
  exists: () => false
})

/** Copies a database, with the permissions that the server gives to a database and its folder. */
function copyPrivately(from: string, to: string) {
  makePrivateFolder(dirname(to))
  copyFileSync(from, to)
  chmodSync(to, 0o600)
}

/** Settings for commands and servers that work in `folder`; a server stops without a delay. */
export const cliEnv = (folder: string): Record<string, string> => ({
  DATABASE_URL: `sqlite:${join(folder, 'data', 'test.db')}`,
  ISSUER: 'https://auth.example.com',
  PORT: '0',
  BCRYPT_COST: '4',
  LOG_LEVEL: 'silent'
})

/** Runs `work` with the service on the database of the commands. */
export async function withService<T>(
  env: Record<string, string>,
  work: (app: Awaited<ReturnType<typeof build>>) => Promise<T>
) {
  const app = await build({ config: loadConfig(env) })
  try {
    return await work(app)
  } finally {
    await app.close()
  }
}
