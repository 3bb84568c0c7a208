import { useState } from 'preact/hooks'
import { texts } from '../../texts.ts'
import { Checks, Field, Select } from '../../ui.ts'

const t = { ...texts.common, ...texts.tokens }
const secondsOf = (days: number) => String(days * 86_400)

/** The fields for a new personal access token, which can have these scopes and be for one of these APIs. */
export function NewTokenFields({ scopes, resources }: { scopes: string[]; resources: string[] }) {
  const [lifetime, setLifetime] = useState(secondsOf(90))
  return (
    <>
      <Field name="name" label={t.name} hint={t.nameHint} autocomplete="off" maxLength={64} required autoFocus />
      {scopes.length === 0 ? (
        <p class="hint">{t.noScopes}</p>
      ) : (
        <Checks
          name="scopes"
          label={t.scopes}
          hint={t.scopesHint}
          options={scopes.map(scope => [scope, <code key={scope}>{scope}</code>])}
          values={[]}
        />
      )}
      {resources.length > 0 && (
        <Select
          name="resource"
          label={t.resource}
          options={[['', t.anyResource], ...resources.map((id): [string, string] => [id, id])]}
        />
      )}
      <Select
        name="expires_in"
        label={t.lifetime}
        options={[30, 90, 180, 365].map(days => [secondsOf(days), t.days(days)])}
        value={lifetime}
        onChange={setLifetime}
      />
    </>
  )
}
