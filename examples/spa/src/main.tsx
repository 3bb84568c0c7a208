import { StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { useSession } from 'sallyport/client/react'
import { Account } from './account.tsx'
import { Confirm } from './confirm.tsx'
import { cancel, useQuestion } from './question.ts'
import { client } from './session.ts'
import { SignIn } from './sign-in.tsx'
import './style.css'
import { explain, t } from './texts.ts'

function App() {
  const session = useSession(client)
  const question = useQuestion()
  const [isEnrolled, setEnrolled] = useState(false)
  const { isLoading, isSignedIn, isBusy, error, run } = session
  // Another tab may sign in or out.
  useEffect(() => cancel, [isSignedIn])
  if (isLoading) return null
  const { refused } = question ?? {}
  const failed = error ?? (refused && { ...refused, code: refused.error, message: refused.description })
  return (
    <>
      {question && <Confirm question={question} run={run} />}
      <div hidden={question !== undefined} aria-busy={isBusy}>
        {isSignedIn ? <Account session={session} onEnrolled={() => setEnrolled(true)} /> : <SignIn session={session} />}
      </div>
      <p id="message" role="status">
        {failed ? explain(failed) : isEnrolled && !isSignedIn && t.enrolled}
      </p>
    </>
  )
}

createRoot(document.querySelector('main') as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>
)
