import type { Command } from 'commander'
import { parseJson } from '../strict-json.ts'
import { UsageError } from './arguments.ts'
import { type OutputOptions, printOutcome } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport users set-claims` to the commands of `users`. */
export function addClaimsCommand(users: Command, withServices: WithServices, terminal: Terminal) {
  users
    .command('set-claims')
    .argument('<user>', 'username or id')
    .argument('<json>', 'merge patch (RFC 7396): null removes a claim; claims that it does not name stay', patchIn)
    .option('--json', 'print JSON')
    .description('change the claims of an account, which its access tokens have')
    .addHelpText(
      'after',
      `
Examples:
  $ sallyport users set-claims alice '{"roles": ["editor"], "tenant": "acme"}'
  $ sallyport users set-claims alice '{"tenant": null}'`
    )
    .action((user: string, claims: Record<string, unknown> | null, options: OutputOptions) =>
      withServices(async services => {
        const { id } = await services.userAdmin.byIdOrName(user)
        const changed = await services.userAdmin.update(id, { claims }, origin)
        const sentence = `Claims of ${changed.username}: ${JSON.stringify(changed.claims)}`
        printOutcome(terminal, sentence, services.users.describe(changed), options)
        if (!options.json)
          terminal.print(
            "APIs that verify tokens offline see a change at the next refresh; introspection and this server's endpoints at once."
          )
      })
    )
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
