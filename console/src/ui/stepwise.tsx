import { useEffect, useRef, useState } from 'preact/hooks'
import { texts } from '../texts.ts'
import { useAction } from './action.tsx'
import { notify } from './notices.tsx'

/**
 * A button for work that takes many requests. It says how far the work is, in the words of `progress`, and the person
 * can cancel it; then `run` has to throw.
 */
export function Stepwise(props: {
  label: string
  progress: (done: number) => string
  run(signal: AbortSignal, report: (done: number) => void): Promise<void>
}) {
  const { label, progress, run } = props
  const button = useRef<HTMLButtonElement>(null)
  const running = useRef<AbortController>()
  const [done, setDone] = useState(0)
  const [isBusy, act] = useAction(async () => {
    const control = new AbortController()
    running.current = control
    setDone(0)
    try {
      await run(control.signal, setDone)
    } catch (error) {
      if (!control.signal.aborted) throw error
      notify(texts.common.cancelled)
    }
  })
  useEffect(() => () => running.current?.abort(), [])
  return (
    <div class="actions">
      <button ref={button} type="button" aria-disabled={isBusy} onClick={act}>
        {isBusy ? texts.common.working : label}
      </button>
      {isBusy && (
        <>
          <button
            type="button"
            onClick={() => {
              running.current?.abort()
              button.current?.focus()
            }}
          >
            {texts.common.cancel}
          </button>
          <p class="hint">{progress(done)}</p>
        </>
      )}
    </div>
  )
}
