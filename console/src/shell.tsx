import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { api, ok } from './api.ts'
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
  ['/webhooks', texts.webhooks.title, 'webhooks:write'],
  ['/account', texts.account.title, 'me']
] as const

/** The scopes that each let a person search. */
const findable = ['users:read', 'clients:read', 'audit:read']

/** The frame of every page: the navigation and the messages. */
export function Shell({ children }: { children: ComponentChildren }) {
  const [path] = useLocation()
  const [isBusy, leave] = useAction(async () => notify((await logOut()) ? t.signedOut : t.notSignedOut))
  const metadata = useLoad(() => ok(api.GET('/.well-known/oauth-authorization-server')))
  useEffect(clearOldNotice, [path])
  return (
    <>
      <a class="skip" href="#main">
        {t.skip}
      </a>
      <header class="top">
        <div class="bar">
          <span class="brand">{site}</span>
          {!mustEnrol.value && findable.some(can) && <SearchField />}
          {user.value && (
            <div class="who">
              <span>{t.signedInAs(user.value.username)}</span>
              <button type="button" class="quiet" aria-disabled={isBusy} onClick={leave}>
                {t.signOut}
              </button>
            </div>
          )}
        </div>
        {user.value && !mustEnrol.value && (
          <nav aria-label={t.nav}>
            {places
              .filter(([, , scope]) => can(scope))
              .map(([to, label]) => (
                <Link key={to} href={to} aria-current={isWithin(path, to) ? 'page' : undefined}>
                  {label}
                </Link>
              ))}
            {metadata.value?.service_documentation && <a href={`${server}/docs`}>{t.docs}</a>}
          </nav>
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

/** The search of the header, which the key `/` reaches from everywhere but a field or a dialog. */
export function SearchField() {
  const [, go] = useLocation()
  const field = useRef<HTMLInputElement>(null)
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
          {...asTyped}
        />
      </form>
    </search>
  )
}
