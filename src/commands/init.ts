import { existsSync, lstatSync, realpathSync } from 'node:fs'
import os from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CommandError } from '../base/errors.ts'
import { writeNewFile } from '../base/private-file.ts'
import { randomSecret } from '../base/secrets.ts'
import { visible } from '../base/visible.ts'
import { type ConfigReport, envName } from '../config/config.ts'
import { dotEnvLine } from '../config/dot-env.ts'
import type { Finding } from '../doctor/finding.ts'
import { databaseFile } from './database-file.ts'
import { type DoctorDeps, diagnose, paintLevel } from './doctor.ts'
import { type Answers, readAnswers, serverQuestions } from './init-questions.ts'
import { shellWord } from './invocation.ts'
import { nextSteps } from './next-steps.ts'
import type { Terminal } from './terminal.ts'

/**
 * The dependencies of `init`: those of `doctor`, the command of this program with these arguments, and `refuseRoot`.
 */
export interface InitDeps extends DoctorDeps {
  settings(envFile?: string): ConfigReport
  command(args: string): string
  refuseRoot(file: string): void
}

/** Adds `sallyport init` to the program. */
export function addInitCommand(program: Command, terminal: Terminal, deps: InitDeps) {
  const init = program
    .command('init')
    .argument('[file]', 'file for the settings; defaults to .env')
    .description('ask for the settings of a server, write them to .env and check them')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport init\n  $ sallyport init --issuer https://login.example.com --database postgres://sallyport:password@localhost/sallyport'
    )
  for (const { option, text } of serverQuestions) init.option(option, text)
  init.action(async (file: string | undefined, options: Record<string, string>) => {
    const envFile = file ?? program.opts<{ envFile?: string }>().envFile
    const path = resolve(envFile ?? '.env')
    deps.refuseRoot(path)
    await setUp(path, envFile, options, terminal, deps)
  })
}

/** Writes the settings of a server to `path`, and prints what is wrong with them and what comes next. */
async function setUp(
  path: string,
  envFile: string | undefined,
  options: Record<string, string>,
  terminal: Terminal,
  deps: InitDeps
) {
  assertNew(path)
  const answers = await readAnswers(options, terminal)
  const hasSecret = answers.databaseUrl?.startsWith('postgres')
  const text = dotEnvText(hasSecret ? { ...answers, secret: randomSecret() } : answers)
  try {
    writeNewFile(path, text)
  } catch (error) {
    // Another process may have written it since the first check.
    assertNew(path)
    throw new CommandError(`Cannot write ${path} (${(error as NodeJS.ErrnoException).code}).`)
  }
  const secret = hasSecret ? ' Keep a copy of its SECRET apart from backups.' : ''
  terminal.print(visible(`Wrote ${path}, which only its owner can read.${secret}`))
  const report = deps.settings(envFile)
  const findings = (await diagnose(report, deps)).filter(isAdvice(report))
  for (const { level, text } of findings)
    terminal.print(`${paintLevel(terminal, level)}: ${terminal.named(visible(text))}`)
  deps.exit(findings.some(({ level }) => level === 'error') ? 1 : 0)

  const selected = envFile === undefined ? [] : ['--env-file', path]
  const program = [process.execPath, realpathSync(String(process.argv[1])), 'serve', ...selected]
  const place = { folder: process.cwd(), program, user: userHere(), machine: os.hostname() }
  const command = (args: string) => deps.command([args, ...selected.map(shellWord)].join(' '))
  for (const step of nextSteps(report.config, place, command)) terminal.print(visible(step))
}

/** The text of a `.env` file with these settings. */
function dotEnvText(answers: Answers): string {
  const lines = Object.entries(answers).map(([setting, text]) => dotEnvLine(envName(setting), text))
  return ['# Settings of Sallyport. `sallyport doctor` checks them.', ...lines, ''].join('\n')
}

/** Whether a finding says more than that the server has not run yet, and than what was just answered. */
function isAdvice({ config }: ConfigReport) {
  const file = databaseFile(config)
  const later = [
    'metadata',
    'migrations',
    'audit',
    'registration',
    ...(file === undefined ? [] : ['durability']),
    ...(file === undefined || existsSync(file) ? [] : ['database'])
  ]
  return ({ level, check }: Finding) => level === 'error' || (level === 'warning' && !later.includes(check))
}

function assertNew(path: string) {
  try {
    lstatSync(path)
  } catch {
    return
  }
  throw new CommandError(`${path} already exists, and was not changed. Edit it, or remove it first.`)
}

/** The name or the number of the user of this process; `undefined` for root, as whom no server should run. */
function userHere(): string | undefined {
  try {
    const { uid, username } = os.userInfo()
    return uid === 0 ? undefined : username
  } catch {
    // The number has no name, as in a container.
    return String(process.getuid?.())
  }
}
