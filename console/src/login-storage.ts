import type { TokenStorage } from '../../src/client.ts'
import { server } from './place.ts'

/** The login of this tab, which a duplicate of the tab has too, because a browser copies its sessionStorage. */
interface OfTab {
  /** Names the channel of the duplicates. */
  id: string
  /** When the login was stored: of two copies, the later one counts. */
  at: number
  /** Empty after a sign-out here while the browser keeps another login, which must not take the place of this one. */
  login: string
}

const key = `sallyport ${server} console`

/** How long to wait for a duplicate with a later copy, in milliseconds. */
const answerMs = 100
/** An answer counts for this time: less than the 30 seconds (REFRESH_GRACE) that a used refresh token is accepted. */
const answeredMs = 10_000

const ofTab = () => JSON.parse(sessionStorage.getItem(key) ?? 'null') as OfTab | null

/** Whether the access token of a stored login is about to be replaced. */
const isDue = (login: string) => JSON.parse(login).refreshAt <= Date.now()

/**
 * Stores the login for this tab, which a reload keeps or, if `isKept` says so when the person signs in, for all tabs
 * of the browser, also after it was closed. Duplicates of a tab exchange every new value of the login they share: each
 * would otherwise use a refresh token that the other has used before, which ends the login.
 */
export function createLoginStorage(isKept: () => boolean): TokenStorage {
  const listeners = new Set<() => void>()
  let channel: BroadcastChannel | undefined
  let askedAt = 0
  let answer: Promise<void> | undefined
  let onAnswer = () => {}

  function save(own: OfTab) {
    // Before the channel of the duplicates is left.
    if (own.login || localStorage.getItem(key) !== null) sessionStorage.setItem(key, JSON.stringify(own))
    else sessionStorage.removeItem(key)
    listen(own.id)
  }

  function listen(id: string) {
    const name = `${key} ${id}`
    if (channel?.name === name) return
    channel?.close()
    channel = new BroadcastChannel(name)
    channel.onmessage = ({ data }: MessageEvent<OfTab>) => {
      const own = ofTab()
      if (!own || own.at > data.at) {
        if (own) channel?.postMessage(own)
        return
      }
      if (own.at === data.at) return
      save(data)
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

  const first = ofTab()
  if (first) listen(first.id)

  return {
    get() {
      const own = ofTab()
      if (!own) return localStorage.getItem(key)
      if (!own.login || !isDue(own.login)) return own.login
      if (!answer || Date.now() > askedAt + answeredMs) {
        askedAt = Date.now()
        answer = ask(own)
      }
      return answer.then(() => ofTab()?.login)
    },

    set(_, login) {
      const own = ofTab()
      const isFree = localStorage.getItem(key) === null
      const isNew = own ? !own.login : isFree
      // A login that the browser keeps already belongs to the other tabs.
      if (isNew ? isKept() && isFree : !own) {
        sessionStorage.removeItem(key)
        localStorage.setItem(key, login)
        return
      }
      const at = Math.max(Date.now(), (own?.at ?? 0) + 1)
      const id = isNew || !own ? crypto.getRandomValues(new Uint32Array(4)).join('-') : own.id
      save({ id, at, login })
      channel?.postMessage({ id, at, login })
    },

    remove() {
      const own = ofTab()
      if (!own) return localStorage.removeItem(key)
      const gone = { ...own, at: own.at + 1, login: '' }
      save(gone)
      channel?.postMessage(gone)
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
