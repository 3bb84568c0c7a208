import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { moment } from '../intl.ts'
import { site } from '../site.ts'
import { texts } from '../texts.ts'

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

/** A table that scrolls by itself where the window is narrow. `label` names it for screen readers. */
export function Table(props: { label: string; columns: ComponentChildren[]; children: ComponentChildren }) {
  const { label, columns, children } = props
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
    <section class="table" aria-label={label} tabIndex={0}>
      <table>
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
    </section>
  )
}

/** A time of the API in the format and the time zone of the browser, within a sentence. */
export const timeText = (at: string) => moment.format(new Date(at))

/** The same by itself. */
export function Time({ at }: { at: string | null | undefined }) {
  if (!at) return <>{texts.common.never}</>
  return (
    <time dateTime={at} title={at}>
      {timeText(at)}
    </time>
  )
}
