import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'
import { texts } from '../../texts.ts'
import { Page } from '../../ui.ts'
import { mustEnrol } from '../../who.ts'

const t = texts.account
type TabName = keyof typeof t.tabs
const names = Object.keys(t.tabs) as TabName[]

/** A page of the account with the links to its other pages. */
export function TabPage({ tab, children }: { tab: TabName; children: ComponentChildren }) {
  if (mustEnrol.value) return <Page title={t.security.enrolTitle}>{children}</Page>
  return (
    <Page title={`${t.title}: ${t.tabs[tab]}`}>
      <nav class="tabs" aria-label={t.title}>
        {names.map(name => (
          <Link
            key={name}
            href={name === 'profile' ? '/account' : `/account/${name}`}
            aria-current={name === tab ? 'page' : undefined}
          >
            {t.tabs[name]}
          </Link>
        ))}
      </nav>
      {children}
    </Page>
  )
}
