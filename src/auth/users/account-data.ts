import { assertPortable, assertSize, type JsonObject } from './account-json.ts'

export type AccountData = ReturnType<typeof createAccountData>

const maxBytes = 4096

/** The rules for the data of accounts. */
export function createAccountData() {
  return {
    /** Throws a 400 about `/data` unless an account can have this data. */
    assertAcceptable(data: JsonObject) {
      assertPortable(data, ['data'])
      assertSize(data, '/data', maxBytes)
    }
  }
}
