import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'
import { texts } from '../../texts.ts'
import { Page } from '../../ui/page.tsx'
import { mustEnrol } from '../../who.ts'

const t = texts.account
type TabName = keyof typeof t.tabs

const places: [TabName, path: string][] = [
  ['profile', '/account'],
  ['password', '/account/password'],
  ['security', '/account/security'],
  ['tokens', '/account/tokens'],
  ['logins', '/account/logins'],
  ['activity', '/account/activity']
]

/** A page of the account with the links to its other pages. */
export function TabPage({ tab, children }: { tab: TabName; children: ComponentChildren }) {
  if (mustEnrol.value) return <Page title={t.security.enrolTitle}>{children}</Page>
  return (
    <Page title={`${t.title}: ${t.tabs[tab]}`}>
      <nav class="tabs" aria-label={t.title}>
        {places.map(([name, path]) => (
          <Link key={name} href={path} aria-current={name === tab ? 'page' : undefined}>
            {t.tabs[name]}
          </Link>
        ))}
      </nav>
      {children}
    </Page>
  )
}
