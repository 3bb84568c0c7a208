/** The values of `state` in the address of the list. */
export const states = ['all', 'enabled', 'disabled', 'invited'] as const
export type State = (typeof states)[number]

/** The filter of the list of accounts. */
export interface Filter {
  q: string
  state: State
}

/** The filter of the query of an address. */
export function filterOf(params: URLSearchParams): Filter {
  return { q: params.get('q') ?? '', state: states.find(state => state === params.get('state')) ?? 'all' }
}

/** The query of the address of a filter, without members that restrict nothing. */
export function addressOf({ q, state }: Filter): string {
  const params = new URLSearchParams({ ...(q && { q }), ...(state !== 'all' && { state }) })
  return params.size === 0 ? '' : `?${params}`
}

/** The parameters of `GET /users` for a filter. */
export const queryOf = ({ q, state }: Filter) => ({
  ...(q && { q }),
  ...(state === 'invited' && { invited: true }),
  ...((state === 'enabled' || state === 'disabled') && { disabled: state === 'disabled' })
})
