import type { Command } from 'commander'
import { normalizeEmail, normalizeUsername } from '../auth/account/identifiers.ts'
import type { UserRow } from '../store/users.ts'
import { list } from './arguments.ts'
import { type OutputOptions, printOutcome } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport users invite` to the commands of `users`. */
export function addInviteCommand(users: Command, withServices: WithServices, terminal: Terminal) {
  users
    .command('invite')
    .argument('<name>', 'username, 1 to 64 characters without @')
    .requiredOption(
      '--email <address>',
      'e-mail address, which is mailed a link to choose the password; without SMTP_URL, the link is printed'
    )
    .option('--full-name <name>', 'full name')
    .option('--locale <tag>', 'language of messages, such as de or en-GB')
    .addOption(users.createOption('--scopes <list>', 'comma-separated scopes to grant').argParser(list))
    .option('--json', 'print JSON')
    .description('create an account without a password, or send the invitation again')
    .addHelpText('after', '\nExample:\n  $ sallyport users invite carol --email carol@example.com')
    .action((username: string, options: InviteOptions) =>
      withServices(async services => {
        const { users, db, invitations } = services
        /** Prints what has happened, and the link where nothing is mailed. */
        function printInvited(user: UserRow, link: string | undefined, sentence: string, mailed: string) {
          const record = { ...users.describe(user), ...(link !== undefined && { invitation_link: link }) }
          printOutcome(terminal, `${sentence}${link === undefined ? mailed : handOver}`, record, options)
          if (link !== undefined && !options.json) terminal.print(link)
        }
        const found = await db.users.byUsername(normalizeUsername(username))
        if (found?.invitedAt && found.email === normalizeEmail(options.email)) {
          const { email, link } = await invitations.resend(found, origin)
          const mailed = ` Another invitation is queued for ${email}; nothing else has changed.`
          return printInvited(found, link, `${found.username} is invited already.`, mailed)
        }
        const user = await users.register(registrationOf(username, options), origin)
        const mailed = ` An invitation is queued for ${user.email}.`
        printInvited(user, await invitations.linkFor(user), `${user.username} is created.`, mailed)
      })
    )
}

const handOver =
  ' SMTP_URL is not set, so nothing is mailed. Hand over this link, which chooses the password once, within 7 days:'

type InviteOptions = OutputOptions & { email: string; fullName?: string; locale?: string; scopes?: string[] }

const registrationOf = (username: string, { email, fullName, locale, scopes }: InviteOptions) => ({
  username,
  email,
  full_name: fullName ?? null,
  locale: locale ?? null,
  ...(scopes && { scopes })
})
