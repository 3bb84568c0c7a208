import type { Command } from 'commander'
import type { SealedCounts } from '../auth/keys/secret-change.ts'
import { visible } from '../base/visible.ts'
import { type OutputOptions, printRecord } from './output.ts'
import { origin, type Terminal, type WithServices } from './terminal.ts'

/** Adds `sallyport secret …` to the program. `exit` receives the exit code: 1 when something needs another secret. */
export function addSecretCommands(
  program: Command,
  withServices: WithServices,
  terminal: Terminal,
  { exit }: { exit(code: number): void }
) {
  const secret = program
    .command('secret')
    .description('change the secret, or remove what a lost secret encrypted')
    .addHelpText('after', '\nExample:\n  $ sallyport secret rotate')

  secret
    .command('rotate')
    .option('--json', 'print JSON')
    .description(
      'encrypt everything again with SECRET, in place of the old secret in SECOND_SECRET; the servers may keep running'
    )
    .addHelpText('after', '\nExample:\n  $ SECRET_FILE=new SECOND_SECRET_FILE=old sallyport secret rotate')
    .action((options: OutputOptions) =>
      withServices(
        async services => {
          const { changed, left } = await services.secretChange.rotate(origin)
          const record = recordOf({ changed, left, auditKey: services.audit.secondKey as string })
          if (options.json) printRecord(terminal, record, options)
          else for (const sentence of sentencesOf(record)) terminal.print(terminal.named(sentence))
          if (unreadableOf(record) + record.left > 0) exit(1)
        },
        { opensKeys: false }
      )
    )

  secret
    .command('discard')
    .option('--yes', 'do not ask for confirmation')
    .option('--json', 'print JSON: one line for each account, and one for the totals')
    .description(
      'remove signing keys, authenticator apps and recovery codes whose secret is lost; stop the servers first'
    )
    .addHelpText('after', '\nExample:\n  $ sallyport secret discard')
    .action(({ yes = false, json = false }: OutputOptions & { yes?: boolean }) =>
      withServices(
        async ({ secretChange, databaseClock }) => {
          await databaseClock.check()
          const { signingKeys, apps, recoveryCodes } = await secretChange.count()
          const found = rowsOf(signingKeys.neither, apps.neither, recoveryCodes.neither)
          const isNothing = signingKeys.neither + apps.neither + recoveryCodes.neither === 0
          await terminal.confirm(`Remove ${found}, which neither SECRET nor SECOND_SECRET decrypts?`, {
            yes: yes || isNothing
          })
          let accounts = 0
          for await (const discarded of secretChange.discardFactors(origin))
            for (const { username, removed, hasFactor } of discarded) {
              accounts++
              const line = `${username}: removed ${removed.join(', ')}; ${hasFactor ? 'other factors stay' : 'no second factor is left'}`
              terminal.print(json ? JSON.stringify({ username, removed, has_factor: hasFactor }) : visible(line))
            }
          const keys = await secretChange.discardKeys(origin)
          const sentence = `Removed ${keys.length} signing key(s), and second factors of ${accounts} account(s).`
          terminal.print(json ? JSON.stringify({ keys: keys.length, accounts }) : sentence)
          const left = await secretChange.count()
          const rows = left.signingKeys.neither + left.apps.neither + left.recoveryCodes.neither
          if (rows > 0) exit(1)
        },
        { opensKeys: false }
      )
    )
}

const rowsOf = (keys: number, apps: number, codes: number) =>
  `${keys} signing key(s), ${apps} app(s) and the recovery codes of ${codes} account(s)`

interface Rotated {
  changed: Record<keyof SealedCounts, number>
  left: SealedCounts
  auditKey: string
}

const recordOf = ({ changed, left, auditKey }: Rotated) => ({
  signing_keys: changed.signingKeys,
  apps: changed.apps,
  recovery_codes: changed.recoveryCodes,
  webhooks: changed.webhooks,
  unreadable_signing_keys: left.signingKeys.neither,
  unreadable_apps: left.apps.neither,
  unreadable_recovery_codes: left.recoveryCodes.neither,
  left: left.signingKeys.second + left.apps.second + left.recoveryCodes.second + left.webhooks.second,
  audit_key: auditKey
})

/** How many rows neither secret decrypts. */
const unreadableOf = (record: ReturnType<typeof recordOf>) =>
  record.unreadable_signing_keys + record.unreadable_apps + record.unreadable_recovery_codes

function sentencesOf(record: ReturnType<typeof recordOf>): string[] {
  const { signing_keys, apps, recovery_codes, webhooks, left, audit_key } = record
  const { unreadable_signing_keys, unreadable_apps, unreadable_recovery_codes } = record
  const isUnreadable = unreadableOf(record) > 0
  return [
    `Encrypted with SECRET: ${rowsOf(signing_keys, apps, recovery_codes)}; secrets of ${webhooks} webhook(s).`,
    ...(isUnreadable
      ? [
          `Neither SECRET nor SECOND_SECRET decrypts ${rowsOf(unreadable_signing_keys, unreadable_apps, unreadable_recovery_codes)}. If their secret is lost, run \`sallyport secret discard\`.`
        ]
      : []),
    left > 0
      ? `${left} row(s) still need SECOND_SECRET, because they changed at the same time. Run this command again.`
      : isUnreadable
        ? 'SECOND_SECRET is not the secret of these rows. Run this command again with theirs, and keep every old secret until then.'
        : 'Nothing that is stored needs SECOND_SECRET any more. Keep it until REFRESH_TOKEN_TTL has passed, or logins from before the change end.',
    `Seals of the audit trail that the old secret signed have the key ${audit_key}: \`sallyport audit verify --key ${audit_key}\`.`
  ]
}
