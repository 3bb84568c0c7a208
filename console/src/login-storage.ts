import type { TokenStorage } from '@sallyport/client'
import { server } from './place.ts'
import { ofBrowser, ofTab } from './storage.ts'

/** The login of this tab, which a duplicate of the tab has too, because a browser copies its sessionStorage. */
interface OfTab {
  /** Names the channel of the duplicates. */
  id: string
  /** When the login was stored: of two copies, the later one counts. */
  at: number
  /** Empty after a sign-out here while the browser keeps another login, which must not take the place of this one. */
  login: string
}

/** A message to the duplicates of the tab. */
interface Told extends OfTab {
  /** Whether the person has signed out. */
  isLeft?: boolean
}

const key = `sallyport ${server} console`

/** The login that the browser keeps, for a moment before a sign-out removes it: it tells the other tabs. */
const left = 'left'

/** How long to wait for a duplicate with a later copy, in milliseconds. */
const answerMs = 100
/** An answer counts for this time: less than the 30 seconds (REFRESH_GRACE) that a used refresh token is accepted. */
const answeredMs = 10_000

/** Reads `text`, and returns `undefined` if it is damaged. */
function parsed<T>(text: string, isWhole: (value: T) => boolean): T | undefined {
  try {
    const value = JSON.parse(text) as T
    return isWhole(value) ? value : undefined
  } catch {}
}

interface Stored {
  username: string
  scope: string
  accessToken: string
  refreshToken?: string
  refreshAt: number
}

/** The login that is stored as `text`. Only one that can do nothing but add a factor has no refresh token. */
const loginIn = (text: string) =>
  parsed<Stored>(
    text,
    ({ username, scope, accessToken, refreshToken, refreshAt }) =>
      [username, scope, accessToken].every(value => typeof value === 'string') &&
      (typeof refreshToken === 'string' || scope === 'factors') &&
      Number.isFinite(refreshAt)
  )

/**
 * Stores the login for this tab, which a reload keeps or, if `isKept` says so when the person signs in, for all tabs
 * of the browser, also after it was closed. Duplicates of a tab exchange every new value of the login they share: each
 * would otherwise use a refresh token that the other has used before, which ends the login. `undefined` where the
 * browser denies storage.
 */
export function createLoginStorage({
  isKept,
  isLeaving,
  onLeft,
  onReplaced
}: {
  isKept: () => boolean
  /** Whether a login is removed because the person signs out. */
  isLeaving: () => boolean
  /** Called before the login of this tab is removed because the person has signed out in another one. */
  onLeft: () => void
  /** Called with the login that the browser kept until the person chose another one in a tab that did not have it. */
  onReplaced: (login: string) => void
}): TokenStorage | undefined {
  if (!ofTab || !ofBrowser) return undefined
  const [tab, browser] = [ofTab, ofBrowser]
  const listeners = new Set<() => void>()
  let channel: BroadcastChannel | undefined
  let askedAt = 0
  let answer: Promise<void> | undefined
  let onAnswer = () => {}
  /** The copy of a duplicate that could not be stored. */
  let unsaved: OfTab | undefined

  function ownLogin(): OfTab | undefined {
    if (unsaved) return unsaved
    const text = tab.getItem(key)
    if (text === null) return undefined
    const own = parsed<OfTab>(
      text,
      ({ id, at, login }) => typeof id === 'string' && Number.isFinite(at) && (login === '' || Boolean(loginIn(login)))
    )
    if (!own) tab.removeItem(key)
    return own
  }

  function keptLogin(): string | null {
    const text = browser.getItem(key)
    if (text === null || loginIn(text)) return text
    browser.removeItem(key)
    return null
  }

  function save({ id, at, login }: OfTab) {
    // Before the channel of the duplicates is left.
    if (login || keptLogin() !== null) tab.setItem(key, JSON.stringify({ id, at, login }))
    else tab.removeItem(key)
    unsaved = undefined
    listen(id)
  }

  function listen(id: string) {
    const name = `${key} ${id}`
    if (channel?.name === name) return
    channel?.close()
    channel = new BroadcastChannel(name)
    channel.onmessage = ({ data }: MessageEvent<Told>) => {
      const own = ownLogin()
      if (!own || own.at > data.at) {
        if (own) channel?.postMessage(own)
        return
      }
      if (own.at === data.at) return
      if (data.isLeft) onLeft()
      try {
        save(data)
      } catch {
        // The storage is full. The login would end if this tab used its former refresh token again.
        unsaved = data
      }
      onAnswer()
      for (const notify of listeners) notify()
    }
  }

  /** Resolves when a duplicate has sent a later copy, or none did. A duplicate may have been frozen or discarded. */
  const ask = (own: OfTab) =>
    new Promise<void>(resolve => {
      onAnswer = resolve
      setTimeout(resolve, answerMs)
      channel?.postMessage(own)
    })

  /** The newest value that this tab has sent, which its storage does not have while it is full. */
  let sent: OfTab | undefined
  const next = (own: OfTab | undefined) => Math.max(Date.now(), (own?.at ?? 0) + 1, (sent?.at ?? 0) + 1)

  const first = ownLogin()
  if (first) listen(first.id)
  addEventListener('storage', event => {
    if (event.key === key && event.newValue === left && !ownLogin()) onLeft()
  })

  return {
    get() {
      const own = ownLogin()
      if (!own) return keptLogin()
      const login = loginIn(own.login)
      if (!login || login.refreshAt > Date.now()) return own.login
      if (!answer || Date.now() > askedAt + answeredMs) {
        askedAt = Date.now()
        answer = ask(own)
      }
      return answer.then(() => ownLogin()?.login)
    },

    set(_, login) {
      const own = ownLogin()
      const kept = keptLogin()
      const isNew = own ? !own.login : kept === null
      if (isNew ? isKept() : !own) {
        // In this order: when the browser cannot keep the login, the tab still has its own.
        browser.setItem(key, login)
        tab.removeItem(key)
        unsaved = undefined
        if (isNew && kept !== null) onReplaced(kept)
        return
      }
      const id = isNew || !own ? crypto.getRandomValues(new Uint32Array(4)).join('-') : own.id
      // The client tries again to store what a full storage did not take: a duplicate may have a later login by then.
      const changed = login === sent?.login && id === sent.id ? sent : { id, at: next(own), login }
      sent = changed
      // First, because the storage may be full: a duplicate would then use the refresh token that was used here.
      if (!isNew) channel?.postMessage(changed)
      save(changed)
    },

    remove() {
      const own = ownLogin()
      if (!own) {
        if (isLeaving() && keptLogin() !== null) browser.setItem(key, left)
        return browser.removeItem(key)
      }
      const gone = { ...own, at: next(own), login: '' }
      sent = gone
      save(gone)
      channel?.postMessage({ ...gone, isLeft: isLeaving() })
    },

    onChange(listener) {
      listeners.add(listener)
      addEventListener('storage', listener)
      return () => {
        listeners.delete(listener)
        removeEventListener('storage', listener)
      }
    },

    lockName: 'console',
    keys: 'indexedDB'
  }
}
