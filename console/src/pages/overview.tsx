import { texts } from '../texts.ts'
import { Page } from '../ui/page.tsx'

const t = texts.overview

export const Overview = () => <Page title={t.title}>…</Page>
