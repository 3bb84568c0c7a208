import type { Command } from 'commander'
import { normalizeEmail, normalizeUsername } from '../auth/users/identifiers.ts'
import { list } from './arguments.ts'
import { type OutputOptions, printOutcome } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport users invite` to the commands of `users`. */
export function addInviteCommand(users: Command, withServices: WithServices, terminal: Terminal) {
  users
    .command('invite')
    .argument('<name>', 'username, 1 to 64 characters without @')
    .requiredOption('--email <address>', 'e-mail address, which is mailed a link to choose the password')
    .option('--full-name <name>', 'full name')
    .option('--locale <tag>', 'language of messages, such as de or en-GB')
    .addOption(users.createOption('--scopes <list>', 'comma-separated scopes to grant').argParser(list))
    .option('--json', 'print JSON')
    .description('create an account without a password, or send the invitation again')
    .addHelpText('after', '\nExample:\n  $ sallyport users invite carol --email carol@example.com')
    .action((username: string, options: InviteOptions) =>
      withServices(async services => {
        const { users, db } = services
        const found = await db.users.byUsername(normalizeUsername(username))
        if (found?.invitedAt && found.email === normalizeEmail(options.email)) {
          const address = await services.invitations.resend(found, origin)
          const sentence = `${found.username} is invited already. Another invitation is queued for ${address}; nothing else has changed.`
          return printOutcome(terminal, sentence, users.describe(found), options)
        }
        const user = await users.register(registrationOf(username, options), origin)
        const sentence = `${user.username} is created, and an invitation is queued for ${user.email}.`
        printOutcome(terminal, sentence, users.describe(user), options)
      })
    )
}

type InviteOptions = OutputOptions & { email: string; fullName?: string; locale?: string; scopes?: string[] }

const registrationOf = (username: string, { email, fullName, locale, scopes }: InviteOptions) => ({
  username,
  email,
  full_name: fullName ?? null,
  locale: locale ?? null,
  ...(scopes && { scopes })
})
