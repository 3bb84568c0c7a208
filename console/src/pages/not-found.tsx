import { Link } from 'wouter-preact'
import { texts } from '../texts.ts'
import { Card } from '../ui/card.tsx'

/** The page of an address that has none. */
export const NotFound = () => (
  <Card title={texts.common.notFoundTitle}>
    <p>{texts.common.notFound}</p>
    <Link href="/">{texts.common.home}</Link>
  </Card>
)
