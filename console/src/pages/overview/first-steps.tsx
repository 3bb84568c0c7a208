import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { texts } from '../../texts.ts'
import { Copy, Section } from '../../ui.ts'
import { can } from '../../who.ts'
import { type Preset, presets, queryOf } from '../clients/presets.ts'
import { code } from './code.ts'

const t = texts.overview.steps

/** What to do next on a server that is new. */
export const FirstSteps = ({ issuer }: { issuer: string }) => (
  <Section title={t.title}>
    <ol class="steps">
      {can('users:write') && (
        <li>
          <Link href="/accounts/invite">{texts.accounts.invite}</Link>
        </li>
      )}
      {can('clients:write') && (
        <li>
          {t.register}
          <div class="actions">
            {Object.entries<Preset>(presets).map(([name, preset]) => (
              <Link key={name} href={`/clients/new?${queryOf(preset)}`} class="button">
                {t.kinds[name as keyof typeof presets]}
              </Link>
            ))}
          </div>
          <p class="hint">{t.registerHint}</p>
        </li>
      )}
      <li>
        {t.use}
        <Code issuer={issuer} />
      </li>
    </ol>
  </Section>
)

function Code({ issuer }: { issuer: string }) {
  const [shown, show] = useState('curl')
  const text = code[shown]?.(issuer) ?? ''
  return (
    <>
      <div class="actions">
        {Object.keys(code).map(name => (
          <button key={name} type="button" aria-pressed={name === shown} onClick={() => show(name)}>
            {name}
          </button>
        ))}
      </div>
      <pre>{text}</pre>
      <Copy text={text} about={shown} />
      {(shown === 'JavaScript' || shown === 'React') && <p class="hint">{t.useHint}</p>}
    </>
  )
}
