import { api, ok } from '../../api.ts'
import { useLoad } from '../../ui/loading.tsx'
import { can } from '../../who.ts'

/** The id of the account that is signed in, once it `isRead` and if it can be. */
export function useOwnId() {
  const { value, error } = useLoad(async () => ({ id: can('me') ? (await ok(api.GET('/users/me'))).id : undefined }))
  return { ownId: value?.id, isRead: value !== undefined || error !== undefined }
}
