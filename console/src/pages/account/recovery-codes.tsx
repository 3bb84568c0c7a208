import { useEffect, useMemo } from 'preact/hooks'
import { server } from '../../place.ts'
import { texts } from '../../texts.ts'
import { Action, Copy, Page } from '../../ui.ts'

const t = texts.account.codes

/** The recovery codes, which the server shows only once, and ways to keep them. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => Promise<void> }) {
  const heading = t.heading(new URL(server).host)
  const text = codes.join('\n')
  const file = useMemo(() => URL.createObjectURL(new Blob([`${heading}\n\n${text}\n`])), [text])
  useEffect(() => () => URL.revokeObjectURL(file), [file])
  return (
    <Page title={t.title}>
      <p>{t.hint}</p>
      <div class="codes">
        <h2>{heading}</h2>
        <ol>
          {codes.map(code => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
      </div>
      <div class="actions">
        <Copy text={text} />
        <Action label={t.print} run={async () => window.print()} />
        <a class="button" href={file} download={t.fileName}>
          {t.save}
        </a>
        <Action label={t.done} look="main" run={onDone} />
      </div>
    </Page>
  )
}
