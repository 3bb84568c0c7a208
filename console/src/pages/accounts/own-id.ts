import { api, ok } from '../../api.ts'
import { useLoad } from '../../ui/loading.tsx'
import { can } from '../../who.ts'

/** The id of the account that is signed in; `undefined` until it is known. */
export const useOwnId = () => useLoad(async () => (can('me') ? (await ok(api.GET('/users/me'))).id : undefined)).value
