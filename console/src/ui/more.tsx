import type { ComponentChildren } from 'preact'
import { deviceOf } from '../device.ts'

/** A short text that opens to the whole one, by keyboard, mouse and touch. */
export const More = ({ short, children }: { short: ComponentChildren; children: ComponentChildren }) => (
  <details class="more">
    <summary>{short}</summary>
    {children}
  </details>
)

/** The device of a User-Agent header in short. */
export function Device({ userAgent }: { userAgent: string | null }) {
  const short = deviceOf(userAgent)
  return userAgent === null || short === userAgent ? <>{short}</> : <More short={short}>{userAgent}</More>
}

const isLong = /^[\w-]{32,}$/

/** A value that may be a long id, which is shown in short. */
export const Value = ({ text }: { text: string }) =>
  isLong.test(text) ? (
    <More short={<code>{`${text.slice(0, 8)}…${text.slice(-4)}`}</code>}>
      <code>{text}</code>
    </More>
  ) : (
    <>{text}</>
  )
