import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { api, ok, type User } from './api.ts'
import { server } from './place.ts'
import { site } from './site.ts'
import { texts } from './texts.ts'
import { Suggestion } from './ui/suggestion.tsx'
import { asTyped, clearOldNotice, Notices, notify, useAction, useLoad } from './ui.ts'
import { can, logOut, mustEnrol, user } from './who.ts'

const t = texts.shell

/** The pages of the navigation, and the scope that each needs. */
const places = [
  ['/overview', texts.overview.title, 'audit:read'],
  ['/accounts', texts.accounts.title, 'users:read'],
  ['/clients', texts.clients.title, 'clients:read'],
  ['/audit', texts.audit.title, 'audit:read'],
  ['/keys', texts.keys.title, 'keys:read'],
  ['/webhooks', texts.webhooks.title, 'webhooks:write']
] as const

/** The scopes that each let a person search. */
const findable = ['users:read', 'clients:read', 'audit:read']

/** The frame of every page: the navigation and the messages. */
export function Shell({ children }: { children: ComponentChildren }) {
  const [path] = useLocation()
  const [isBusy, leave] = useAction(async () => notify((await logOut()) ? t.signedOut : t.notSignedOut))
  const metadata = useLoad(() => ok(api.GET('/.well-known/oauth-authorization-server')))
  const [isOpen, open] = useState(false)
  useEffect(() => {
    clearOldNotice()
    open(false)
  }, [path])
  return (
    <>
      <a class="skip" href="#main">
        {t.skip}
      </a>
      <header class="top">
        <span class="brand">{site}</span>
        {user.value && !mustEnrol.value && (
          <nav aria-label={t.nav}>
            <button
              type="button"
              class="menu"
              aria-expanded={isOpen}
              aria-controls="places"
              onClick={() => open(!isOpen)}
            >
              {t.menu}
            </button>
            <div id="places" class={isOpen ? 'open' : undefined}>
              {findable.some(can) && <SearchField />}
              {places
                .filter(([, , scope]) => can(scope))
                .map(([to, label]) => (
                  <Link key={to} href={to} aria-current={isWithin(path, to) ? 'page' : undefined}>
                    {label}
                  </Link>
                ))}
              {metadata.value?.service_documentation && <a href={`${server}/docs`}>{t.docs}</a>}
              {can('me') && (
                <Link
                  href="/account"
                  title={texts.account.title}
                  aria-current={isWithin(path, '/account') ? 'page' : undefined}
                >
                  <span class="visually-hidden">{t.signedInAs} </span>
                  {user.value.username}
                </Link>
              )}
            </div>
          </nav>
        )}
        {user.value && (
          <button type="button" class="quiet leave" aria-disabled={isBusy} onClick={leave}>
            {t.signOut}
          </button>
        )}
      </header>
      <Notices />
      <Suggestion />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}

const isWithin = (path: string, place: string) => path === place || path.startsWith(`${place}/`)

const searching = texts.search

/** How long a person pauses before accounts are suggested, in milliseconds. */
const pause = 200

/** The search of the header, which the key `/` reaches from everywhere but a field or a dialog. It suggests accounts. */
function SearchField() {
  const [, go] = useLocation()
  const field = useRef<HTMLInputElement>(null)
  const [suggested, suggest] = useState<User[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>()
  function typed(event: InputEvent) {
    clearTimeout(timer.current)
    const q = field.current?.value.trim() ?? ''
    const chosen = suggested.find(({ username }) => username === q)
    // A choice is no typing, of which browsers tell in two ways.
    if (chosen && (!event.inputType || event.inputType === 'insertReplacementText')) return go(`/accounts/${chosen.id}`)
    if (q && can('users:read'))
      timer.current = setTimeout(async () => {
        const { data } = await api
          .GET('/users', { params: { query: { q, limit: 5 } } })
          .catch(() => ({ data: undefined }))
        suggest(data?.items ?? [])
      }, pause)
  }
  useEffect(() => {
    function reach(event: KeyboardEvent) {
      const isBusy = document.activeElement?.matches('input, select, textarea') || document.querySelector('dialog')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isBusy) return
      event.preventDefault()
      field.current?.focus()
    }
    addEventListener('keydown', reach)
    return () => removeEventListener('keydown', reach)
  }, [])
  return (
    <search>
      <form
        onSubmit={event => {
          event.preventDefault()
          clearTimeout(timer.current)
          const q = field.current?.value.trim()
          if (q) go(`/search?${new URLSearchParams({ q })}`)
        }}
      >
        <input
          ref={field}
          type="search"
          aria-label={searching.label}
          placeholder={searching.label}
          title={searching.hint}
          aria-keyshortcuts="/"
          maxLength={254}
          list="accounts"
          onInput={typed}
          {...asTyped}
        />
        <datalist id="accounts">
          {suggested.map(({ id, username, email }) => (
            <option key={id} value={username} label={email ?? undefined} />
          ))}
        </datalist>
      </form>
    </search>
  )
}
