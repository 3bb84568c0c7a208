import { firstErrors, invalidBySchema, type SchemaError } from '../../base/http/schema-problems.ts'
import { readDataSchema } from '../../config/data-schema.ts'
import { assertPortable, assertSize, type JsonObject } from './account-json.ts'

/** The largest data of an account, in bytes as JSON. */
export const mostDataBytes = 4096

export type AccountData = ReturnType<typeof createAccountData>

/**
 * Checks the data that owners keep in their accounts, with the JSON Schema in the file `accountDataSchema` if that is
 * set. Reads the file once; throws what `readDataSchema` throws.
 */
export function createAccountData({ accountDataSchema }: { accountDataSchema?: string | undefined }) {
  const validate = accountDataSchema === undefined ? undefined : readDataSchema(accountDataSchema)

  return {
    /**
     * Throws a 400 about `data`, at `pointer` in the request, unless it is portable, has at most 4 KiB, and is valid by
     * the schema, which does not apply to an account without data. Call it for data that are written, not for what is
     * stored, which an earlier schema may have let in.
     */
    assertAcceptable(data: JsonObject, pointer = '/data') {
      assertPortable(data, pointer.split('/').slice(1))
      assertSize(data, pointer, mostDataBytes)
      if (validate === undefined || Object.keys(data).length === 0 || validate(data)) return
      const errors = firstErrors(validate.errors as SchemaError[])
      // Ajv keeps the errors of the last call.
      validate.errors = null
      throw invalidBySchema(errors, pointer)
    }
  }
}
