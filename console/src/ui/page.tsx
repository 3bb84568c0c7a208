import { signal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { ageOf, exact, moment, second } from '../intl.ts'
import { site } from '../site.ts'
import { texts } from '../texts.ts'
import { More } from './more.tsx'

let isFirstPage = true

/** A page: its title in the browser and as a heading, which takes the focus after navigation, and its actions. */
export function Page(props: { title: string; actions?: ComponentChildren; children: ComponentChildren }) {
  const { title, actions, children } = props
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · ${site}`
  }, [title])
  useEffect(() => {
    if (!isFirstPage) heading.current?.focus()
    isFirstPage = false
  }, [])
  return (
    <>
      <header class="page">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  )
}

/** A part of a page with a heading of its own, and a hint about all of it. */
export function Section(props: {
  title: string
  hint?: string | false | undefined
  actions?: ComponentChildren
  children?: ComponentChildren
}) {
  const { title, hint, actions, children } = props
  return (
    <section>
      <header>
        <h2>{title}</h2>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {hint && <p class="hint">{hint}</p>}
      {children}
    </section>
  )
}

/** Names and values. A name without a value, or with `false`, is left out. */
export const Facts = ({ items }: { items: [name: string, value: ComponentChildren][] }) => (
  <dl>
    {items.map(
      ([name, value]) =>
        (value ?? false) !== false && (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        )
    )}
  </dl>
)

/** The text of an empty list: why it is empty, and what to do next. */
export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>

/** A word that stands out, such as a state. */
export const Badge = (props: { kind?: 'good' | 'bad' | 'plain'; children: ComponentChildren }) => (
  <span class={`badge ${props.kind ?? 'plain'}`}>{props.children}</span>
)

/**
 * A column of a table: its name, and its cell in the row of an item; `row` if the cell names the row. `head` takes the
 * place of the name above the column. If one is `below`, a row with little room is a card without names: `row` and `top`
 * make its first line, `below` the second, and the other columns are left out.
 */
export type Column<T> = [
  name: string,
  cell: (item: T) => ComponentChildren,
  place?: 'row' | 'top' | 'below' | '',
  head?: ComponentChildren
]

/** What a table shows: `label` names it for screen readers, and `by` is the member that tells its items apart. */
export interface TableOf<T> {
  label: string
  items: T[]
  by?: keyof T
  columns: (Column<T> | false)[]
  /** The text in place of a table without items: why it is empty, and what to do next. */
  empty?: ComponentChildren
}

/** The role of a part of a table, which it would otherwise lose when a style makes a block of it. */
const as = (role: JSX.AriaRole) => ({ role })

/**
 * A table. If it has four or more columns but little room, each row is a block (style.css), in which the name of the
 * column stands beside each value, or a card.
 */
export function Table<T>({ label, items, by, columns, empty }: TableOf<T>) {
  if (items.length === 0 && empty) return <Empty>{empty}</Empty>
  const shown = columns.filter(column => column !== false)
  return (
    <div
      class={shown.some(([, , place]) => place === 'below') ? 'table cards' : shown.length > 3 ? 'table wide' : 'table'}
    >
      <table {...as('table')} aria-label={label}>
        <thead {...as('rowgroup')}>
          <tr {...as('row')}>
            {shown.map(([name, , place, head]) => (
              <th
                key={name}
                class={place || undefined}
                scope="col"
                {...as('columnheader')}
                aria-label={head ? name : undefined}
              >
                {head ?? name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...as('rowgroup')}>
          {items.map((item, at) => (
            <tr key={by === undefined ? at : String(item[by])} {...as('row')}>
              {shown.map(([name, cell, place]) => {
                const scope = place === 'row' ? place : undefined
                const Cell = scope ? 'th' : 'td'
                return (
                  <Cell
                    key={name}
                    class={place || undefined}
                    {...as(scope ? 'rowheader' : 'cell')}
                    scope={scope}
                    data-label={name}
                  >
                    {cell(item)}
                  </Cell>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A time of the API in the format and the time zone of the browser, within a sentence. */
export const timeText = (at: string) => moment.format(new Date(at))

/** The time of the last full minute: what shows it renders again, so that ages grow on an open page. */
const minute = signal(0)
setInterval(() => {
  minute.value = Date.now()
}, 60_000)

/** How long ago a time is, which opens to the exact time. */
export function Time({ at }: { at: string | null | undefined }) {
  if (!at) return texts.common.never
  return (
    <More short={<time dateTime={at}>{ageOf(Date.parse(at), Math.max(minute.value, Date.now()))}</time>}>
      {exact.format(new Date(at))}
    </More>
  )
}

/** An exact time, for lists in which people compare times. */
export const Moment = ({ at }: { at: string }) => <time dateTime={at}>{second.format(new Date(at))}</time>

/** A page that asks for one thing, such as a login: a card in the middle that says whose site it is. */
export const Card = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <div class="card">
    <p class="site">{site}</p>
    <Page title={title}>{children}</Page>
  </div>
)

/** The page of an address that has none. */
export const NotFound = () => (
  <Card title={texts.common.notFoundTitle}>
    <p>{texts.common.notFound}</p>
    <Link href="/">{texts.common.home}</Link>
  </Card>
)
