import { Link } from 'wouter-preact'
import { texts } from '../texts.ts'
import { Page } from '../ui/page.tsx'

/** The page of an address that has none. */
export const NotFound = () => (
  <Page title={texts.common.notFoundTitle}>
    <p>{texts.common.notFound}</p>
    <Link href="/">{texts.common.home}</Link>
  </Page>
)
