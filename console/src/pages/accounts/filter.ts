/** The values of `state` in the address of the list. */
export const states = ['all', 'enabled', 'disabled', 'invited'] as const
export type State = (typeof states)[number]

/** The values of `sort`, as those of the API. */
export const sorts = ['username', 'newest'] as const
export type Sort = (typeof sorts)[number]

/** The filter of the list of accounts, and its order. */
export interface Filter {
  q: string
  state: State
  sort: Sort
}

/** The filter of the query of an address. */
export function filterOf(params: URLSearchParams): Filter {
  return {
    q: params.get('q') ?? '',
    state: states.find(state => state === params.get('state')) ?? 'all',
    sort: sorts.find(sort => sort === params.get('sort')) ?? 'username'
  }
}

/** The query of the address of a filter, without members that change nothing. */
export function addressOf({ q, state, sort }: Filter): string {
  const params = new URLSearchParams({
    ...(q && { q }),
    ...(state !== 'all' && { state }),
    ...(sort !== 'username' && { sort })
  })
  return params.size === 0 ? '' : `?${params}`
}

/** The parameters of `GET /users` for a filter. */
export const queryOf = ({ q, state, sort }: Filter) => ({
  ...(sort !== 'username' && { sort }),
  ...(q && { q }),
  ...(state === 'invited' && { invited: true }),
  ...((state === 'enabled' || state === 'disabled') && { disabled: state === 'disabled' })
})
