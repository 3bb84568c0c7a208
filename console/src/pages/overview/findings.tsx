import type { components } from '../../openapi.d.ts'
import { texts } from '../../texts.ts'
import { Badge, Section } from '../../ui/page.tsx'

const t = texts.overview

/** The findings of `sallyport doctor` about the settings. */
export const Findings = ({ findings }: Pick<components['schemas']['Overview'], 'findings'>) => (
  <Section title={t.findings}>
    <ul class="findings">
      {findings.map(({ check, level, text }) => (
        <li key={check + text}>
          <Badge kind={level === 'error' ? 'bad' : 'plain'}>{t.levels[level]}</Badge> <strong>{check}</strong>: {text}
        </li>
      ))}
    </ul>
    <p class="hint">{t.moreChecks}</p>
  </Section>
)
