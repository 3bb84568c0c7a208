import { useEffect, useRef, useState } from 'preact/hooks'
import { api, ok, type User } from '../../api.ts'
import { explain } from '../../explain.ts'
import { texts } from '../../texts.ts'
import { Action, notify, Section } from '../../ui.ts'
import { changeAll, type Outcome } from './change-all.ts'

const t = texts.accounts

/** The actions on the selected accounts, their progress and their result. */
export function Selection(props: {
  accounts: User[]
  ownId: string | undefined
  select: (accounts: User[]) => void
  onChange: (changed: User[]) => void
}) {
  const { accounts, ownId, select, onChange } = props
  const [progress, setProgress] = useState<{ done: number; total: number }>()
  const [outcome, setOutcome] = useState<string[]>()
  const latest = useRef(onChange)
  latest.current = onChange
  const summary = useRef<HTMLDivElement>(null)
  useEffect(() => summary.current?.focus(), [outcome])

  async function change(asked: User[], disabled: boolean) {
    if (progress) return
    // The own account comes last, because the login ends with it.
    const inTurn = [...asked].sort((a, b) => Number(a.id === ownId) - Number(b.id === ownId))
    setProgress({ done: 0, total: asked.length })
    const of = await changeAll(
      inTurn,
      ({ id }) => ok(api.PATCH('/users/{id}', { params: { path: { id } }, body: { disabled } })),
      done => setProgress({ done, total: asked.length })
    )
    setProgress(undefined)
    setOutcome(sentencesOf(disabled, of))
    latest.current(of.changed)
    select([...of.refused.map(({ account }) => account), ...of.left])
    return of
  }

  async function run(asked: User[], disabled: boolean) {
    const of = await change(asked, disabled)
    if (!of) return
    const { changed } = of
    const text = did(disabled, changed.length)
    if (changed.length === 0) return notify(text)
    notify(text, async () => {
      const undone = await change(changed, !disabled)
      const error = undone?.error ?? undone?.refused[0]?.error
      if (error) throw error
    })
  }

  async function clear() {
    setOutcome(undefined)
    select([])
  }

  const enabled = accounts.filter(({ disabled }) => !disabled)
  const disabled = accounts.filter(account => account.disabled)
  if (accounts.length === 0 && !progress && !outcome) return null
  return (
    <Section
      title={t.selected(accounts.length)}
      actions={
        <>
          {enabled.length > 0 && <Action label={t.disableMany(enabled.length)} run={() => run(enabled, true)} />}
          {disabled.length > 0 && <Action label={t.enableMany(disabled.length)} run={() => run(disabled, false)} />}
          <Action label={t.clear} look="quiet" run={clear} />
        </>
      }
    >
      {progress && (
        <label class="progress">
          <progress value={progress.done} max={progress.total} /> {t.progress(progress.done, progress.total)}
        </label>
      )}
      {enabled.length > 0 && <p>{t.disableDeletes}</p>}
      {accounts.some(({ id }) => id === ownId) && <p>{t.ownSelected}</p>}
      {outcome && (
        <div ref={summary} tabIndex={-1}>
          <h3>{t.outcome}</h3>
          <ul>
            {outcome.map(sentence => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </div>
      )}
    </Section>
  )
}

/** The result in sentences: how many were changed, and why others were not. */
const sentencesOf = (disabled: boolean, { changed, refused, left, error }: Outcome<User>) => [
  did(disabled, changed.length),
  ...refused.map(({ account, error }) => `${account.username}: ${explain(error)}`),
  ...(left.length > 0 ? [t.left(left.length, explain(error))] : [])
]

const did = (disabled: boolean, count: number) =>
  count === 0 ? t.didNone : (disabled ? t.didDisable : t.didEnable)(count)
