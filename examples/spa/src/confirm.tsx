import { type FormEvent, useState } from 'react'
import { getPasskey } from 'sallyport/client'
import type { UseSession } from 'sallyport/client/react'
import { Button, focus, hasPasskeys, typed } from './parts.tsx'
import type { Question } from './question.ts'
import { t } from './texts.ts'

/** How the user types each factor, by its name at the server, and the answer that the client wants. */
const kinds = {
  otp: { inputMode: 'numeric', autoComplete: 'one-time-code', name: 'otp' },
  recovery_code: { autoComplete: 'off', name: 'recoveryCode' },
  password: { type: 'password', autoComplete: 'current-password', name: 'password' },
  email_code: { inputMode: 'numeric', autoComplete: 'one-time-code', name: 'email_code' }
} as const
type Kind = keyof typeof kinds

/** Asks for a factor, first for the one that most users have. */
export function Confirm({ question, run }: { question: Question; run: UseSession['run'] }) {
  const { factors, passkey, acr, answer, cancel } = question
  const offered = (Object.keys(kinds) as Kind[]).filter(kind => factors.includes(kind))
  // Only a step-up takes the password, and that of an account without a second factor asks for no `acr`.
  const [kind = 'otp', setKind] = useState(acr || !offered.includes('password') ? offered[0] : 'password')
  const other = offered[(offered.indexOf(kind) + 1) % offered.length] ?? kind
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    answer(Object.fromEntries(new FormData(event.currentTarget)))
  }
  return (
    <form onSubmit={submit}>
      <h1>{t.confirm}</h1>
      <label id="code-label" htmlFor="code">
        {t.kinds[kind][0]}
      </label>
      <input id="code" key={kind} ref={focus} {...typed} {...kinds[kind]} />
      <button type="submit">{t.next}</button>
      {other !== kind && <Button onClick={() => setKind(other)}>{t.kinds[other][1]}</Button>}
      {passkey && hasPasskeys && (
        <Button onClick={() => run(async () => answer({ passkey: await getPasskey(passkey) }))}>{t.usePasskey}</Button>
      )}
      <Button onClick={cancel}>{t.cancel}</Button>
    </form>
  )
}
