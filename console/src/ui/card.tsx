import type { ComponentChildren } from 'preact'
import { site } from '../site.ts'
import { Page } from './page.tsx'

/** A page that asks for one thing, such as a login: a card in the middle that says whose site it is. */
export const Card = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <div class="card">
    <p class="site">{site}</p>
    <Page title={title}>{children}</Page>
  </div>
)
