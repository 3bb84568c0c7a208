import { ProblemError } from '@sallyport/client'
import { useState } from 'preact/hooks'
import { api, ok } from '../../api.ts'
import { readOrigins, readPasskeys } from '../../passkeys.ts'
import { texts } from '../../texts.ts'
import { newCodes, suggestedTo } from '../../ui/suggestion.tsx'
import { Action, Loaded, notify, Section, useLoad } from '../../ui.ts'
import { logOut, mustEnrol } from '../../who.ts'
import { AddPasskey, AppSetup, FactorTable, type NewApp, RecoveryCodes } from './app-setup.tsx'
import { Identities } from './identities.tsx'
import { TabPage } from './tab-page.tsx'

const t = texts.account.security

/**
 * The second factors, and where the server has passkeys, their details and the origins where they work; `null` when it
 * has no second factors.
 */
async function readFactors() {
  try {
    const factors = await ok(api.GET('/users/me/factors'))
    const passkeys = await readPasskeys()
    return { ...factors, passkeys, origins: passkeys ? await readOrigins() : [] }
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null
    throw error
  }
}

/** The second factors of the account, and its accounts elsewhere. */
export function Security() {
  const factors = useLoad(readFactors)
  const [app, setApp] = useState<NewApp>()

  /** Shows the recovery codes that came with a factor, once. A login that could only add a factor ends after that. */
  async function afterChange(created?: string[]) {
    setApp(undefined)
    if (created) {
      suggestedTo.value = undefined
      newCodes.value = created
      return
    }
    if (mustEnrol.value) {
      await logOut()
      return notify(t.signInAgain)
    }
    // The codes stay until the list is new.
    await factors.reload()
    newCodes.value = undefined
  }

  if (newCodes.value) return <RecoveryCodes codes={newCodes.value} onDone={() => afterChange()} />
  if (app) return <AppSetup app={app} onAdded={afterChange} onCancel={() => setApp(undefined)} />
  return (
    <TabPage tab="security">
      <Loaded load={factors}>
        {found => (found ? <Factors {...{ found, setApp, afterChange }} /> : <p>{t.off}</p>)}
      </Loaded>
      {!mustEnrol.value && <Identities />}
    </TabPage>
  )
}

function Factors(props: {
  found: NonNullable<Awaited<ReturnType<typeof readFactors>>>
  setApp: (app: NewApp) => void
  afterChange: (codes?: string[]) => Promise<void>
}) {
  const { found, setApp, afterChange } = props
  const { items, passkeys, origins, recovery_codes_left } = found
  const isHere = origins.includes(location.origin)
  const hasApp = items.some(({ type }) => type === 'totp')
  return (
    <>
      <Section title={t.title}>
        <p>
          {mustEnrol.value
            ? t.enrol
            : items.length === 0
              ? t.none
              : items.some(({ type }) => type === 'passkey')
                ? t.some
                : t.someApp}
        </p>
        {items.length > 0 && <FactorTable items={items} passkeys={passkeys ?? []} onChange={afterChange} />}
        <div class="actions">
          <Action
            label={hasApp ? t.replaceApp : t.setUpApp}
            run={async () => setApp(await ok(api.POST('/users/me/factors', { body: { type: 'totp' } })))}
          />
          {isHere && 'PublicKeyCredential' in window && <AddPasskey onAdded={afterChange} />}
        </div>
        {passkeys && !isHere && <p>{t.passkeysElsewhere(origins.join(', '))}</p>}
      </Section>
      {items.length > 0 && (
        <Section title={t.codes} hint={`${texts.accounts.codesLeft(recovery_codes_left)} ${t.codesLeft}`}>
          <Action
            label={t.newCodes}
            confirm={t.confirmNewCodes}
            run={async () => afterChange((await ok(api.POST('/users/me/recovery-codes'))).recovery_codes)}
          />
        </Section>
      )}
    </>
  )
}
