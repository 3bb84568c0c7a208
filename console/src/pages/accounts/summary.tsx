import type { Ref } from 'preact'
import type { User } from '../../api.ts'
import { explain } from '../../explain.ts'
import { texts } from '../../texts.ts'
import type { Outcome } from './change-all.ts'

const t = texts.accounts

/** The result for the selected accounts: which were changed, and why others were not. */
export function Summary({ disabled, of, focus }: { disabled: boolean; of: Outcome<User>; focus: Ref<HTMLDivElement> }) {
  const { changed, refused, left, error } = of
  const count = changed.length
  return (
    <div ref={focus} tabIndex={-1} class="summary">
      <h3>{t.outcome}</h3>
      <p>{count === 0 ? t.didNone : (disabled ? t.didDisable : t.didEnable)(count)}</p>
      {refused.length > 0 && (
        <>
          <p class="fault">{t.refused}</p>
          <ul>
            {refused.map(({ account, error }) => (
              <li key={account.id}>
                {account.username}: {explain(error)}
              </li>
            ))}
          </ul>
        </>
      )}
      {left.length > 0 && <p class="fault">{t.left(left.length, explain(error))}</p>}
    </div>
  )
}
