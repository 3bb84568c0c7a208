import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { ageOf } from '../ages.ts'
import { exact, moment, second } from '../intl.ts'
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

/** A part of a page with a heading of its own. */
export function Section(props: { title: string; actions?: ComponentChildren; children: ComponentChildren }) {
  const { title, actions, children } = props
  return (
    <section>
      <header>
        <h2>{title}</h2>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </section>
  )
}

/** Names and values. A value that is missing is shown as "None". */
export function Facts({ items }: { items: [name: string, value: ComponentChildren][] }) {
  return (
    <dl>
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? texts.common.none}</dd>
        </div>
      ))}
    </dl>
  )
}

/** The text of an empty list: why it is empty, and what to do next. */
export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>

/** A word that stands out, such as a state. */
export const Badge = (props: { kind?: 'good' | 'bad' | 'plain'; children: ComponentChildren }) => (
  <span class={`badge ${props.kind ?? 'plain'}`}>{props.children}</span>
)

/** The roles of the parts of a table, by their scope or name; the others are groups of rows. */
const roles: Record<string, string> = { tr: 'row', td: 'cell', row: 'rowheader', col: 'columnheader' }

/**
 * A table. `label` names it for screen readers. If it has four or more columns but little room, each row is a block
 * (style.css), in which the name of the column stands beside each value. The roles stay those of a table.
 */
export function Table(props: { label: string; columns: ComponentChildren[]; children: ComponentChildren }) {
  const { label, columns, children } = props
  const table = useRef<HTMLTableElement>(null)
  useLayoutEffect(() => {
    if (!table.current) return
    table.current.role = 'table'
    const names = table.current.tHead?.rows[0]?.cells
    for (const part of table.current.querySelectorAll('thead, tbody, tr, th, td')) {
      part.role = roles[part.getAttribute('scope') ?? part.localName] ?? 'rowgroup'
      if (part instanceof HTMLTableCellElement) part.dataset.label = names?.[part.cellIndex]?.textContent ?? ''
    }
  })
  return (
    <div class={`table${columns.length > 3 ? ' wide' : ''}`}>
      <table ref={table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column, at) => (
              <th key={at} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

/** A time of the API in the format and the time zone of the browser, within a sentence. */
export const timeText = (at: string) => moment.format(new Date(at))

/** How long ago a time is, which opens to the exact time. */
export function Time({ at }: { at: string | null | undefined }) {
  return at ? <Age at={at} /> : texts.common.never
}

/** The time of the last full minute: what shows it renders again, so that ages grow on an open page. */
const minute = signal(0)
setInterval(() => {
  minute.value = Date.now()
}, 60_000)

const Age = ({ at }: { at: string }) => (
  <More short={<time dateTime={at}>{ageOf(Date.parse(at), Math.max(minute.value, Date.now()))}</time>}>
    {exact.format(new Date(at))}
  </More>
)

/** An exact time, for lists in which people compare times. */
export const Moment = ({ at }: { at: string }) => <time dateTime={at}>{second.format(new Date(at))}</time>
