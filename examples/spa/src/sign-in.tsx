import { type FormEvent, type MouseEvent, useEffect } from 'react'
import { getPasskey } from 'sallyport/client'
import type { UseSession } from 'sallyport/client/react'
import { Button, focus, hasPasskeys, typed } from './parts.tsx'
import { ask, askForCode } from './question.ts'
import { client } from './session.ts'
import { t } from './texts.ts'

/** The form to sign in. The browser offers passkeys in the field for the username. */
export function SignIn({ session: { signIn, run } }: { session: UseSession }) {
  useEffect(() => {
    const controller = new AbortController()
    const offer = (): Promise<unknown> =>
      client.autofill({ signal: controller.signal }).catch(async error => {
        await run(() => Promise.reject(error))
        return await offer()
      })
    offer()
    return () => controller.abort()
  }, [run])

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { username = '', password = '' } = Object.fromEntries(new FormData(event.currentTarget)) as Record<
      string,
      string
    >
    signIn({ username, password, secondFactor: ask })
  }
  function mail({ currentTarget: { form } }: MouseEvent<HTMLButtonElement>) {
    const field = form?.elements.namedItem('username') as HTMLInputElement
    if (field.reportValidity()) signIn({ username: field.value, emailCode: askForCode, secondFactor: ask })
  }
  return (
    <form onSubmit={submit}>
      <h1>{t.signIn}</h1>
      <label htmlFor="username">{t.username}</label>
      <input id="username" name="username" autoComplete="username webauthn" ref={focus} {...typed} />
      <label htmlFor="password">{t.password}</label>
      <input id="password" name="password" type="password" autoComplete="current-password" required />
      <button type="submit">{t.signIn}</button>
      {hasPasskeys && <Button onClick={() => signIn({ passkey: getPasskey })}>{t.withPasskey}</Button>}
      <Button onClick={mail}>{t.mailCode}</Button>
    </form>
  )
}
