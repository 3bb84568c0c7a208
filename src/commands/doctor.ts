import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { type ConfigReport, poolThreads } from '../config/config.ts'
import { examine, type Instruments } from '../doctor/examine.ts'
import { fileSystem } from '../doctor/files.ts'
import type { Finding } from '../doctor/finding.ts'
import type { Route } from '../doctor/proxy.ts'
import { UsageError } from './arguments.ts'
import { type OutputOptions, printRecords } from './output.ts'
import type { Terminal } from './terminal.ts'

/** The dependencies of `doctor`: its environment and settings, and functions of the store, bcrypt and Fastify. */
export interface DoctorDeps extends Pick<Instruments, 'sqliteDriver' | 'probeStore' | 'hash' | 'clientAddress'> {
  env: Record<string, string | undefined>
  settings(): ConfigReport
  /** Receives the exit code: 1 when a check found an error. */
  exit(code: number): void
}

/** The findings of `doctor` about these settings. */
export const diagnose = (settings: ConfigReport, deps: DoctorDeps, route: Route = {}): Promise<Finding[]> =>
  examine(
    settings,
    {
      ...deps,
      files: fileSystem,
      fetch,
      now: () => new Date(),
      clock: () => performance.now(),
      cores: availableParallelism(),
      threads: poolThreads(deps.env)
    },
    route
  )

const colours = { ok: 'green', warning: 'yellow', error: 'red' } as const

/** The level of a finding in its colour, on a terminal. */
export const paintLevel = ({ painted }: Pick<Terminal, 'painted'>, level: Finding['level']) =>
  painted(level, colours[level])

/** Adds `sallyport doctor` to the program. */
export function addDoctorCommand(program: Command, terminal: Terminal, deps: DoctorDeps) {
  program
    .command('doctor')
    .option('--peer <address>', 'address of the peer in an example request; defaults to the first of TRUST_PROXY')
    .option('--forwarded-for <list>', 'X-Forwarded-For header of that request')
    .option('--json', 'print JSON')
    .description(
      'check settings, files, database, clock, TLS and proxy without changing anything; exits with 1 on an error'
    )
    .addHelpText(
      'after',
      "\nExamples:\n  $ sallyport doctor\n  $ sallyport doctor --peer 10.0.0.2 --forwarded-for '198.51.100.9, 10.0.0.3'"
    )
    .action(async (options: OutputOptions & Route) => {
      const { peer } = options
      if (peer !== undefined && isIP(peer) === 0) throw new UsageError(`--peer must be an IP address, not ${peer}.`)
      const findings = await diagnose(deps.settings(), deps, options)
      const records = findings.map(({ level, check, text }) => ({ level, check, text: terminal.named(text) }))
      printRecords(terminal, records, options, (line, { level }) => line.replace(level, paintLevel(terminal, level)))
      deps.exit(findings.some(({ level }) => level === 'error') ? 1 : 0)
    })
}
