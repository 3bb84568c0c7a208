import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { examine, type Instruments } from '../doctor/examine.ts'
import { fileSystem } from '../doctor/files.ts'
import type { Route } from '../doctor/proxy.ts'
import { type OutputOptions, printRecords } from './output.ts'
import { type Terminal, UsageError } from './terminal.ts'

/** Threads of Node's pool unless UV_THREADPOOL_SIZE sets another number. */
const defaultThreads = 4

/** The functions that the program passes to `doctor`, from the store, bcrypt and Fastify, and its environment. */
export interface DoctorDeps extends Pick<Instruments, 'sqliteDriver' | 'probeStore' | 'hash' | 'clientAddress'> {
  env: Record<string, string | undefined>
  /** Receives the exit code: 1 when a check found an error. */
  exit(code: number): void
}

/** Adds `sallyport doctor` to the program. */
export function addDoctorCommand(program: Command, terminal: Terminal, { env, exit, ...lent }: DoctorDeps) {
  program
    .command('doctor')
    .option('--peer <address>', 'the address that a request comes from; the first of TRUST_PROXY when absent')
    .option('--forwarded-for <list>', 'the X-Forwarded-For that it brings')
    .option('--json', 'print JSON')
    .description(
      'check settings, files, database, clock, TLS and proxy, and change nothing; exits with 1 when there is an error'
    )
    .addHelpText(
      'after',
      "\nExamples:\n  $ sallyport doctor\n  $ sallyport doctor --peer 10.0.0.2 --forwarded-for '198.51.100.9, 10.0.0.3'"
    )
    .action(async (options: OutputOptions & Route) => {
      const { peer } = options
      if (peer !== undefined && isIP(peer) === 0) throw new UsageError(`--peer takes an address, and not ${peer}.`)
      const findings = await examine(
        readConfig(env, process.cwd()),
        {
          ...lent,
          files: fileSystem,
          fetch,
          now: () => new Date(),
          clock: () => performance.now(),
          cores: availableParallelism(),
          threads: Number(env.UV_THREADPOOL_SIZE) || defaultThreads
        },
        options
      )
      const records = findings.map(({ level, check, text }) => ({ level, check, text }))
      printRecords(terminal, records, options)
      exit(findings.some(({ level }) => level === 'error') ? 1 : 0)
    })
}
