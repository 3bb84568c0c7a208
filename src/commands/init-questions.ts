import { devNull } from 'node:os'
import { CommandError } from '../base/errors.ts'
import { randomSecret } from '../base/secrets.ts'
import { visible } from '../base/visible.ts'
import { type Config, envName, readConfig } from '../config/config.ts'
import { dotEnvLine } from '../config/dot-env.ts'
import { isLoopback } from '../config/loopback.ts'
import { list, UsageError } from './arguments.ts'
import type { Asker } from './prompt.ts'
import type { Terminal } from './terminal.ts'

/** The settings as text, as in `.env`. */
export type Answers = Partial<Record<keyof Config, string>>

/** A setting that `init` asks for, unless its option is given. */
interface Question {
  setting: keyof Config
  /** The option, as Commander reads it. */
  option: `--${string} <${string}>`
  text: string
  /** The answer to an empty line, and without a terminal. */
  usual?: (answers: Answers) => string
  /** Whether `none` leaves the setting out. */
  mayBeNone?: boolean
  /** Whether the former answers make this question necessary. */
  applies?: (answers: Answers) => boolean
}

/** The questions about a server in production. */
export const serverQuestions: Question[] = [
  { setting: 'issuer', option: '--issuer <url>', text: 'the public URL, such as https://login.example.com' },
  {
    setting: 'databaseUrl',
    option: '--database <url>',
    text: 'sqlite:path or postgres://user:password@host/database',
    usual: () => 'sqlite:data/sallyport.db'
  },
  {
    setting: 'smtpUrl',
    option: '--mail <url>',
    text: 'the mail server, such as smtps://user:password@host, or none',
    usual: () => 'none',
    mayBeNone: true
  },
  {
    setting: 'mailFrom',
    option: '--mail-from <address>',
    text: 'the sender of messages',
    usual: ({ issuer = '' }) => `no-reply@${new URL(issuer).hostname}`,
    applies: ({ smtpUrl }) => smtpUrl !== undefined
  },
  {
    setting: 'trustProxy',
    option: '--proxy <addresses>',
    text: 'the addresses of the proxy with TLS, or none',
    usual: ({ issuer = '' }) => (issuer.startsWith('https:') ? '127.0.0.1' : 'none'),
    mayBeNone: true
  },
  {
    setting: 'host',
    option: '--host <address>',
    text: 'the address of this machine that the proxy connects to',
    usual: () => '0.0.0.0',
    applies: ({ trustProxy = '' }) => list(trustProxy).some(entry => !isLoopback(entry.replace(/\/.*/, '')))
  },
  {
    setting: 'registration',
    option: '--registration <value>',
    text: 'open if anyone may create an account, or closed',
    usual: () => 'closed'
  },
  {
    setting: 'secondFactor',
    option: '--second-factor <value>',
    text: 'who needs one: administrators, required (everyone), optional or off',
    usual: () => 'administrators'
  }
]

/**
 * The answers, from the `options` of the command, or else asked at the terminal. Throws a UsageError when an option is
 * not valid, or when it is missing and there is no terminal, and a CommandError when the input ends.
 */
export async function readAnswers(options: Record<string, string>, terminal: Terminal): Promise<Answers> {
  for (const question of serverQuestions) {
    const problem = problemOf(question, options[keyOf(question)])
    if (problem !== undefined) throw new UsageError(`${nameOf(question)}: ${problem}`)
  }
  const answers: Answers = {}
  const asker = terminal.openAsker()
  try {
    for (const question of serverQuestions) {
      const text = options[keyOf(question)]
      if (text === undefined && question.applies?.(answers) === false) continue
      const usual = question.usual?.(answers)
      const answer = text || (asker && text === undefined ? await ask(question, usual, asker, terminal) : usual)
      if (answer === undefined)
        throw new UsageError(
          `${envName(question.setting)} is missing. Use ${nameOf(question)}, or run this command in a terminal.`
        )
      if (!(question.mayBeNone && answer === 'none')) answers[question.setting] = answer
    }
  } finally {
    asker?.close()
  }
  return answers
}

async function ask(question: Question, usual: string | undefined, asker: Asker, terminal: Terminal): Promise<string> {
  const usually = usual === undefined ? '' : ` [${usual}]`
  for (;;) {
    const typed = await asker.ask(`${envName(question.setting)}, ${question.text}${usually}: `)
    if (typed === undefined) throw new CommandError('\nNothing was written.')
    const answer = typed.trim() || usual
    const problem = problemOf(question, answer)
    if (answer !== undefined && problem === undefined) return answer
    terminal.warn(visible(problem ?? 'An answer is needed.'))
  }
}

/** `--mail-from` of `--mail-from <address>`. */
const nameOf = ({ option }: Question) => option.replace(/ .*/, '')

/** The name of that option among those that Commander has read: `mailFrom`. */
const keyOf = (question: Question) =>
  nameOf(question)
    .slice(2)
    .replace(/-(\w)/g, (_, letter) => letter.toUpperCase())

/** Why `text` is not an answer, in the words of the settings. */
function problemOf({ setting, mayBeNone }: Question, text: string | undefined): string | undefined {
  if (!text || (mayBeNone && text === 'none')) return undefined
  const name = envName(setting)
  // Reads no file. With a secret, no other setting can be wrong.
  const { problems } = readConfig({ [name]: text, SECRET: randomSecret() }, '.', devNull)
  if (problems.length > 0) return problems.join('; ')
  return dotEnvLine(name, text) === undefined ? `${name} has characters that no line of .env can hold` : undefined
}
