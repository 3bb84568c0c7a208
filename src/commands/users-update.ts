import type { Command } from 'commander'
import { parseJson } from '../base/strict-json.ts'
import { visible } from '../base/visible.ts'
import { list, UsageError } from './arguments.ts'
import { type OutputOptions, printRecord } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

type UpdateOptions = OutputOptions & {
  disable?: true
  enable?: true
  grant?: string[]
  revoke?: string[]
  claims?: Record<string, unknown> | null
}

/** Adds `sallyport users update` to the commands of `users`. */
export function addUpdateCommand(users: Command, withServices: WithServices, terminal: Terminal) {
  users
    .command('update')
    .argument('<user>', 'username or id')
    .option('--disable', 'end every login, and refuse new ones')
    .addOption(users.createOption('--enable', 'accept logins again').conflicts('disable'))
    .option('--grant <list>', 'comma-separated scopes to add', list)
    .option('--revoke <list>', 'comma-separated scopes to remove', list)
    .option(
      '--claims <json>',
      'merge patch (RFC 7396) of the claims that its access tokens have: null removes a claim, and others stay',
      patchIn
    )
    .option('--json', 'print JSON')
    .description('disable or enable an account, and change its scopes and claims')
    .addHelpText(
      'after',
      `
Examples:
  $ sallyport users update alice --disable
  $ sallyport users update alice --grant users:read,audit:read --revoke users:write
  $ sallyport users update alice --claims '{"roles": ["editor"], "tenant": null}'`
    )
    .action((user: string, { disable, enable, grant, revoke, claims, ...options }: UpdateOptions) => {
      const [setsState, setsScopes, setsClaims] = [disable ?? enable, grant ?? revoke, claims !== undefined]
      if (!setsState && !setsScopes && !setsClaims)
        throw new UsageError('Nothing to change. Add --disable, --enable, --grant, --revoke or --claims.')
      return withServices(async ({ userAdmin, users }) => {
        const { id, scopes } = await userAdmin.byIdOrName(user)
        const after = [...scopes, ...(grant ?? [])].filter(scope => !revoke?.includes(scope))
        const change = {
          ...(setsState && { disabled: disable === true }),
          ...(setsScopes && { scopes: after }),
          ...(setsClaims && { claims })
        }
        const changed = await userAdmin.update(id, change, origin)
        const sentences = [
          ...(setsState ? [`${changed.username} is ${disable ? 'disabled' : 'enabled'}.`] : []),
          ...(setsScopes ? [`Scopes of ${changed.username}: ${changed.scopes.join(' ') || '(none)'}`] : []),
          ...(setsClaims
            ? [
                `Claims of ${changed.username}: ${JSON.stringify(changed.claims)}`,
                "APIs that verify tokens offline see a change at the next refresh; introspection and this server's endpoints at once."
              ]
            : [])
        ]
        if (options.json) printRecord(terminal, users.describe(changed), options)
        else for (const sentence of sentences) terminal.print(visible(sentence))
      })
    })
}

/** The object, or null, in an argument. Throws a UsageError for anything else, and what `assertNames` throws. */
function patchIn(text: string): Record<string, unknown> | null {
  const value = valueIn(text)
  if (typeof value !== 'object' || Array.isArray(value))
    throw new UsageError(`The claims must be a JSON object, such as '{"roles": ["editor"]}'.`)
  return value as Record<string, unknown> | null
}

function valueIn(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
