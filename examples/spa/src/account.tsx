import { type FormEvent, useCallback, useEffect, useState } from 'react'
import type { UseSession } from 'sallyport/client/react'
import { Button, focus, hasPasskeys, typed } from './parts.tsx'
import { ask } from './question.ts'
import { call, client } from './session.ts'
import { t } from './texts.ts'

/** The account, and ways to add a second factor. A login may be able to do only that. */
export function Account({ session, onEnrolled }: { session: UseSession; onEnrolled: () => void }) {
  const { user, run, signOut } = session
  const mustEnrol = user?.scope === 'factors'
  const [account, setAccount] = useState<Record<string, string>>()
  const [factors, setFactors] = useState('')
  const [app, setApp] = useState<{ id: string; secret: string; svg: string }>()
  const [codes, setCodes] = useState<string[]>()

  const read = useCallback(async () => {
    const [account, { items }] = await Promise.all([call('/users/me'), call('/users/me/factors')])
    setAccount(account)
    setFactors(items.map(({ type }: { type: string }) => t.names[type]).join(', ') || t.none)
  }, [])
  useEffect(() => {
    if (!mustEnrol) run(read)
  }, [mustEnrol, run, read])

  /** Goes on after a second factor was added. A login that could only add one ends. */
  async function goOn() {
    setApp(undefined)
    setCodes(undefined)
    if (!mustEnrol) return await run(read)
    await signOut()
    onEnrolled()
  }
  const show = (codes?: string[]) => (codes ? setCodes(codes) : goOn())
  const addApp = () => run(async () => setApp(await call('/users/me/factors', { type: 'totp' })))
  const addPasskey = () =>
    run(async () => show((await client.addPasskey({ name: t.thisDevice, secondFactor: ask })).recoveryCodes))
  function confirm(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const body = Object.fromEntries(new FormData(event.currentTarget))
    run(async () => show((await call(`/users/me/factors/${app?.id}/confirm`, body)).recovery_codes))
  }

  if (codes)
    return (
      <>
        <h1 tabIndex={-1} ref={focus}>
          {t.codes}
        </h1>
        <p>{t.keep}</p>
        <ul id="recovery-codes">
          {codes.map(code => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <Button onClick={goOn}>{t.kept}</Button>
      </>
    )
  if (app)
    return (
      <form onSubmit={confirm}>
        <h1>{t.addApp}</h1>
        <p>{t.scan}</p>
        <img id="qr" alt={t.qr} width="200" height="200" src={`data:image/svg+xml,${encodeURIComponent(app.svg)}`} />
        <p>
          <code id="secret">{app.secret}</code>
        </p>
        <label htmlFor="first-code">{t.appCode}</label>
        <input id="first-code" name="code" autoComplete="one-time-code" inputMode="numeric" ref={focus} {...typed} />
        <button type="submit">{t.submit}</button>
        <Button onClick={() => setApp(undefined)}>{t.cancel}</Button>
      </form>
    )
  const since = account && new Date(String(account.created_at))
  const details = [
    [t.username, account?.username],
    [t.email, account && (account.email ?? t.none)],
    [t.since, since?.toLocaleDateString(document.documentElement.lang, { dateStyle: 'long' })],
    [t.factors, factors]
  ]
  return (
    <>
      <h1 id="name" tabIndex={-1} ref={focus}>
        {mustEnrol ? t.mustEnrol : (account?.full_name ?? user?.username)}
      </h1>
      {mustEnrol && <p>{t.why}</p>}
      <dl id="details" hidden={mustEnrol}>
        {details.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {!mustEnrol && <Button onClick={() => run(read)}>{t.again}</Button>}
      <Button onClick={addApp}>{t.addApp}</Button>
      {hasPasskeys && <Button onClick={addPasskey}>{t.addPasskey}</Button>}
      <Button onClick={signOut}>{t.signOut}</Button>
    </>
  )
}
